from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from device.frame import Quality, make_frame
from device.stage import StageFollower
from device.stage.keyframes import SlideMap
from device.stage.picture import shrink

UM_PER_PX = 0.25
HEIGHT, WIDTH = 240, 384
QUALITY = Quality(mean_luminance=180, saturated_fraction=0, contrast=20, focus=3, reason=None)


@pytest.fixture(scope="module")
def slide():
    """A slide of 2000 x 1400 pixels with red cells at random."""
    rng = np.random.default_rng(5)
    canvas = np.full((1400, 2000, 3), (236, 228, 224), np.uint8)
    for x, y, radius in rng.uniform((0, 0, 12), (2000, 1400, 16), (900, 3)).round().astype(int).tolist():
        cv2.circle(canvas, (x, y), radius, (206, 150, 148), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(canvas, (0, 0), 1)


def look(slide, x, y, seq=1, um_per_px=UM_PER_PX, shading=False):
    view = slide[y : y + HEIGHT, x : x + WIDTH].astype(np.float32)
    if shading:
        # A lamp out of centre: it stays with the camera while the slide moves.
        view *= np.linspace(0.6, 1.0, WIDTH)[None, :, None]
    noisy = np.clip(view + np.random.default_rng(seq).normal(0, 2, view.shape), 0, 255).astype(np.uint8)
    return make_frame(noisy, QUALITY, um_per_px, seq=seq, captured_at=datetime.now(UTC), simulated=True)


def follow(slide, places, **how):
    follower = StageFollower(still_um=0.5)
    return [follower.locate(look(slide, x, y, seq + 1, **how)) for seq, (x, y) in enumerate(places)]


@pytest.mark.parametrize("shading", [False, True])
def test_the_way_of_the_stage_is_known_in_micrometres(slide, shading):
    path = [(100, 100), (140, 110), (200, 150), (330, 160), (420, 230), (300, 290), (180, 200), (100, 100)]
    found = follow(slide, path, shading=shading)
    assert {position.region for position in found} == {found[0].region}
    for (x, y), position in zip(path, found, strict=True):
        # Half a micrometre is a twelfth of the distance at which two looks are one cell.
        assert position.x_um == pytest.approx((x - 100) * UM_PER_PX, abs=0.5)
        assert position.y_um == pytest.approx((y - 100) * UM_PER_PX, abs=0.5)


def test_the_stage_stands_still_when_successive_pictures_agree(slide):
    found = follow(slide, [(100, 100), (100, 100), (100, 100), (140, 100), (180, 100), (180, 100)])
    assert [position.still for position in found] == [False, True, True, False, False, True]


def test_a_stage_at_rest_does_not_drift_away(slide):
    found = follow(slide, [(100, 100)] * 60)
    assert abs(found[-1].x_um) < 0.1
    assert abs(found[-1].y_um) < 0.1


def test_a_jump_out_of_sight_begins_a_new_region(slide):
    found = follow(slide, [(100, 100), (100, 100), (1500, 1000), (1500, 1000)])
    assert [position.region for position in found] == [1, 1, 2, 2]
    assert [position.still for position in found] == [False, True, False, True]


def test_pictures_known_to_be_at_rest_are_each_a_place_of_their_own(slide):
    follower = StageFollower(still_um=0.5)
    found = [follower.locate(look(slide, x, y), at_rest=True) for x, y in [(0, 0), (800, 0), (1600, 0), (0, 1000)]]
    assert [position.region for position in found] == [1, 2, 3, 4]
    assert all(position.still for position in found)


def test_an_empty_field_is_no_place_that_could_be_recognised(slide):
    blank = np.full((1400, 2000, 3), 230, np.uint8)
    found = follow(blank, [(0, 0), (0, 0)])
    assert found[0].region != found[1].region


def test_another_scale_begins_a_new_region(slide):
    follower = StageFollower(still_um=0.5)
    before = follower.locate(look(slide, 100, 100))
    after = follower.locate(look(slide, 100, 100, um_per_px=0.5))
    assert before.region != after.region


def test_a_place_seen_before_is_found_again_after_a_jump(slide):
    follower = StageFollower(still_um=0.5)
    places = [(100, 100), (100, 100), (1500, 1000), (1500, 1000), (140, 130), (140, 130), (140, 130)]
    found = [follower.locate(look(slide, x, y, seq + 1)) for seq, (x, y) in enumerate(places)]
    assert found[-1].region == found[0].region
    assert (found[-1].x_um, found[-1].y_um) == pytest.approx((10.0, 7.5), abs=0.2)
    assert found[-1].settled


def test_a_stretch_that_runs_into_one_seen_before_is_joined_with_it(slide):
    follower = StageFollower(still_um=0.5)
    places = [(100, 100), (100, 100), (1000, 100), *((x, 100) for x in range(1000, 99, -60)), (100, 100)]
    found = [follower.locate(look(slide, x, y, seq + 1)) for seq, (x, y) in enumerate(places)]
    assert found[4].region != found[0].region
    assert found[-1].region == found[0].region
    assert (found[-1].x_um, found[-1].y_um) == pytest.approx((0, 0), abs=0.5)
    (change,) = follower.take_rearranged()
    assert (change.region, change.into) == (found[4].region, found[0].region)
    # Where the other stretch began is told in the places of the one it was joined with.
    assert change.move(0, 0) == pytest.approx((900 * UM_PER_PX, 0), abs=0.5)
    assert follower.take_rearranged() == ()


def test_nothing_is_settled_until_a_place_was_held_against_all_others(slide):
    follower = StageFollower(still_um=0.5)
    first = [follower.locate(look(slide, x, 100, seq)) for seq, x in enumerate((100, 100), start=1)]
    assert [position.settled for position in first] == [False, True]
    after = [follower.locate(look(slide, 1500, 1000, seq)) for seq in (3, 4)]
    assert [position.settled for position in after] == [False, True]


def test_the_stage_is_followed_through_blur(slide):
    follower = StageFollower(still_um=0.5)
    for seq, x in enumerate(range(100, 500, 40), start=1):
        view = look(slide, x, 100, seq).image
        soft = cv2.GaussianBlur(view, (0, 0), 3.0 / UM_PER_PX / 2) if 3 < seq < 8 else view
        frame = make_frame(soft, QUALITY, UM_PER_PX, seq=seq, captured_at=datetime.now(UTC), simulated=True)
        position = follower.locate(frame)
        assert (position.region, position.x_um) == (1, pytest.approx((x - 100) * UM_PER_PX, abs=0.5))


def test_what_went_wrong_on_a_long_way_is_spread_over_it_on_coming_back(slide):
    places = SlideMap()
    small = shrink(look(slide, 0, 0).image, UM_PER_PX)
    way = [places.add(small, 1, 10.0 * step, 0.0, rested=True) for step in range(5)]
    change = places.straighten(way[0], way[4], 0.0, 4.0)
    assert [keyframe.y_um for keyframe in way] == [0, 1, 2, 3, 4]
    assert change.move(21.0, 0.5) == (21.0, 2.5)
    assert places.straighten(way[4], way[0], 0.0, 4.0) is None


def test_the_very_same_picture_again_and_again_is_kept_once_moving_and_once_at_rest(slide):
    follower, frame = StageFollower(still_um=0.5), look(slide, 100, 100)
    found = [follower.locate(frame) for _ in range(20)]
    assert {(position.x_um, position.y_um) for position in found} == {(0.0, 0.0)}
    assert all(position.still and position.settled for position in found[1:])
    assert len(follower.list_passed()) == 2


def test_only_so_many_pictures_are_kept(slide, monkeypatch):
    monkeypatch.setattr("device.stage.keyframes.MOST_KEYFRAMES", 3)
    follower = StageFollower(still_um=0.5)
    for seq, x in enumerate(range(0, 800, 60), start=1):
        follower.locate(look(slide, x, 100, seq))
    assert len(follower.list_passed()) == 3
