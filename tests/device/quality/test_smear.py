"""The gate on prepared fields: smears drawn too thin, too thick, of another stain; pictures that are no smear."""

import cv2
import numpy as np
import pytest

from contract.bundle import load_bundle
from contract.cell_types import UNIDENTIFIED
from contract.moments import now
from contract.prepare import prepare_field
from contract.settings_files import INSTALL_ROOT, load_settings
from device.frame import make_frame
from device.network.classifier import Classifier
from device.quality.picture import measure_quality
from device.quality.smear import measure_smear
from device.smear.crowding import Crowding
from device.smear.slide import VirtualSlide

LIMITS = load_settings().device.quality
UM_PER_PX = 0.15
WBC5 = load_bundle(INSTALL_ROOT / "bundles" / "wbc5").manifest
ALL4 = load_bundle(INSTALL_ROOT / "bundles" / "all4").manifest
WITHOUT_STAIN = WBC5.model_copy(update={"stain": None})


def judge(image, um_per_px=UM_PER_PX, manifest=WBC5, limits=LIMITS):
    quality = measure_quality(image, um_per_px, limits)
    return measure_smear(prepare_field(image, um_per_px, manifest.um_per_px), manifest, limits, quality)


def draw(crowding=None, seed=1):
    return VirtualSlide(seed, crowding).render(0.0, 0.0, 600, 960, UM_PER_PX)[0]


def lay_on_each_other(*fields):
    """Light goes through one after the other: densities add."""
    light = np.prod([field / np.percentile(field, 95, axis=(0, 1)) for field in fields], axis=0)
    return np.clip(200 * light, 0, 255).astype(np.uint8)


def test_a_good_smear_has_its_cover_and_a_known_stain_and_is_analysed(smear_field):
    quality = judge(smear_field[0])
    assert quality.reason is None
    assert quality.cover == pytest.approx(0.46, abs=0.06)
    assert quality.overlap < 0.1
    assert quality.stain < 1.5


def test_a_feathered_edge_is_too_thin():
    quality = judge(draw(Crowding(red_spacing_um=45, red_gaps=0.6, white_per_mm2=100)))
    assert quality.reason == f"too thin: {quality.cover:.0%} of the field covered (at least 6%)"


def test_cells_that_lie_on_each_other_are_too_thick(smear_field):
    crowded = judge(draw(Crowding(red_spacing_um=4, red_gaps=0)))
    assert crowded.reason == f"too thick, or no smear: {crowded.cover:.0%} of the field covered (at most 69%)"
    layers = judge(lay_on_each_other(smear_field[0], draw(seed=2), draw(seed=3)))
    assert layers.reason.startswith("too thick")
    assert layers.overlap > 3 * judge(smear_field[0]).overlap


def test_overlap_alone_is_too_thick_where_gaps_are_left(smear_field):
    quality = judge(
        lay_on_each_other(smear_field[0], draw(seed=2)),
        limits=LIMITS.model_copy(update={"max_cover": 1.0, "max_overlap": 0.15}),
    )
    assert quality.reason == f"too thick: {quality.overlap:.0%} of red cells lie on others (at most 15%)"


def test_cover_does_not_ask_how_pale_a_camera_is(smear_field):
    hazy = (0.5 * smear_field[0] + 0.5 * np.percentile(smear_field[0], 95, axis=(0, 1))).astype(np.uint8)
    assert judge(hazy).cover == pytest.approx(judge(smear_field[0]).cover, abs=0.06)


def test_another_stain_is_refused_and_the_lamps_colour_is_not(smear_field):
    image = smear_field[0]
    dyed = np.clip(255.0 * (image / 255.0) ** np.array([0.4, 1.0, 4.0]), 0, 255).astype(np.uint8)  # yellow takes blue
    quality = judge(dyed)
    assert quality.reason == f"stain unlike the training data: distance {quality.stain:.1f} (at most 4.0)"
    warm = (image * np.array([1.0, 0.85, 0.7])).astype(np.uint8)
    assert judge(warm).stain == pytest.approx(judge(image).stain, abs=0.3)
    assert judge(warm).reason is None


