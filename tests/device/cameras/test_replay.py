import logging
import threading
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from contract.image import encode_png
from contract.settings_files import load_settings
from device.cameras import saved_pictures
from device.cameras.opening import open_source
from device.cameras.replay import ReplaySource
from device.cameras.scaling import find_um_per_px
from device.cameras.source import SourceError
from device.scale import ScaleError


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(["b/2.png", "a.PNG", "b/10.png"]):
        path = tmp_path / "fields" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_png(np.full((8, 12, 3), (number, 50, 200), np.uint8)))
    (tmp_path / "fields" / "notes.txt").write_text("not an image")
    return tmp_path / "fields"


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "field.mkv"
    # FFV1 is lossless, so that the pixels can be compared.
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"FFV1"), 10, (32, 16))
    for level in (10, 20, 30):
        writer.write(np.full((16, 32, 3), (200, 100, level), np.uint8))
    writer.release()
    return path


def read_once(path):
    with ReplaySource(path, fps=None, loop=False) as source:
        return list(source.shots())


def test_a_folder_is_shown_in_the_order_of_its_names_with_all_folders_below(folder):
    assert [shot.name for shot in read_once(folder)] == ["a.PNG", "b/10.png", "b/2.png"]


def test_a_shot_is_rgb_read_only_stamped_and_known_to_be_at_rest(folder):
    before = datetime.now(UTC)
    shot = read_once(folder)[0]
    assert shot.image[0, 0].tolist() == [1, 50, 200]
    assert not shot.image.flags.writeable
    assert before <= shot.captured_at <= datetime.now(UTC)
    assert (shot.simulated, shot.at_rest, shot.um_per_px) == (False, True, None)


def test_a_single_image_can_be_replayed(folder):
    assert [shot.name for shot in read_once(folder / "a.PNG")] == ["a.PNG"]


def test_a_video_is_shown_frame_by_frame_and_its_stage_may_move(video):
    shots = read_once(video)
    assert [shot.name for shot in shots] == ["field.mkv#1", "field.mkv#2", "field.mkv#3"]
    assert [shot.image[0, 0].tolist() for shot in shots] == [[10, 100, 200], [20, 100, 200], [30, 100, 200]]
    assert not any(shot.at_rest for shot in shots)


@pytest.mark.parametrize("kind", ["folder", "video"])
def test_a_looped_replay_starts_again(kind, request):
    with ReplaySource(request.getfixturevalue(kind), fps=None, loop=True) as source:
        names = [shot.name for shot, _ in zip(source.shots(), range(7), strict=False)]
    assert names[:3] == names[3:6]
    assert names[0] == names[6]


def test_a_paced_replay_is_no_faster_than_asked(folder):
    with ReplaySource(folder, fps=100, loop=False) as source:
        begun = datetime.now(UTC)
        last = list(source.shots())[-1]
    # Three pictures have two intervals of 10 ms between them; 1 ms for the clocks that pace and stamp, which are two.
    assert (last.captured_at - begun).total_seconds() > 0.019


def test_a_broken_image_is_skipped_logged_and_counted(folder, caplog):
    (folder / "b/10.png").write_bytes(b"\x89PNG and then nothing")
    with caplog.at_level(logging.WARNING):
        shots = read_once(folder)
    assert [(shot.name, shot.skipped) for shot in shots] == [("a.PNG", 0), ("b/2.png", 1)]
    assert "10.png: not an image" in caplog.text


def test_a_folder_that_becomes_unreadable_ends_the_replay(folder):
    with ReplaySource(folder, fps=None, loop=True) as source:
        shots = source.shots()
        next(shots)
        for path in folder.rglob("*.[pP][nN][gG]"):
            path.unlink()
        with pytest.raises(SourceError, match="nothing can be read any more"):
            list(shots)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda path: None, "not found (expected a folder of images, an image or a video file)"),
        (lambda path: path.mkdir(), "no image in this folder (expected files ending in .bmp"),
        (lambda path: (path.mkdir(), (path / "cut.jpg").write_bytes(b"cut")), "no image of 1 can be read"),
        (lambda path: path.write_text("a text"), "not a video (expected AVI, MP4 or MKV"),
    ],
)
def test_what_cannot_be_replayed_is_refused_at_once(tmp_path, make, complaint):
    path = tmp_path / "input"
    make(path)
    with pytest.raises(SourceError) as refused, ReplaySource(path, fps=None, loop=False):
        pass
    assert str(refused.value).startswith(f"{path}: {complaint}")
    assert refused.value.exit_code == 4


