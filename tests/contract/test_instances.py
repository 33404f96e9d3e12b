from dataclasses import replace

import numpy as np
import pytest

from contract.cell_types import SMUDGE, UNIDENTIFIED
from contract.instances import fill_holes, separate_cells
from contract.reading import read_cells
from tests.contract.test_reading import draw_discs, make_manifest, make_outside

DISC = (80, 80, 26, 16, 1)


def separate(outputs, prepared):
    return separate_cells(outputs.mask, outputs.interior, 4, prepared.image.shape[:2], prepared.um_per_px)


def test_a_speck_of_core_is_no_second_cell():
    outputs, prepared = draw_discs([DISC])
    outputs.interior[24, 19:21] = 4  # 2 um2 beside the core, in the seam
    outputs.interior[23, 18:22] = -4
    assert len(separate(outputs, prepared).cells) == 1


def draw_pair(apart, turn=0.0, radius=24):
    """Two cells of which neither hides the other: where they overlap, the line between them is halfway."""
    x, y = apart / 2 * np.cos(turn), apart / 2 * np.sin(turn)
    discs = [(100 - x, 80 - y, radius, 14, 1), (100 + x, 80 + y, radius, 14, 1)]
    (one, prepared), (other, _) = (draw_discs([disc]) for disc in discs)
    mask = np.concatenate(
        [np.minimum(one.mask, other.mask)[..., :1], np.maximum(one.mask, other.mask)[..., 1:]], axis=2
    )
    joined = {name: np.maximum(getattr(one, name), getattr(other, name)) for name in ("interior", "cell_type")}
    return replace(one, mask=mask, **joined), prepared


@pytest.mark.parametrize("apart", [40, 44, 48])
@pytest.mark.parametrize("turn", [0.0, 0.5, 1.2])
def test_cells_that_overlap_or_touch_are_two_of_the_right_size(apart, turn):
    found = separate(*draw_pair(apart, turn))
    half = apart / 2 / 4
    hidden = 36 * np.arccos(half / 6) - half * np.sqrt(36 - half**2)
    assert [cell.area * 0.25 for cell in found.cells] == pytest.approx([np.pi * 36 - hidden] * 2, rel=0.04)
    labels = found.draw_labels()
    assert [int((labels == number).sum()) for number in (1, 2)] == [cell.area for cell in found.cells]


def test_a_neighbour_that_reaches_into_the_corner_of_a_cells_box_is_left_out():
    one, other = DISC, (DISC[0] + 50, DISC[1] + 50, *DISC[2:])
    (alone,) = separate(*draw_discs([one])).cells
    first, second = separate(*draw_discs([one, other])).cells
    assert first.box == alone.box
    assert first.area == second.area == alone.area


def test_cells_come_from_top_to_bottom_with_their_places_on_the_grid():
    outputs, prepared = draw_discs([(180, 120, 22, 14, 1), (50, 40, 22, 14, 1)])
    found = separate(outputs, prepared)
    assert found.shape == (80, 120)
    assert [cell.box for cell in found.cells] == [
        pytest.approx((14, 9, 36, 31), abs=1),
        pytest.approx((79, 49, 101, 71), abs=1),
    ]


def test_a_hole_belongs_to_the_cell_and_not_to_its_nucleus():
    outputs, prepared = draw_discs([DISC])
    whole = separate(outputs, prepared).cells[0]
    outputs.mask[19:21, 19:21] = (4, 0, -4)
    holed = separate(outputs, prepared).cells[0]
    assert holed.area == whole.area
    assert holed.nucleus_area < whole.nucleus_area
    ring = np.ones((5, 5), np.uint8)
    ring[2, 2] = 0
    assert fill_holes(ring).all()


def test_two_cells_with_one_core_are_not_one_sure_cell():
    outputs, prepared = draw_pair(46, radius=28)
    outputs.interior[18:22, 18:32] = 6  # a bridge: the network sees one middle
    (cell,) = read_cells(outputs, prepared, make_manifest())
    assert cell.confidence > 0.9
    assert cell.cell_type == UNIDENTIFIED
    assert cell.countable


def draw_smudge(outside):
    """An ellipse without a name, in which cytoplasm and nucleus are equally likely all over."""
    outputs, prepared = draw_discs([(80, 80, 24, 14, None)])
    y, x = np.mgrid[2:160:4, 2:240:4].astype(np.float32)
    # a comb at the rim: frayed
    edge = np.hypot((x - 90) / 1.5, y - 80) - 20 - 3 * np.sign(np.sin(np.arctan2(y - 80, x - 90) * 9))
    outputs.mask[..., 0], outputs.mask[..., 1] = np.clip(edge, -4, 4), 0
    outputs.mask[..., 2] = np.where(edge < -6, 0.5, -0.5)
    return outputs, prepared, make_manifest(outside=make_outside(threshold=3.0), **outside)


def test_a_smudge_is_shown_under_its_own_name_and_never_counts():
    outputs, prepared, manifest = draw_smudge({})
    strange = replace(outputs, features=outputs.features + 1.5)
    (smudge,) = read_cells(strange, prepared, manifest)
    assert (smudge.cell_type, smudge.countable) == (SMUDGE, False)
    (usual,) = read_cells(outputs, prepared, manifest)
    assert (usual.cell_type, usual.countable) == (UNIDENTIFIED, True)


def test_a_cell_that_touches_an_edge_is_shown_and_does_not_count():
    outputs, prepared = draw_discs([(5, 80, 24, 14, 1), (120, 80, 24, 14, 1)])
    cut, whole = sorted(read_cells(outputs, prepared, make_manifest()), key=lambda cell: cell.box)
    assert (cut.touches_border, cut.countable) == (True, False)
    assert (whole.touches_border, whole.countable) == (False, True)
