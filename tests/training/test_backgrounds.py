"""Surroundings exchanged: cells stay, what is around them goes, and what is left without cells has no label."""

import numpy as np
import pytest

from training.augment import Exchange, strength_for
from training.backgrounds import change_surroundings, cover_cells
from training.looks import NOTHING
from training.sample import NUCLEUS

SIZE = 64
CELL = (slice(24, 40), slice(20, 36))
CORE = (slice(28, 36), slice(24, 32))


def draw(background, cell=(120, 60, 160), kind=2):
    """A window with one square cell of one class."""
    rng = np.random.default_rng(sum(background))
    image = np.clip(np.array(background) + rng.normal(0, 4, (SIZE, SIZE, 3)), 0, 255).astype(np.uint8)
    target = np.full((SIZE, SIZE, 3), NOTHING, np.uint8)
    image[CELL] = cell
    target[CELL] = (NUCLEUS, kind, 200)
    return image, target


PINK, GREEN = (230, 190, 200), (180, 220, 190)


def change(exchange, seed=0):
    image, target = draw(PINK)
    rng = np.random.default_rng(seed)
    return (image, target, *change_surroundings(image, target, lambda: draw(GREEN, (20, 200, 20)), rng, exchange))


def test_a_cell_before_another_background_keeps_its_pixels_and_its_labels():
    image, target, changed, labels = change(Exchange(other_share=1.0))
    np.testing.assert_array_equal(changed[CORE], image[CORE])
    np.testing.assert_array_equal(labels, target)
    around = np.ones((SIZE, SIZE), bool)
    around[20:44, 16:40] = False
    np.testing.assert_allclose(changed[around].mean(axis=0), GREEN, atol=2)
    assert not (changed[..., 1].astype(int) - changed[..., 0] > 100)[around].any()  # the donor's cell is covered


def test_before_one_colour_nothing_but_the_cell_differs_from_pixel_to_pixel():
    image, _, changed, _ = change(Exchange(plain_share=1.0))
    np.testing.assert_array_equal(changed[CORE], image[CORE])
    assert changed[:10].std(axis=(0, 1)).max() == 0


@pytest.mark.parametrize("seed", range(4))
def test_where_the_cell_is_taken_away_nothing_of_it_is_left_in_picture_or_labels(seed):
    _, _, changed, labels = change(Exchange(blank_share=1.0), seed)
    np.testing.assert_allclose(changed.reshape(-1, 3).mean(axis=0), PINK, atol=3)
    assert changed[CELL].min() > 150
    assert (labels == NOTHING).all()


def test_a_window_without_background_or_without_cells_is_left_alone():
    image, target = draw(PINK)
    for tissue in (0, NUCLEUS):
        target[..., 0] = tissue
        for exchange in (Exchange(other_share=1.0), Exchange(plain_share=1.0), Exchange(blank_share=1.0)):
            again, labels = change_surroundings(image, target, lambda: draw(GREEN), np.random.default_rng(0), exchange)
            assert again is image
            assert labels is target


def test_covering_takes_from_the_same_picture():
    image, target = draw(PINK)
    covered = cover_cells(image, target[..., 0] == NUCLEUS, np.random.default_rng(1))
    assert covered[CELL].std() > 2  # texture, not one colour
    np.testing.assert_allclose(covered[CELL].reshape(-1, 3).mean(axis=0), PINK, atol=4)


def test_screening_loses_most_of_its_surroundings_and_a_share_can_be_asked_for():
    asked = strength_for("differential", 0.5).exchange
    assert asked.other_share + asked.plain_share + asked.blank_share == pytest.approx(0.5)
    assert strength_for("screening").exchange.plain_share > strength_for("differential").exchange.plain_share
    assert strength_for("screening", 0.0).exchange == Exchange()