def test_a_replay_is_opened_by_its_path(folder):
    source = open_source(f"replay:{folder}", load_settings(), once=True)
    assert isinstance(source, ReplaySource)
    assert source.name == f"replay:{Path(folder)}"


def test_a_small_loop_reads_its_files_once_and_gives_the_very_same_pictures(folder):
    with ReplaySource(folder, fps=None, loop=True) as source:
        shots = source.shots()
        first = [next(shots) for _ in range(3)]
        for path in folder.rglob("*.[pP][nN][gG]"):
            path.unlink()
        again = [next(shots) for _ in range(6)]
    assert [shot.name for shot in again] == 2 * [shot.name for shot in first]
    assert all(one.image is two.image for one, two in zip(2 * first, again, strict=True))
    assert all(one.fingerprint is two.fingerprint for one, two in zip(2 * first, again, strict=True))
    assert not any(shot.image.flags.writeable for shot in again)


def test_a_large_loop_is_not_kept(folder, monkeypatch):
    monkeypatch.setattr(saved_pictures, "KEPT_BYTES", 2 * 8 * 12 * 3)
    with ReplaySource(folder, fps=None, loop=True) as source:
        shots = list(islice(source.shots(), 6))
    assert not any(one.image is two.image for one, two in zip(shots[:3], shots[3:], strict=True))


def test_a_paced_replay_ends_at_once_when_another_thread_closes_it(folder):
    with ReplaySource(folder, fps=0.01, loop=True) as source:
        shots = source.shots()
        next(shots)
        closing = threading.Timer(0.1, source.__exit__, (None, None, None))
        closing.start()
        assert next(shots, None) is None
        closing.join()


def describe(folder, text):
    (folder / "scale.json").write_text(text)


def test_a_folder_may_say_its_scale_and_that_it_is_drawn(folder):
    describe(folder, '{"um_per_px": 0.25, "simulated": true}')
    with ReplaySource(folder / "b", fps=None, loop=False) as source:
        shot = next(source.shots())
        assert source.simulated
    assert (shot.um_per_px, shot.simulated) == (0.25, True)


def test_of_a_data_set_only_the_images_are_shown(folder):
    describe(folder, '{"um_per_px": 0.25}')
    (folder / "b").rename(folder / "images")
    assert [shot.name for shot in read_once(folder)] == ["images/10.png", "images/2.png"]


@pytest.mark.parametrize("text", ["not JSON", '{"um_per_px": -1}', '{"um_per_px": "fine"}'])
def test_a_description_that_makes_no_sense_is_refused(folder, text):
    describe(folder, text)
    with pytest.raises(SourceError, match=r"scale\.json: .*\(expected for example"):
        read_once(folder)


def test_what_the_pictures_say_of_their_scale_goes_before_the_setting(folder, caplog):
    describe(folder, '{"um_per_px": 0.25}')
    with ReplaySource(folder, fps=None, loop=False) as source:
        assert find_um_per_px(source, 0.5) == 0.25
    assert "0.5 is set, but 0.25 is used" in caplog.text


def test_the_setting_goes_before_an_estimate(folder):
    with ReplaySource(folder, fps=None, loop=False) as source:
        assert find_um_per_px(source, 0.5) == 0.5


def test_red_cells_tell_the_scale_where_nobody_else_does(smear_field, tmp_path, caplog):
    (tmp_path / "field.png").write_bytes(encode_png(smear_field[0]))
    with ReplaySource(tmp_path, fps=None, loop=False) as source:
        # 10 %: people's red cells differ by 7 %, and the drawn ones are not exactly 7.2 um wide.
        assert find_um_per_px(source, 0.0) == pytest.approx(0.15, rel=0.1)
    assert "estimated from" in caplog.text


def test_pictures_without_red_cells_need_a_scale(folder):
    with (
        ReplaySource(folder, fps=None, loop=False) as source,
        pytest.raises(ScaleError, match="um_per_px: 0 red cells"),
    ):
        find_um_per_px(source, 0.0)
