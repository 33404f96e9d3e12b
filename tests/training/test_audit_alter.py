"""Alterations: each takes away or changes what it says, and nothing else."""

import numpy as np
import pytest

from training.audit_alter import (
    Scene,
    blank_cells,
    cast_lamp,
    defocus,
    find_plasma,
    keep_border,
    keep_cells,
    keep_corner,
    patch_cells,
    shift_stain,
    widen,
)
from training.audit_plan import UNTOUCHED, plan_audit

PLASMA, RED_CELL, WHITE_CELL = (210, 205, 200), (220, 150, 140), (110, 60, 150)


@pytest.fixture
def scene():
    image = np.full((60, 80, 3), PLASMA, np.uint8)
    image[5:15, 50:60] = RED_CELL
    cells, near = np.zeros((60, 80), bool), np.zeros((60, 80), bool)
    cells[20:40, 20:40], near[18:42, 18:42] = True, True
    image[cells] = WHITE_CELL
    return Scene(image, cells, near)


def test_plasma_is_the_brightest_that_is_no_cell(scene):
    np.testing.assert_array_equal(find_plasma(scene), PLASMA)
    everything = Scene(scene.image, scene.cells, np.ones_like(scene.near))
    np.testing.assert_array_equal(find_plasma(everything), (235, 235, 235))


@pytest.mark.parametrize("blank", [blank_cells, lambda scene: patch_cells(scene, np.random.default_rng(1))])
def test_blanking_takes_every_trace_of_the_white_cell_and_leaves_the_rest(scene, blank):
    blanked = blank(scene)
    assert not (blanked == WHITE_CELL).all(axis=2).any()
    np.testing.assert_array_equal(blanked[~scene.near], scene.image[~scene.near])


def test_covering_shows_other_background_and_not_only_plasma():
    rng = np.random.default_rng(2)
    image = rng.integers(120, 240, (60, 80, 3)).astype(np.uint8)
    near = np.zeros((60, 80), bool)
    near[20:40, 20:40] = True
    patched = patch_cells(Scene(image, near, near), rng)
    assert patched[near].std() == pytest.approx(image[~near].std(), rel=0.1)


def test_keeping_cells_leaves_nothing_else(scene):
    kept = keep_cells(scene)
    np.testing.assert_array_equal(kept[scene.cells], scene.image[scene.cells])
    assert (kept[~scene.cells] == PLASMA).all()
    assert (keep_cells(scene, np.full(3, 9, np.uint8))[~scene.cells] == 9).all()


def test_corner_and_border_hold_no_cell_and_no_middle(scene):
    scene.image[-4:, -6:] = 0  # a scale bar
    corner, border = keep_corner(scene), keep_border(scene)
    assert (corner[-4:, -6:] == 0).all()
    assert (corner[:40, :60] == PLASMA).all()
    assert (border[-4:, -6:] == 0).all()
    assert (border[10:50, 10:70] == PLASMA).all()
    np.testing.assert_array_equal(border[:5], scene.image[:5])


def test_a_cast_is_one_gain_and_offset_for_each_channel(scene):
    cast = cast_lamp(scene.image, 0.2, 10, np.random.default_rng(4))
    assert not np.array_equal(cast, scene.image)
    for channel in range(3):
        assert len(np.unique(cast[..., channel])) <= len(np.unique(scene.image[..., channel]))
    np.testing.assert_array_equal(cast_lamp(scene.image, 0, 0, np.random.default_rng(4)), scene.image)


def test_a_stain_shift_changes_cells_and_not_plasma(scene):
    shifted = shift_stain(scene, 0.3, np.random.default_rng(4))
    assert (np.abs(shifted[50:, :10].astype(int) - PLASMA) <= 1).all()
    assert (np.abs(shifted[30, 30].astype(int) - WHITE_CELL) > 5).any()
    unchanged = shift_stain(scene, 0, np.random.default_rng(4)).astype(int)
    np.testing.assert_allclose(unchanged, scene.image, atol=1)  # rounding


def test_white_stays_white_in_another_stain(scene):
    scene.image[:3] = 255  # brighter than plasma: a bubble
    shifted = shift_stain(scene, 0.2, np.random.default_rng(4))
    assert shifted[:3].min() > 200


def test_blur_keeps_the_mean_and_lowers_the_contrast(scene):
    blurred = defocus(scene.image, 2.0)
    assert blurred.mean() == pytest.approx(scene.image.mean(), abs=1)
    assert blurred.std() < scene.image.std()


def test_a_widened_mask_reaches_as_far_on_every_side():
    mask = np.zeros((21, 21), bool)
    mask[10, 10] = True
    rows, columns = np.nonzero(widen(mask, 3))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (7, 13, 7, 13)
    np.testing.assert_array_equal(widen(mask, 0.2), mask)


def test_no_alteration_changes_the_picture_it_is_given(scene):
    before = scene.image.copy()
    for alteration in plan_audit():
        altered = alteration.alter(scene, np.random.default_rng(1))
        assert (altered.shape, altered.dtype) == (before.shape, np.uint8), alteration.name
        assert np.array_equal(altered, before) == (alteration.family == UNTOUCHED), alteration.name
    np.testing.assert_array_equal(scene.image, before)
