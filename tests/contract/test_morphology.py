from itertools import pairwise

import numpy as np
import pytest

from contract.lobes import count_lobes
from contract.morphology import count_hull, measure_perimeter, measure_shape
from device.smear.canvas import canvas_for
from device.smear.nuclei import draw_nucleus

GRID_UM = 0.5  # of a grid pixel at the usual working scale


def draw_ellipse(radius, ratio=1.0, angle=0.0, shift=(0.0, 0.0)):
    """An ellipse seen through pixels: those whose centre lies in it."""
    side = int(2 * radius + 8)
    y, x = np.mgrid[:side, :side] - side / 2
    x, y = x - shift[0], y - shift[1]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return (along / radius) ** 2 + (across / (ratio * radius)) ** 2 <= 1


def draw_square(side, angle):
    y, x = np.mgrid[: 2 * side, : 2 * side] - side
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return np.maximum(np.abs(along), np.abs(across)) <= side / 2


def shake(count=100):
    rng = np.random.default_rng(0)
    return zip(rng.uniform(0, np.pi, count), rng.uniform(-0.5, 0.5, (count, 2)), strict=True)


@pytest.mark.parametrize("radius", [7, 9, 12, 16])  # cells of 7 to 16 um on the grid
def test_the_perimeter_of_a_disc_is_neither_too_long_nor_too_short(radius):
    lengths = [measure_perimeter(draw_ellipse(radius, shift=shift)) for _, shift in shake()]
    assert np.mean(lengths) == pytest.approx(2 * np.pi * radius, rel=0.005)
    # where a disc lies between the pixels moves its boundary by a step or two
    assert np.std(lengths) < 0.015 * 2 * np.pi * radius


@pytest.mark.parametrize("radius", [7, 9, 12, 16])
def test_a_disc_is_round_whole_and_of_its_size(radius):
    shapes = [measure_shape(draw_ellipse(radius, shift=shift), np.zeros((0, 0), bool), 0.5) for _, shift in shake()]
    assert np.mean([shape.diameter_um for shape in shapes]) == pytest.approx(radius, rel=0.01)
    assert min(shape.circularity for shape in shapes) > 0.96
    assert {shape.solidity for shape in shapes} == {1.0}
    assert max(shape.eccentricity for shape in shapes) < 0.4  # one pixel more one way than the other


def test_a_square_is_less_round_from_whatever_side_it_is_seen():
    found = [measure_shape(draw_square(24, angle), np.zeros((0, 0), bool), 0.5) for angle, _ in shake()]
    # four directions of lines see a tilted square up to a twentieth too short or too long
    assert np.mean([shape.circularity for shape in found]) == pytest.approx(np.pi / 4, abs=0.03)
    assert all(abs(shape.circularity - np.pi / 4) < 0.12 for shape in found)


@pytest.mark.parametrize(("ratio", "eccentricity"), [(0.8, 0.6), (0.6, 0.8), (0.28, 0.96)])
def test_an_ellipse_is_as_long_as_it_is(ratio, eccentricity):
    found = [
        measure_shape(draw_ellipse(16, ratio, angle), np.zeros((0, 0), bool), 0.5).eccentricity for angle, _ in shake()
    ]
    assert np.mean(found) == pytest.approx(eccentricity, abs=0.02)


