"""Cells before other plasma: what surrounds a cell, or says where it was photographed, is no evidence for its type."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.flatfield import BACKGROUND as PLASMA
from training.augment import Exchange
from training.looks import NOTHING
from training.sample import BACKGROUND

Picture = NDArray[np.uint8]

FEWEST, MOST = 0.05, 0.97
"""Share of a window that is background: with less there is nothing to exchange, with more no cell to keep."""

EDGE_PX = 0.8
"""Softness of a pasted cell's edge, about that of the microscope at the working scales."""

TRIES = 6
"""Copies of a window, shifted and turned, from which its cells are covered with its own plasma and red cells."""


def change_surroundings(
    image: Picture,
    target: Picture,
    donor: Callable[[], tuple[Picture, Picture]],
    rng: np.random.Generator,
    exchange: Exchange,
) -> tuple[Picture, Picture]:
    """Replace what surrounds the cells of a window, or the cells, or nothing, as chance has it.

    Args:
        image: (h, w, 3) RGB window.
        target: (h, w, 3) tissue, class, interior.
        donor: gives the window of another picture and its target, of the same size.
        rng: source of chance.
        exchange: how often.

    Returns:
        The window and its target; unknown tissue stays with the cells.
    """
    chance = rng.random()
    if chance >= exchange.other_share + exchange.plain_share + exchange.blank_share:
        return image, target
    around = target[..., 0] == BACKGROUND
    if not FEWEST <= around.mean() <= MOST:
        return image, target
    if chance < exchange.other_share:
        other, labels = donor()
        return paste_cells(image, ~around, cover_cells(other, labels[..., 0] != BACKGROUND, rng)), target
    if chance < exchange.other_share + exchange.plain_share:
        return paste_cells(image, ~around, np.full_like(image, _choose_colour(image, around, rng))), target
    plain = rng.random() < 0.5
    covered = _fill(image, ~around, _middle(image, around)) if plain else cover_cells(image, ~around, rng)
    return covered, np.full_like(target, NOTHING)


def paste_cells(image: Picture, kept: NDArray[np.bool_], behind: Picture) -> Picture:
    """Put part of a picture before another.

    Args:
        image: (h, w, 3) RGB.
        kept: (h, w), what is kept of it.
        behind: (h, w, 3) what is seen elsewhere.

    Returns:
        (h, w, 3) uint8, with soft edges.
    """
    share = cv2.GaussianBlur(kept.astype(np.float32), (0, 0), EDGE_PX)[..., np.newaxis]
    return np.asarray(np.rint(share * image + (1 - share) * behind), np.uint8)


def cover_cells(image: Picture, cells: NDArray[np.bool_], rng: np.random.Generator) -> Picture:
    """Cover the cells of a window with what else is in it: plasma and red cells from other places.

    Args:
        image: (h, w, 3) RGB.
        cells: (h, w), what is to be covered.
        rng: source of chance.

    Returns:
        (h, w, 3) uint8; where nothing fits, in the middle colour of the surroundings.
    """
    if not cells.any():
        return image
    left = cv2.dilate(cells.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if left.mean() > MOST:
        return np.full_like(image, PLASMA)
    free, covered, wanted = ~left, image.copy(), left.copy()
    height, width = left.shape
    for _ in range(TRIES):
        shift = int(rng.integers(height // 4, 3 * height // 4)), int(rng.integers(width // 4, 3 * width // 4))
        there = np.roll(free, shift, axis=(0, 1)) & left
        covered[there] = np.roll(image, shift, axis=(0, 1))[there]
        left &= ~there
        if not left.any():
            break
    covered[left] = _middle(image, free)
    return paste_cells(covered, wanted, image) if not wanted.all() else covered


def _fill(image: Picture, cells: NDArray[np.bool_], colour: NDArray[np.uint8]) -> Picture:
    wide = cv2.dilate(cells.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return paste_cells(np.full_like(image, colour), wide, image)


def _middle(image: Picture, where: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.asarray(np.median(image[where], axis=0), np.uint8)


def _choose_colour(image: Picture, around: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Plasma, the window's own middle colour, or any light colour."""
    kind = rng.integers(3)
    if kind == 0:
        return np.full(3, PLASMA, np.uint8)
    return _middle(image, around) if kind == 1 else rng.integers(120, 256, 3).astype(np.uint8)
