import numpy as np
import pytest

from contract.bundle import Abstention, Heads, Manifest
from contract.cell_types import UNIDENTIFIED
from contract.naming import explain_strange_field, name_field
from contract.outputs import Outputs
from contract.outside import Outside, Yardstick
from contract.packed import pack
from contract.prepare import Prepared
from contract.reading import label_map, read_cells

CLASSES = ("basophil", "lymphocyte", "neutrophil")


def make_manifest(**changes):
    facts = {
        "format_version": 1,
        "name": "toy",
        "version": "1",
        "task": "differential",
        "classes": CLASSES,
        "input_height": 160,
        "input_width": 240,
        "um_per_px": 0.25,
        "mask_stride": 4,
        "type_stride": 8,
        "heads": Heads(mask="mask", interior="interior", cell_type="cell_type", features="features"),
        "cell": Abstention(temperature=1.0, threshold=0.6),
        "conformal": dict.fromkeys(CLASSES, 0.9),
        "confidence_fitted_on": "nothing",
        "data": {},
        "files": dict.fromkeys(("model.tflite", "selftest.npz", "parity.json", "card.md"), "0" * 64),
        "created": "2026-01-01T00:00:00+00:00",
        "made_with": "a test",
    }
    return Manifest(**facts | changes)


def make_outside(threshold):
    unit = Yardstick(middle=0.0, spread=1.0)
    return Outside(
        inputs=("features",),
        means=((1.0,) * 4,) * 3,
        factors=pack(np.stack([np.eye(4)] * 3)),
        log_volumes=(0.0,) * 3,
        distance=unit,
        energy=unit,
        energy_weight=0.5,
        threshold=threshold,
    )


