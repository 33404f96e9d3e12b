from datetime import UTC, datetime

import numpy as np
import pytest

from contract.bundle import load_bundle
from contract.cell_types import UNIDENTIFIED
from contract.prepare import prepare_field
from contract.reading import label_map
from device.frame import FrameError, Quality, make_frame
from device.network.classifier import Classifier
from device.network.selftest import PLAIN_TOLERANCE_STEPS, SelfTestError

GOOD = Quality(150.0, 0.0, 20.0, 6.0, None)
DARK = Quality(12.0, 0.0, 20.0, 6.0, "too dark: mean luminance 12 (at least 40)")


def frame_of(image, quality=GOOD, um_per_px=0.15):
    moment = datetime(2026, 1, 31, tzinfo=UTC)
    return make_frame(image, quality, um_per_px, seq=1, captured_at=moment, simulated=True)


@pytest.fixture(scope="module")
def classifier(tiny_bundle):
    with Classifier(load_bundle(tiny_bundle), threads=1) as opened:
        yield opened


def centre_in(box, other):
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return other[0] <= x < other[2] and other[1] <= y < other[3]


def test_the_white_cells_of_a_field_larger_than_the_input_are_found(classifier, smear_field):
    image, truth = smear_field
    prediction = classifier.predict(frame_of(image))
    whole = [cell for cell in truth.cells if not cell.touches_border]
    found = [any(centre_in(cell.box, other.box) for other in prediction.cells) for cell in whole]
    # The weights are set by hand: two cells that touch may come as one.
    assert sum(found) >= 0.75 * len(whole) >= 1
    assert all(any(centre_in(cell.box, other.box) for other in truth.cells) for cell in prediction.cells)


def test_every_cell_lies_in_the_field_and_has_a_probability_for_every_class(classifier, smear_field):
    image, _ = smear_field
    prediction = classifier.predict(frame_of(image))
    for cell in prediction.cells:
        x0, y0, x1, y1 = cell.box
        assert 0 <= x0 < x1 <= 960
        assert 0 <= y0 < y1 <= 600
        assert tuple(cell.probabilities) == classifier.bundle.manifest.classes
        assert sum(cell.probabilities.values()) == pytest.approx(1)
    assert prediction.bundle_id == classifier.bundle.bundle_id
    assert prediction.infer_ms > 0


def test_the_same_frame_gives_the_same_cells(classifier, smear_field):
    frame = frame_of(smear_field[0])
    assert classifier.predict(frame).cells == classifier.predict(frame).cells


def test_windows_join_into_maps_that_cover_the_whole_field(classifier, smear_field):
    prepared = prepare_field(smear_field[0], 0.15, classifier.bundle.manifest.um_per_px)
    outputs = classifier.outputs(prepared)
    height, width = prepared.image.shape[:2]
    assert outputs.mask.shape == (-(-height // 4), -(-width // 4), 3)
    assert outputs.interior.shape == outputs.mask.shape[:2]
    assert outputs.cell_type.shape == (-(-height // 8), -(-width // 8), 5)
    assert outputs.attributes is None


def test_a_field_smaller_than_the_input_is_padded_and_read(classifier):
    crop = np.full((60, 70, 3), 235, np.uint8)
    y, x = np.mgrid[:60, :70]
    crop[(y - 30) ** 2 + (x - 35) ** 2 < 24**2] = (170, 140, 205)
    crop[(y - 30) ** 2 + (x - 35) ** 2 < 14**2] = (90, 55, 150)
    analysis = classifier.analyse(frame_of(crop, um_per_px=0.25))
    (cell,) = analysis.prediction.cells
    assert centre_in(cell.box, (30, 25, 40, 35))
    assert cell.nucleus_fraction == pytest.approx((14 / 24) ** 2, abs=0.15)  # mask pixels are 8 field pixels wide here
    assert label_map(analysis.outputs, analysis.prepared, 4).shape == (60, 70)


def test_a_rejected_frame_keeps_its_cells_and_names_none(classifier, smear_field):
    accepted = classifier.predict(frame_of(smear_field[0]))
    rejected = classifier.predict(frame_of(smear_field[0], DARK))
    assert accepted.rejected is None
    assert rejected.rejected == DARK.reason
    assert {cell.cell_type for cell in rejected.cells} == {UNIDENTIFIED}
    assert [cell.probabilities for cell in rejected.cells] == [cell.probabilities for cell in accepted.cells]


def test_a_screening_bundle_names_the_field_unless_it_is_rejected(tiny_screening_bundle, smear_field):
    with Classifier(load_bundle(tiny_screening_bundle), threads=1) as screening:
        named = screening.predict(frame_of(smear_field[0])).field_class
        withheld = screening.predict(frame_of(smear_field[0], DARK)).field_class
    assert named.name in screening.bundle.manifest.classes
    assert sum(named.probabilities.values()) == pytest.approx(1)
    assert withheld.name == UNIDENTIFIED
    assert withheld.probabilities == named.probabilities


def test_a_classifier_can_be_closed_and_opened_again(tiny_bundle, smear_field):
    classifier = Classifier(load_bundle(tiny_bundle))
    frame = frame_of(smear_field[0])
    with classifier:
        first = classifier.predict(frame).cells
        assert classifier.runtime
        assert classifier.self_test.largest_step <= (PLAIN_TOLERANCE_STEPS if classifier.slowness else 0)
    classifier.__exit__()
    with classifier:
        assert classifier.predict(frame).cells == first


def test_a_bundle_whose_self_test_fails_is_not_opened(tiny_bundle, tmp_path):
    with np.load(tiny_bundle / "selftest.npz") as stored:
        arrays = {name: array[:, ::-1] if name == "inputs" else array for name, array in stored.items()}
    np.savez(tmp_path / "selftest.npz", **arrays)
    (tmp_path / "model.tflite").write_bytes((tiny_bundle / "model.tflite").read_bytes())
    bundle = load_bundle(tiny_bundle)
    with pytest.raises(SelfTestError), Classifier(type(bundle)(tmp_path, bundle.manifest, bundle.short_hash)):
        pass


def test_a_frame_cannot_be_changed_by_whoever_took_the_picture():
    image = np.zeros((4, 5, 3), np.uint8)
    frame = frame_of(image)
    digest = frame.digest
    image[:] = 255
    assert frame.image.max() == 0
    assert not frame.image.flags.writeable
    assert frame_of(np.zeros((4, 5, 3), np.uint8)).digest == digest


@pytest.mark.parametrize("image", [np.zeros((4, 5), np.uint8), np.zeros((4, 5, 3), np.float32)])
def test_a_picture_of_another_form_is_no_frame(image):
    with pytest.raises(FrameError, match=r"expected \(H, W, 3\) uint8 RGB"):
        frame_of(image)


def test_a_frame_without_scale_or_time_zone_is_refused():
    image = np.zeros((4, 5, 3), np.uint8)
    with pytest.raises(FrameError, match="um_per_px: 0"):
        frame_of(image, um_per_px=0.0)
    with pytest.raises(FrameError, match="with a zone"):
        make_frame(image, GOOD, 0.15, seq=1, captured_at=datetime(2026, 1, 31), simulated=False)
