import sys
import time
from datetime import UTC, datetime
from types import ModuleType

import pytest

from contract.settings_files import load_settings
from device.cameras.listing import list_pi_cameras
from device.cameras.live import SilentCamera
from device.cameras.opening import open_source
from device.cameras.picamera2_camera import PiCamera, find_moment
from device.cameras.source import SourceError
from tests.device.cameras import picamera2_standin
from tests.running import wait_for


@pytest.fixture
def world(monkeypatch):
    """What the cameras of the stand-in are like, and what was asked of them."""
    module = ModuleType("picamera2")
    module.Picamera2 = picamera2_standin.Picamera2
    monkeypatch.setitem(sys.modules, "picamera2", module)
    world = picamera2_standin.make_world()
    monkeypatch.setattr(picamera2_standin.Picamera2, "world", world)
    return world


def ask(**sensor):
    return load_settings().device.sensor.model_copy(update={"width_px": 32, "height_px": 24} | sensor)


def photograph(fps=10.0, number=0, **sensor):
    with PiCamera(number, fps, ask(**sensor)) as camera:
        return camera.photograph()


def test_a_picture_is_rgb_a_copy_and_read_only(world):
    shot = photograph()
    assert shot.image.shape == (24, 32, 3)
    assert int(shot.image[..., 0].min()) >= 200  # red, though the camera's buffer was wiped since
    assert int(shot.image[..., 2].max()) < 10
    assert not shot.image.flags.writeable
    assert world.config["main"]["format"] == "BGR888"
    assert (world.opened, world.closed) == (1, 1)


def test_what_is_automatic_is_not_asked(world):
    photograph()
    assert world.controls == {"FrameDurationLimits": (100000, 100000)}
    assert world.config == {
        "use_case": "preview",
        "main": {"format": "BGR888", "size": (32, 24)},
        "buffer_count": 4,
        "queue": False,
    }


def test_all_settings_reach_the_camera(world):
    photograph(
        fps=0,
        exposure_us=1_000_000,
        analogue_gain=2.0,
        red_gain=1.5,
        blue_gain=2.5,
        configuration="still",
        crop_px=(100, 200, 640, 480),
        tuning_file="imx477_scientific.json",
    )
    assert world.controls == {
        "ExposureTime": 1_000_000,  # beyond what libcamera tells before it is configured
        "AnalogueGain": 2.0,
        "ColourGains": (1.5, 2.5),
        "ScalerCrop": (100, 200, 640, 480),
    }
    assert (world.config["use_case"], world.config["buffer_count"]) == ("still", 2)
    assert world.tuning == {"version": 2.0}


def test_a_frame_lasts_at_least_as_long_as_its_exposure(world):
    photograph(fps=10.0, exposure_us=400_000)
    assert world.controls["FrameDurationLimits"] == (400_000, 400_000)


def test_the_exposure_and_its_moment_are_told(world):
    taken_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - 50_000_000
    world.metadata = {
        "ExposureTime": 8300,
        "AnalogueGain": 1.5,
        "ColourGains": (1.9, 1.6),
        "SensorTimestamp": taken_ns,
    }
    before = datetime.now(UTC)
    shot = photograph()
    assert shot.exposure.exposure_us == 8300
    assert (shot.exposure.range_us, shot.exposure.analogue_gain) == ((114, 100_000), 1.5)  # ten frames a second
    assert shot.exposure.colour_gains == (1.9, 1.6)
    assert -0.06 < (shot.captured_at - before).total_seconds() < 0.0
    assert find_moment({}) >= before


@pytest.mark.parametrize(
    ("grants", "complaint"),
    [
        ({"format": "YUV420"}, "format: YUV420 was configured (expected BGR888"),
        ({"size": (30, 24)}, "size: (30, 24) was configured (expected (32, 24)"),
    ],
)
def test_what_was_changed_silently_is_refused(world, grants, complaint):
    world.grants = grants
    with pytest.raises(SourceError) as refused:
        photograph()
    assert complaint in str(refused.value)
    assert (world.opened, world.closed) == (1, 1)


def test_a_size_that_nobody_set_may_be_another(world):
    world.grants = {"size": (640, 480)}
    assert photograph(width_px=0, height_px=0).image.shape == (480, 640, 3)


@pytest.mark.parametrize(
    ("sensor", "complaint"),
    [
        ({"exposure_us": 50}, "exposure_us: 50 (expected 114 to 6.94423e+08 from this camera)"),
        ({"analogue_gain": 40.0}, "analogue_gain: 40.0 (expected 1 to 22.26"),
        ({"crop_px": (0, 0, 5000, 100)}, "crop_px: [0, 0, 5000, 100] (expected a part of x 8, y 0"),
        ({"tuning_file": "no.json"}, "tuning_file: no.json: Tuning file not found"),
        ({"usb_format": "MJPG"}, "usb_format: MJPG (expected none: a Pi camera does not know it)"),
    ],
)
def test_what_the_camera_cannot_do_is_refused(world, sensor, complaint):
    with pytest.raises(SourceError) as refused:
        photograph(**sensor)
    assert complaint in str(refused.value)
    assert world.opened == world.closed


def test_a_camera_without_a_control_that_is_set_is_refused(world):
    world.missing = {"ColourGains"}
    with pytest.raises(SourceError, match="red_gain: this camera has no ColourGains"):
        photograph(red_gain=1.5, blue_gain=1.5)


def test_a_missing_camera_is_refused_with_the_innermost_words(world):
    with pytest.raises(SourceError, match="picamera2:3: No camera number 3 found"):
        photograph(number=3)


def test_a_stall_is_noticed_and_its_job_is_taken_back(world):
    with PiCamera(0, 10.0, ask()) as camera:
        camera.photograph()
        world.stalled.set()
        with pytest.raises(SilentCamera, match="no picture in"):
            camera.photograph()
    assert world.flushed == 1


def test_a_stalled_camera_is_opened_again(world):
    events = []
    settings = load_settings()
    with open_source("picamera2", settings, tell=lambda level, kind, detail: events.append(kind)) as source:
        assert next(source.shots()).image.shape == (960, 1280, 3)
        world.stalled.set()
        wait_for(lambda: source.trouble, "the stall was noticed", 5)
        world.stalled.clear()
        wait_for(lambda: source.trouble is None, "all is well", 5)
    assert events == ["camera_stalled", "camera_recovered"]
    assert world.opened == world.closed == 2


def test_cameras_are_listed_in_the_words_that_open_them(world):
    (listed,) = list_pi_cameras()
    assert (listed.spec, listed.usable) == ("picamera2:0", True)
    assert "imx477" in listed.words
    world.cameras = []
    (listed,) = list_pi_cameras()
    assert not listed.usable
    assert "no camera found (expected its cable seated" in listed.words


@pytest.mark.skipif("picamera2" in sys.modules, reason="picamera2 is here")
def test_a_missing_package_is_one_line_that_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "picamera2", None)  # as if it were not installed
    with pytest.raises(SourceError, match=r"picamera2: .*sudo apt install python3-picamera2"):
        photograph()
