import cv2
import numpy as np
import pytest

from device.smear.blur import blur_moment
from device.smear.hand import HandPath
from device.smear.motion import Moment

TIMES = np.arange(0, 240, 0.1)


@pytest.fixture(scope="module")
def places():
    path = HandPath(3)
    return np.array([path.position_um(at) for at in TIMES])


def test_the_same_hand_goes_the_same_way_whenever_it_is_asked(places):
    path = HandPath(3)
    assert path.position_um(200.0) == pytest.approx(tuple(places[2000]))
    assert path.position_um(3.0) == pytest.approx(tuple(places[30]))
    assert HandPath(4).position_um(200.0) != pytest.approx(tuple(places[2000]))


def test_a_hand_rests_moves_comes_back_and_jumps(places):
    steps = np.hypot(*np.diff(places, axis=0).T)
    resting = steps < 0.5
    assert 0.4 < resting.mean() < 0.8
    assert steps.max() > 144  # farther between two pictures than a field is wide
    begun = np.flatnonzero(np.diff(resting.astype(int)) == 1) + 1
    before = [places[1 : at - 50][resting[: at - 51]] for at in begun if at > 100]
    ways = [
        np.hypot(*(rests - place).T).min() for rests, place in zip(before, places[begun[-len(before) :]], strict=True)
    ]
    assert sum(way < 40 for way in ways) > 2  # places it has been to 5 s before and more
    assert np.hypot(*places.T).max() > 2000


def test_focus_is_lost_on_the_way_and_at_some_rests_at_first():
    path = HandPath(3)
    moments = [path.moment(at) for at in TIMES]
    blurred = np.array([moment.defocus_um for moment in moments])
    travel = np.array([np.hypot(*moment.travel_um) for moment in moments])
    assert 0.02 < (blurred[travel < 0.05] > 1.0).mean() < 0.3
    assert travel.max() > 10  # of a jump, in a hundredth of a second


def test_motion_blurs_along_its_way_and_defocus_all_around():
    dot = np.zeros((81, 81, 3), np.float32)
    cv2.circle(dot, (40, 40), 2, (100.0, 100.0, 100.0), -1)
    assert blur_moment(dot, Moment(), 0.25) is dot
    along = blur_moment(dot.copy(), Moment(travel_um=(5.0, 0.0)), 0.25)[..., 0] > 1
    assert along.any(axis=0).sum() == pytest.approx(25, abs=3)
    assert along.any(axis=1).sum() <= 5
    around = blur_moment(dot.copy(), Moment(defocus_um=1.0), 0.25)[..., 0] > 1
    assert around.any(axis=0).sum() == around.any(axis=1).sum() > 9
