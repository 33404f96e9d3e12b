"""What was measured is kept whole, holds for its camera at the next start, and is refused when damaged."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from device.cameras.source import Shot
from device.optics.composing import make_correction
from device.optics.kept import ARRAYS, FACTS, PICTURE, ShelfError, find_in_force, read_shelf
from device.optics.loading import load_optics
from device.optics.measurement import Facts, Measurement
from device.optics.shelf import ShelfFullError, keep, remove
from tests.device.optics.drawn_light import draw_light

CAMERA = "replay:fields"
BEGIN = datetime(2026, 1, 31, tzinfo=UTC)


@dataclass
class Still:
    """A camera that shows one grey picture, and may know its scale."""

    um_per_px: float | None = None
    name: str = CAMERA
    image: np.ndarray = field(default_factory=lambda: np.full((300, 480, 3), 180, np.uint8))

    def shots(self):
        yield Shot(self.image, BEGIN, self.um_per_px, "still", simulated=False)


def make(kind, minutes=0, camera=CAMERA, **more):
    arrays = {
        "dark": {"level": np.full((300, 480, 3), 4, np.uint8)},
        "flat": {"light": draw_light((60, 96))},
        "white": {"plasma": np.array([200, 180, 150], np.float32)},
        "scale": {},
    }[kind]
    facts = Facts(
        kind=kind,
        how="a test",
        measured_at=BEGIN + timedelta(minutes=minutes),
        camera=camera,
        height=300,
        width=480,
        frames=16,
        **more,
    )
    return Measurement(facts=facts, arrays=arrays, picture=np.zeros((20, 30, 3), np.uint8))


def test_what_was_measured_holds_at_the_next_start(tmp_path):
    names = [keep(tmp_path, make(kind)).name for kind in ("dark", "flat", "white")]
    keep(tmp_path, make("scale", um_per_px=0.21, error_um_per_px=0.001))
    setting = load_optics(tmp_path, Still(), 0.5).setting
    assert setting.correction.identity == "+".join(names)
    assert setting.um_per_px == 0.21
    assert setting.correction.correct(Still().image).shape == (300, 480, 3)


def test_nothing_measured_is_no_correction_and_the_scale_of_the_settings(tmp_path):
    setting = load_optics(tmp_path, Still(), 0.5).setting
    assert (setting.correction, setting.um_per_px) == (None, 0.5)


def test_what_a_picture_says_of_its_scale_goes_before_what_was_measured(tmp_path):
    keep(tmp_path, make("scale", um_per_px=0.21, error_um_per_px=0.001))
    assert load_optics(tmp_path, Still(um_per_px=0.15), 0.5).setting.um_per_px == 0.15


def test_another_camera_has_its_own_optics(tmp_path):
    keep(tmp_path, make("flat", camera="usb:1"))
    assert load_optics(tmp_path, Still(), 0.5).setting.correction is None


def test_the_newest_holds_and_the_one_before_comes_back(tmp_path):
    first, second = keep(tmp_path, make("white", 1)), keep(tmp_path, make("white", 2))
    assert find_in_force(tmp_path, CAMERA)["white"].name == second.name
    remove(tmp_path, second.name)
    assert find_in_force(tmp_path, CAMERA)["white"].name == first.name
    remove(tmp_path, first.name)
    assert find_in_force(tmp_path, CAMERA) == {}
    assert (tmp_path / "optics" / "removed" / first.name / FACTS).is_file()  # records may name it


def test_the_identity_tells_one_correction_from_another(tmp_path):
    identities = set()
    for minutes in (1, 2):
        keep(tmp_path, make("flat", minutes))
        identities.add(make_correction(find_in_force(tmp_path, CAMERA)).identity)
    keep(tmp_path, make("white"))
    identities.add(make_correction(find_in_force(tmp_path, CAMERA)).identity)
    assert len(identities) == 3


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "other"])
@pytest.mark.parametrize("name", [FACTS, ARRAYS])
def test_a_damaged_measurement_is_refused_at_the_start_and_can_be_removed(tmp_path, name, damage):
    kept = keep(tmp_path, make("flat"))
    place = kept.folder / name
    content = place.read_bytes()
    if damage == "gone":
        place.unlink()
    else:
        middle = len(content) // 2
        changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        place.write_bytes({"cut": content[:middle], "changed": changed, "other": b"{}"}[damage])
    with pytest.raises(ShelfError, match=rf"{kept.name}/{name}: .*`leukoscope optics remove {kept.name}`") as refused:
        load_optics(tmp_path, Still(), 0.5)
    assert refused.value.exit_code == 4
    assert "\n" not in str(refused.value)
    remove(tmp_path, kept.name)
    assert load_optics(tmp_path, Still(), 0.5).setting.correction is None


def test_only_what_is_there_can_be_removed(tmp_path):
    kept = keep(tmp_path, make("white"))
    for name in ("white-00000000", "..", "removed", "", f"../optics/{kept.name}"):
        with pytest.raises(ShelfError, match=f"no such measurement .*{kept.name}"):
            remove(tmp_path, name)


def test_a_disk_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "optics").write_text("in the way")
    with pytest.raises(ShelfFullError, match="expected a place that can be written") as refused:
        keep(tmp_path, make("white"))
    assert refused.value.exit_code == 5
    assert [path.name for path in tmp_path.iterdir()] == ["optics"]


def test_a_measurement_carries_its_picture_and_nothing_half_written_is_taken_for_one(tmp_path):
    kept = keep(tmp_path, make("white"))
    (tmp_path / "optics" / ".white-1.xyz.part").mkdir()
    assert [one.name for one in read_shelf(tmp_path)] == [kept.name]
    assert kept.read_picture().startswith(b"\x89PNG")
    assert {path.name for path in kept.folder.iterdir()} == {FACTS, ARRAYS, PICTURE}
