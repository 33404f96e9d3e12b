"""From what a person writes to a camera, and from a camera to what a person reads."""

import subprocess
import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from contract.image import encode_png
from contract.settings_files import SettingsError, load_settings
from device.cameras import measuring
from device.cameras.measuring import describe_camera, describe_light, measure_camera
from device.cameras.opening import open_source
from device.cameras.replay import ReplaySource
from device.cameras.simulated import SimulatedSource
from device.cameras.source import Exposure, Shot, SourceError
from device.cameras.watched import WatchedSource
from device.settings.options import lay_over
from tests.faults.camera import MisbehavingCamera
from tests.faults.numbered import Numbered

LEUKOSCOPE = str(Path(sys.executable).with_name("leukoscope"))
NOISE = np.random.default_rng(3).integers(0, 255, (160, 200, 3), np.uint8)


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("picamera2", WatchedSource),
        ("picamera2:1", WatchedSource),
        ("usb:0", WatchedSource),
        ("usb:/dev/v4l/by-id/usb-cam", WatchedSource),
        ("replay:http://host:8080/stream.mjpg", WatchedSource),
        ("replay:here/", ReplaySource),
        ("simulated:7", SimulatedSource),
    ],
)
def test_every_kind_of_camera_is_found_by_its_words(spec, kind):
    source = open_source(spec, load_settings())
    assert isinstance(source, kind)
    assert source.name == spec.removesuffix("/")
    assert source.trouble is None


@pytest.mark.parametrize(
    "spec",
    ["webcam", "replay:", "simulated:seven", "simulated:7:x", "simulated:7:0", "", "usb:no", "picamera2:x", "usb:²"],
)
def test_an_unknown_camera_is_refused_with_a_list_of_those_there_are(spec):
    with pytest.raises(SourceError, match=r"camera: .*\(expected .*simulated"):
        open_source(spec, load_settings())


def test_a_simulated_hand_can_be_hurried_over_the_same_slide():
    usual, hurried = (open_source(spec, load_settings()) for spec in ("simulated:7", "simulated:7:3"))
    assert usual.name == hurried.name
    with usual, hurried:
        assert (usual.photograph(6.0)[0] == hurried.photograph(2.0)[0]).all()
        assert (usual.photograph(4.0)[0] != hurried.photograph(4.0)[0]).any()


@pytest.mark.parametrize("spec", ["simulated", "usb:0", "picamera2", "replay:http://host/stream"])
def test_a_camera_without_end_cannot_be_shown_once(spec):
    with pytest.raises(SourceError, match="has no end"):
        open_source(spec, load_settings(), once=True)


def test_a_password_in_an_address_is_not_told():
    assert open_source("replay:http://eve:secret@host/a", load_settings()).name == "replay:http://host/a"


@pytest.mark.parametrize(
    ("sensor", "complaint"),
    [
        ("width_px = 640", "only one is set (expected both"),
        ("red_gain = 1.0", "only one is set (expected both"),
        ("crop_px = [1, 2]", "expected x, y, width, height"),
        ("usb_format = 'H264'", "expected"),
    ],
)
def test_settings_of_a_sensor_that_make_no_sense_are_refused(tmp_path, sensor, complaint):
    file = tmp_path / "settings.toml"
    file.write_text(f"[device.sensor]\n{sensor}\n")
    with pytest.raises(SettingsError) as refused:
        load_settings(file)
    assert complaint in str(refused.value)


class Lamp:
    """A source of a few shots with an exposure of their own."""

    name, simulated, trouble = "lamp", False, None

    def __init__(self, *shots):
        self._shots = shots

    def __exit__(self, *_):
        pass

    def shots(self):
        yield from self._shots


def shoot(level=120, skipped=0, **exposure):
    image = np.full((16, 24, 3), level, np.uint8)
    return Shot(image, datetime.now(UTC), None, "", False, skipped=skipped, exposure=Exposure(**exposure))


def look(*shots, **device):
    settings = load_settings().device.model_copy(update=device)
    source = Lamp(*shots)
    taken, _ = measure_camera(source, settings)
    return describe_camera(source, taken, 5.0, settings), describe_light(taken)


def test_a_good_camera_has_nothing_wrong():
    assert look(
        shoot(exposure_us=8300.0, range_us=(114.0, 1e5), analogue_gain=1.0, colour_gains=(1.9, 1.55)), fps=5.0
    ) == (
        "lamp: 24 x 16 pixels, 5.0 per second",
        "exposure 8.3 ms, gain 1, colour gains 1.9 red, 1.55 blue, mean level 120 of 255",
    )


def test_what_is_wrong_with_a_camera_is_said():
    sensor = load_settings().device.sensor.model_copy(update={"width_px": 640, "height_px": 480})
    camera, light = look(
        shoot(level=3, skipped=2, exposure_us=99_900.0, range_us=(114.0, 1e5), analogue_gain=12.0), sensor=sensor
    )
    for word in ("SIZE: not 640 x 480", "SLOW: 10 per second", "SPOILED: 2"):
        assert word in camera
    for word in ("LIMIT: exposed as long", "NOISE: gain above 8", "BLACK"):
        assert word in light
    assert "LIMIT: exposed as briefly" in look(shoot(exposure_us=115.0, range_us=(114.0, 1e5)))[1]


def test_a_camera_that_freezes_is_looked_at_for_some_seconds_only(monkeypatch):
    monkeypatch.setattr(measuring, "PATIENCE_S", 3.5)
    settings = lay_over(load_settings(), {"fps": 20.0})
    with (
        MisbehavingCamera(Numbered(np.asarray(NOISE, np.uint8)), 20) as camera,
        open_source(f"replay:{camera.url}", settings, tell=lambda *_: None) as source,
    ):
        camera.fault = "frozen"
        with pytest.raises(SourceError, match=r"the same picture for \d s, to the last bit"):
            measure_camera(source, settings.device)


def test_flat_out_is_a_rate_of_nought(tmp_path):
    (tmp_path / "field.png").write_bytes(encode_png(np.asarray(NOISE, np.uint8)))
    with open_source(f"replay:{tmp_path}", lay_over(load_settings(), {"fps": 0.0})) as source:
        shots = list(islice(source.shots(), 21))
    # At the default's ten a second they would take 2 s.
    assert (shots[-1].captured_at - shots[0].captured_at).total_seconds() < 1.0


def test_the_command_lists_cameras_and_why_others_are_missing():
    listed = subprocess.run([LEUKOSCOPE, "cameras"], capture_output=True, text=True, timeout=60, check=True)
    lines = {line.split()[1]: line for line in listed.stdout.splitlines()}
    assert lines["simulated"].startswith("ok")
    assert any(name.startswith("picamera2") for name in lines)
    assert any(name.startswith("usb") for name in lines)
    assert not listed.stderr