def draw_discs(discs, shape=(160, 240), field_shape=(320, 480)):
    """Outputs of a perfect model: discs given as (x, y, radius, nucleus radius, class index or None) in prepared px."""
    height, width = shape
    y, x = np.mgrid[2:height:4, 2:width:4].astype(np.float32)
    mask = np.zeros((height // 4, width // 4, 3), np.float32)
    mask[..., 0] = 4
    interior = np.full(mask.shape[:2], -6, np.float32)
    y8, x8 = np.mgrid[4:height:8, 4:width:8].astype(np.float32)
    types = np.zeros((height // 8, width // 8, len(CLASSES)), np.float32)
    for cx, cy, radius, nucleus, kind in discs:
        distance = np.hypot(x - cx, y - cy)
        # logits fall off across a boundary as a trained model's do, so that contours lie between map pixels
        near = distance < radius + 8
        mask[near, 0] = np.clip(distance - radius, -4, 4)[near]
        mask[near, 1] = 0
        mask[near, 2] = np.clip(nucleus - distance, -4, 4)[near]
        interior = np.maximum(interior, 6 * (1 - 2 * distance / radius))
        if kind is not None:
            types[np.hypot(x8 - cx, y8 - cy) < radius, kind] = 8
    outputs = Outputs(mask, interior.astype(np.float32), types, np.ones((*types.shape[:2], 4), np.float32), None)
    return outputs, Prepared(np.zeros((height, width, 3), np.uint8), field_shape, 0.25)


def test_a_cell_is_read_at_its_place_with_its_type_and_size():
    outputs, prepared = draw_discs([(80, 60, 24, 14, 2)])
    (cell,) = read_cells(outputs, prepared, make_manifest())
    assert cell.cell_type == "neutrophil"
    assert cell.confidence > 0.9
    # field pixels are half the prepared ones; one grid pixel (4 field pixels) either way
    assert cell.box == pytest.approx((112, 72, 208, 168), abs=8)
    assert cell.area_um2 == pytest.approx(np.pi * 6**2, rel=0.1)
    assert cell.nucleus_fraction == pytest.approx((14 / 24) ** 2, abs=0.03)
    assert cell.nc_ratio == pytest.approx(cell.nucleus_fraction / (1 - cell.nucleus_fraction))
    assert not cell.touches_border
    assert len(cell.features) == 4


def test_touching_cells_are_two():
    outputs, prepared = draw_discs([(80, 80, 24, 14, 0), (122, 80, 24, 14, 1)])
    cells = read_cells(outputs, prepared, make_manifest())
    assert sorted(cell.cell_type for cell in cells) == ["basophil", "lymphocyte"]


def test_lobes_of_one_nucleus_are_one_cell():
    outputs, prepared = draw_discs([(80, 80, 26, 0, 2)])
    for x in (70, 92):
        y4, x4 = np.mgrid[2:160:4, 2:240:4]
        outputs.mask[np.hypot(x4 - x, y4 - 80) < 8] = (-4, 0, 4)
    (cell,) = read_cells(outputs, prepared, make_manifest())
    assert len(cell.nucleus_contours) == 2


def test_a_platelet_is_no_white_cell():
    outputs, prepared = draw_discs([(80, 80, 7, 5, 1)])
    assert read_cells(outputs, prepared, make_manifest()) == ()


def test_a_cell_without_evidence_stays_unidentified_with_all_its_probabilities():
    outputs, prepared = draw_discs([(80, 80, 24, 14, None)])
    (cell,) = read_cells(outputs, prepared, make_manifest())
    assert cell.cell_type == UNIDENTIFIED
    assert cell.candidates == CLASSES
    assert cell.probabilities == pytest.approx(dict.fromkeys(CLASSES, 1 / 3))


def test_a_strange_cell_stays_unidentified_however_sure():
    outputs, prepared = draw_discs([(80, 80, 24, 14, 1)])
    (cell,) = read_cells(outputs, prepared, make_manifest(outside=make_outside(threshold=-100.0)))
    assert cell.cell_type == UNIDENTIFIED
    assert cell.confidence > 0.9


def test_a_cell_cut_by_the_border_says_so():
    outputs, prepared = draw_discs([(5, 80, 24, 14, 1)])
    (cell,) = read_cells(outputs, prepared, make_manifest())
    assert cell.touches_border
    assert cell.box[0] == 0


def test_the_label_map_has_the_size_of_the_field_and_holds_cells_only():
    outputs, prepared = draw_discs([(80, 60, 24, 14, 2), (200, 120, 7, 5, 1)])
    labels = label_map(outputs, prepared, 4)
    assert labels.shape == (320, 480)
    assert labels[120, 160] == 2
    assert labels[120, 160 + 2 * 19] == 1
    assert not labels[240, 400]  # the platelet


def test_an_empty_field_has_no_cells():
    outputs, prepared = draw_discs([])
    assert read_cells(outputs, prepared, make_manifest()) == ()
    assert not label_map(outputs, prepared, 4).any()


def make_screening(**changes):
    return make_manifest(task="screening", field=Abstention(temperature=1.0, threshold=0.6), **changes)


def name_discs(discs, manifest):
    outputs, prepared = draw_discs(discs)
    return name_field(read_cells(outputs, prepared, manifest), manifest)


def test_a_screening_field_is_named_after_what_its_cells_say_together():
    manifest = make_screening()
    assert name_discs([(80, 80, 24, 14, 1)], manifest).name == CLASSES[1]
    assert name_discs([(60, 80, 24, 14, 1), (160, 80, 24, 14, 2)], manifest).name == UNIDENTIFIED
    assert name_discs([(60, 80, 16, 10, 1), (160, 80, 30, 18, 2)], manifest).name == CLASSES[2]


def test_a_field_without_white_cells_has_no_class_whatever_its_plasma_looks_like():
    found = name_discs([], make_screening())
    assert found.name == UNIDENTIFIED
    assert found.probabilities == pytest.approx(dict.fromkeys(CLASSES, 1 / 3))


def test_a_field_of_strange_cells_is_not_named():
    strange = make_screening(outside=make_outside(threshold=-100.0))
    assert name_discs([(80, 80, 24, 14, 1)], strange).name == UNIDENTIFIED


def test_a_differential_has_no_field_class():
    assert name_field((), make_manifest()) is None


def test_a_field_is_refused_where_most_of_several_cells_are_strange():
    discs = [(40, 40, 20, 12, 1), (120, 40, 20, 12, 1), (190, 40, 20, 12, 1)]
    for count, reason in ((3, "3 of 3 cells are unlike any taught"), (2, None)):
        outputs, prepared = draw_discs(discs[:count])
        manifest = make_manifest(outside=make_outside(threshold=-100.0))
        said = explain_strange_field(read_cells(outputs, prepared, manifest), manifest)
        assert said is None if reason is None else said.startswith(reason)
    outputs, prepared = draw_discs(discs)
    usual = make_manifest(outside=make_outside(threshold=100.0))
    assert explain_strange_field(read_cells(outputs, prepared, usual), usual) is None
    assert explain_strange_field((), usual) is None