def test_a_notch_is_a_dent_and_an_even_edge_is_none():
    disc = draw_ellipse(12)
    assert count_hull(disc) == disc.sum()
    notched = disc.copy()
    notched[: disc.shape[0] // 2, disc.shape[1] // 2 - 2 : disc.shape[1] // 2 + 2] = False
    assert notched.sum() / count_hull(notched) < 0.92


def test_a_single_pixel_and_a_line_have_a_form_too():
    point = np.ones((1, 1), bool)
    assert measure_shape(point, point, 0.5).solidity == 1.0
    line = np.ones((1, 30), bool)
    assert measure_shape(line, line, 0.5).circularity < 0.2
    assert measure_shape(line, line, 0.5).eccentricity > 0.99


def test_what_is_measured_of_a_nucleus_is_of_all_its_lobes():
    cell = draw_ellipse(14)
    nucleus = np.zeros_like(cell)
    nucleus[10:18, 8:16] = True
    nucleus[16:24, 20:28] = True
    shape = measure_shape(cell, nucleus & cell, 0.5)
    assert shape.nucleus_lobes == 2
    assert shape.nucleus_solidity < 0.75
    assert shape.nucleus_diameter_um == pytest.approx(2 * np.sqrt(128 / np.pi) * 0.5, rel=0.02)
    bare = measure_shape(cell, np.zeros_like(cell), 0.5)
    assert (bare.nucleus_lobes, bare.nucleus_diameter_um, bare.nucleus_solidity) == (0, 0.0, 0.0)


def draw_lobes(count, radius_um=1.9, neck_um=0.8, turn=0.0):
    """Discs on an arc, each joined to the next by a band; drawn fine and seen through grid pixels."""
    fine_um = 0.1
    y, x = np.mgrid[:200, :200] * fine_um - 10
    angles = turn + np.arange(count) * (1.05 if count > 1 else 0)
    reach = 0.0 if count == 1 else 4.6
    centres = np.stack([reach * np.cos(angles), reach * np.sin(angles)], axis=1)
    drawn = np.zeros(x.shape, bool)
    for centre in centres:
        drawn |= np.hypot(x - centre[0], y - centre[1]) < radius_um
    for one, other in pairwise(centres):
        for share in np.linspace(0, 1, 60):
            point = one + share * (other - one)
            drawn |= np.hypot(x - point[0], y - point[1]) < neck_um / 2
    return drawn.reshape(40, 5, 40, 5).mean(axis=(1, 3)) > 0.5


@pytest.mark.parametrize("lobes", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("neck_um", [0.0, 1.0, 1.5])
def test_drawn_lobes_are_counted_however_the_nucleus_lies(lobes, neck_um):
    found = [count_lobes(draw_lobes(lobes, neck_um=neck_um, turn=turn), GRID_UM) for turn in np.linspace(0, 6, 25)]
    assert np.mean(np.array(found) == lobes) >= 0.95, found


def test_a_band_and_a_bean_have_one_lobe():
    for turn in np.linspace(0, 6, 25):
        assert count_lobes(draw_lobes(4, radius_um=1.4, neck_um=2.8, turn=turn), GRID_UM) == 1
    bean = draw_ellipse(9, 0.75)
    bean[:8, 11:14] = False
    assert count_lobes(bean, GRID_UM) == 1


def test_dust_is_no_lobe_and_no_nucleus_has_none():
    nucleus = draw_lobes(2)
    nucleus[0, 0] = True
    assert count_lobes(nucleus, GRID_UM) == 2
    assert count_lobes(np.zeros((9, 9), bool), GRID_UM) == 0
    assert count_lobes(np.ones((1, 1), bool), GRID_UM) == 1


def see_nucleus(cell_type, seed):
    canvas = canvas_for(9.75, GRID_UM / 5)  # drawn as finely as a camera sees it, then seen through grid pixels
    drawn = canvas.finish(draw_nucleus(np.random.default_rng(seed), canvas, cell_type, 6.5))
    return drawn[:195, :195].reshape(39, 5, 39, 5).mean(axis=(1, 3)) > 0.5


@pytest.mark.parametrize("cell_type", ["lymphocyte", "monocyte"])
def test_unsegmented_nuclei_of_the_simulated_smear_have_one_lobe(cell_type):
    found = [count_lobes(see_nucleus(cell_type, seed), GRID_UM) for seed in range(60)]
    assert np.mean(np.array(found) == 1) >= 0.95


def test_the_lobes_of_simulated_granulocytes_are_counted_where_they_do_not_overlap():
    """An eosinophil's drawing begins with the choice between two lobes and three."""
    two = [seed for seed in range(80) if np.random.default_rng(seed).random() < 0.8]
    assert np.mean([count_lobes(see_nucleus("eosinophil", seed), GRID_UM) == 2 for seed in two]) >= 0.9
    # lobes of a neutrophil are drawn over each other: fewer can be seen, more never
    drawn = [int(np.random.default_rng(seed).choice([2, 3, 4, 5], p=[0.1, 0.4, 0.35, 0.15])) for seed in range(80)]
    seen = [count_lobes(see_nucleus("neutrophil", seed), GRID_UM) for seed in range(80)]
    assert np.mean(np.array(seen) <= np.array(drawn)) >= 0.98
    assert np.mean(np.array(seen) >= 2) > 0.4
