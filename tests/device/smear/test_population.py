import numpy as np
import pytest

from device.smear.crowding import DEMO_MIX, Crowding
from device.smear.population import Population


@pytest.mark.parametrize("kind", ["white_cells", "red_cells", "platelets"])
def test_a_cell_is_there_however_wide_one_looks(kind):
    crowding = Crowding(white_per_mm2=1200, touching=0.3, clumping_um=4.0, platelets_per_mm2=2000)
    wide = getattr(Population(3, crowding), kind)(-400.0, -400.0, 400.0, 400.0)
    rng = np.random.default_rng(1)
    for x0, y0 in rng.uniform(-300, 200, (20, 2)):
        narrow = getattr(Population(3, crowding), kind)(x0, y0, x0 + 60, y0 + 40)
        expected = [cell for cell in wide if x0 <= cell.x_um < x0 + 60 and y0 <= cell.y_um < y0 + 40]
        assert {cell.seed for cell in narrow} == {cell.seed for cell in expected}


def test_white_cells_do_not_lie_on_top_of_each_other():
    cells = Population(1, Crowding(white_per_mm2=2000, touching=0.2)).white_cells(0.0, 0.0, 400.0, 400.0)
    for n, cell in enumerate(cells):
        for other in cells[n + 1 :]:
            distance = np.hypot(cell.x_um - other.x_um, cell.y_um - other.y_um)
            assert distance >= 0.95 * (cell.radius_um + other.radius_um)


def test_numbers_of_white_cells_are_unique():
    cells = Population(1, Crowding()).white_cells(-500.0, -500.0, 500.0, 500.0)
    assert len({cell.id for cell in cells}) == len(cells)


def test_types_come_as_often_as_the_mix_says():
    cells = Population(2, Crowding()).white_cells(0.0, 0.0, 2000.0, 2000.0)
    assert len(cells) > 1000
    for cell_type, fraction in DEMO_MIX.items():
        seen = sum(cell.cell_type == cell_type for cell in cells) / len(cells)
        # Three binomial standard deviations at this count.
        assert seen == pytest.approx(fraction, abs=3 * np.sqrt(fraction * (1 - fraction) / len(cells)))


def test_red_cells_make_room_for_white_cells():
    population = Population(4, Crowding())
    reds = population.red_cells(-50.0, -50.0, 450.0, 450.0)
    for white in population.white_cells(0.0, 0.0, 400.0, 400.0):
        nearest = min(np.hypot(red.x_um - white.x_um, red.y_um - white.y_um) for red in reds)
        assert nearest > 0.6 * white.radius_um


def test_a_field_holds_far_more_red_cells_than_white_ones():
    population = Population(4, Crowding())
    assert len(population.red_cells(0.0, 0.0, 400.0, 400.0)) > 10 * len(population.white_cells(0.0, 0.0, 400.0, 400.0))
