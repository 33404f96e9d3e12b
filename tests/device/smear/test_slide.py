import time

import numpy as np
import pytest

from contract.cell_types import DIFFERENTIAL_ORDER
from device.smear.crowding import BALANCED_MIX, Crowding
from device.smear.look import Look
from device.smear.population import Population
from device.smear.slide import VirtualSlide
from device.smear.white_cells import draw_white_cell

UM_PER_PX = 0.15


def render(seed=3, x_um=0.0, y_um=0.0, height=300, width=400, exposure=0, crowding=None):
    return VirtualSlide(seed, crowding).render(x_um, y_um, height, width, UM_PER_PX, exposure)


def test_the_same_seed_gives_the_same_pixels_and_truth():
    first, first_truth = render()
    again, again_truth = render()
    assert np.array_equal(first, again)
    assert np.array_equal(first_truth.tissue, again_truth.tissue)
    assert [cell.id for cell in first_truth.cells] == [cell.id for cell in again_truth.cells]


def test_another_seed_is_another_slide():
    assert not np.array_equal(render(seed=3)[0], render(seed=4)[0])


def test_what_was_looked_at_before_does_not_change_a_field():
    wandered = VirtualSlide(3)
    wandered.render(500.0, -300.0, 300, 400, UM_PER_PX)
    assert np.array_equal(wandered.render(0.0, 0.0, 300, 400, UM_PER_PX)[0], render()[0])


def test_only_the_noise_changes_from_exposure_to_exposure():
    slide = VirtualSlide(3)
    (one, truth_one), (two, truth_two) = (slide.render(0, 0, 300, 400, UM_PER_PX, exposure) for exposure in (1, 2))
    difference = one.astype(int) - two
    assert difference.any()
    # Two draws of a noise of about 3 grey levels: their difference stays small everywhere.
    assert np.abs(difference).max() < 40
    assert np.array_equal(truth_one.instances, truth_two.instances)


def test_moving_the_stage_moves_the_picture_by_as_many_pixels():
    slide = VirtualSlide(3)
    _, here = slide.render(0.0, 0.0, 300, 400, UM_PER_PX)
    _, moved = slide.render(30 * UM_PER_PX, 20 * UM_PER_PX, 300, 400, UM_PER_PX)
    assert np.array_equal(here.tissue[20:, 30:], moved.tissue[:-20, :-30])


def test_boxes_masks_and_instances_tell_the_same_story():
    _, truth = render(height=600, width=960)
    assert len(truth.cells) >= 2
    seen = np.zeros_like(truth.tissue)
    for cell in truth.cells:
        x0, y0, x1, y1 = cell.box
        mine = truth.instances[y0:y1, x0:x1] == cell.instance
        assert np.array_equal(cell.tissue, np.where(mine, truth.tissue[y0:y1, x0:x1], 0))
        assert mine.any(axis=0).all() or mine.any(axis=1).any()
        assert (truth.instances == cell.instance).sum() == mine.sum()
        assert cell.touches_border == (x0 == 0 or y0 == 0 or x1 == 960 or y1 == 600)
        seen[y0:y1, x0:x1][mine] = truth.tissue[y0:y1, x0:x1][mine]
    assert np.array_equal(seen, truth.tissue)


def test_a_whole_cell_lies_where_its_truth_says():
    _, truth = render(height=600, width=960)
    for cell in (cell for cell in truth.cells if not cell.touches_border):
        x0, y0, x1, y1 = cell.box
        assert x0 * UM_PER_PX < cell.x_um < x1 * UM_PER_PX
        assert y0 * UM_PER_PX < cell.y_um < y1 * UM_PER_PX


def test_a_demo_field_shows_a_few_white_cells():
    slide = VirtualSlide(0)
    counts = [len(slide.render(200.0 * n, 0.0, 600, 960, UM_PER_PX)[1].cells) for n in range(6)]
    assert 3 <= np.mean(counts) <= 9  # cells cut by the border included


def test_a_balanced_mix_shows_every_type():
    slide = VirtualSlide(1, Crowding(white_per_mm2=1500, mix=BALANCED_MIX))
    _, truth = slide.render(0.0, 0.0, 900, 1200, UM_PER_PX)
    assert {cell.cell_type for cell in truth.cells} == set(DIFFERENTIAL_ORDER)


def test_touching_pairs_are_two_instances():
    crowding = Crowding(white_per_mm2=600, touching=1.0)
    _, truth = VirtualSlide(2, crowding).render(0.0, 0.0, 900, 1200, UM_PER_PX)
    grown = [(truth.instances == cell.instance) for cell in truth.cells]
    touching = 0
    for mask in grown:
        around = mask.copy()
        around[1:] |= mask[:-1]
        around[:, 1:] |= mask[:, :-1]
        touching += len(set(np.unique(truth.instances[around])) - {0}) > 1
    assert touching >= 1


def test_where_two_white_cells_press_together_the_lower_number_keeps_its_shape():
    crowding = Crowding(white_per_mm2=600, touching=1.0)
    _, truth = VirtualSlide(2, crowding).render(0.0, 0.0, 900, 1200, UM_PER_PX)
    placed = {cell.id: cell for cell in Population(2, crowding).white_cells(0.0, 0.0, 180.0, 135.0)}
    pressed = 0
    for cell in (cell for cell in truth.cells if not cell.touches_border):
        near = [
            other.id
            for other in placed.values()
            if np.hypot(other.x_um - cell.x_um, other.y_um - cell.y_um)
            < 1.3 * (other.radius_um + placed[cell.id].radius_um)
        ]
        if min(near) == cell.id:
            drawn = draw_white_cell(placed[cell.id].seed, cell.cell_type, UM_PER_PX, Look().stain)
            assert (cell.tissue > 0).sum() == (drawn.tissue > 0).sum()
            pressed += len(near) > 1
    assert pressed >= 3


def test_cells_are_darker_than_the_plasma_between_them():
    image, truth = render(height=600, width=960)
    levels = image.astype(float).mean(axis=2)
    assert levels[truth.tissue == 2].mean() < levels[truth.tissue == 1].mean() < levels[truth.tissue == 0].mean()


@pytest.mark.parametrize("um_per_px", [0.1, 0.25])
def test_sizes_in_micrometres_do_not_depend_on_the_scale(um_per_px):
    _, truth = VirtualSlide(5).render(0.0, 0.0, round(90 / um_per_px), round(90 / um_per_px), um_per_px)
    _, known = VirtualSlide(5).render(0.0, 0.0, 600, 600, UM_PER_PX)
    area = (truth.tissue > 0).sum() * um_per_px**2
    # Edges fall between pixels: a few per cent.
    assert area == pytest.approx((known.tissue > 0).sum() * UM_PER_PX**2, rel=0.05)


def test_a_field_seen_before_is_drawn_in_time_for_a_live_view():
    slide = VirtualSlide(0)
    slide.render(0.0, 0.0, 600, 960, UM_PER_PX)
    spent = []
    for exposure in range(5):
        before = time.process_time()
        slide.render(0.0, 0.0, 600, 960, UM_PER_PX, exposure)
        spent.append(time.process_time() - before)
    # Measured 17 ms on one core of x86-64; 80 ms is what the live view allows, the best of five shuts out other work.
    assert min(spent) < 0.08