def test_a_picture_of_something_else_is_no_smear():
    rng = np.random.default_rng(4)
    coarse = rng.integers(0, 255, (20, 32, 1), dtype=np.uint8)
    something = np.repeat(cv2.resize(coarse, (960, 600), interpolation=cv2.INTER_CUBIC)[..., None], 3, axis=2)
    quality = judge(something, limits=LIMITS.model_copy(update={"min_focus": 0.0}))
    assert quality.reason.startswith("no blood smear: ")


def test_the_coarser_fault_is_told_first(smear_field):
    dark = (draw(Crowding(red_spacing_um=45, red_gaps=0.6)) // 10).astype(np.uint8)
    assert judge(dark).reason.startswith("too dark")
    assert judge(dark).cover is not None


def test_a_bundle_that_does_not_know_its_stain_works(smear_field):
    quality = judge(smear_field[0], manifest=WITHOUT_STAIN)
    assert quality.reason is None
    assert quality.stain is None
    assert quality.cover is not None


def test_of_a_field_too_small_cover_is_not_known_but_stain_is(smear_field):
    quality = judge(np.ascontiguousarray(smear_field[0][:240, :240]))
    assert (quality.cover, quality.overlap) == (None, None)
    assert quality.stain < 3


@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (700, 5)])
def test_a_strip_of_a_field_is_judged_without_failing(shape):
    assert judge(np.full((*shape, 3), 180, np.uint8)).reason.startswith("no cells in view")


def test_nothing_is_named_in_a_field_that_the_gate_refuses():
    image = draw(Crowding(red_spacing_um=4, red_gaps=0))
    quality = measure_quality(image, UM_PER_PX, LIMITS)
    frame = make_frame(image, quality, UM_PER_PX, seq=1, captured_at=now(), simulated=True)
    assert frame.quality.reason is None
    with Classifier(load_bundle(INSTALL_ROOT / "bundles" / "wbc5"), threads=1) as classifier:
        prediction = classifier.analyse(frame, LIMITS).prediction
        ungated = classifier.analyse(frame).prediction
    assert prediction.rejected.startswith("too thick")
    assert prediction.frame.quality.cover > LIMITS.max_cover
    assert {cell.cell_type for cell in prediction.cells} <= {UNIDENTIFIED}
    assert ungated.frame is frame


def read(path):
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("folder", "um_per_px", "manifest", "every"),
    [
        ("rpi_fields/images", 0.15, WBC5, 12),
        ("bccd_fields/images", 0.067, WBC5, 12),
        ("pbc_cells/val", 0.15, WBC5, 20),
        ("not_in_classes/no_wbc_fields", 0.15, WBC5, 4),
        ("all4_fields", 0.45, ALL4, 60),
    ],
)
def test_at_most_one_in_a_hundred_good_real_fields_is_refused(real_images, folder, um_per_px, manifest, every):
    paths = sorted(path for path in (real_images / folder).rglob("*") if path.suffix in {".jpg", ".png"})[::every]
    refused = [path.name for path in paths if judge(read(path), um_per_px, manifest).reason]
    assert len(paths) > 10
    assert len(refused) <= max(1, len(paths) // 100), refused


@pytest.mark.real_data
@pytest.mark.parametrize("folder", ["histology", "objects"])
@pytest.mark.parametrize(("manifest", "um_per_px"), [(WBC5, 0.25), (ALL4, 0.45)])
def test_real_pictures_of_no_smear_are_refused(real_images, folder, manifest, um_per_px):
    paths = [path for path in (real_images / "not_in_classes" / folder).rglob("*") if path.suffix in {".jpg", ".png"}]
    assert paths
    assert all(judge(read(path), um_per_px, manifest).reason for path in paths)
