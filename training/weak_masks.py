"""Masks guessed from colour where nobody drew one: only what is sure is said, the rest is unknown.

On pictures with human masks, background is right in 99.7 % of the pixels called so (Zheng) and 99.8 % (BCCD), nucleus
in 98.4 and 97.2 %. Cytoplasm is claimed only where a cell lies free or is deeply coloured: right in 95.8 and 92.8 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.sample import BACKGROUND, CYTOPLASM, NUCLEUS, UNKNOWN
from training.shapes import (
    Mask,
    distance_um,
    fill_holes,
    grow,
    keep_large,
    shrink,
    smooth_close,
    smooth_open,
    touching,
)
from training.stain import Stain, measure_stain, split_in_three, split_in_two
from training.weak_cells import find_extents, find_free_cells, number_cells

RING_UM = 6.0  # cytoplasm seldom reaches farther from the nucleus, in monocytes too; beyond it a red cell is background
EDGE_UM = 0.75  # plasma this close to a nucleus may be a blurred rim
PLATELET_UM2 = 13.0  # 4 um across, as contract.instances has it
BOX_MARGIN_UM = 4.0  # what is seen around a box, so that thresholds meet plasma and red cells too
STRAY_UM2 = 3.0  # purple specks smaller than this are noise and rims of red cells
STRAY_MARGIN_UM = 2.5  # around purple outside boxes: the pale cytoplasm it may have


@dataclass(frozen=True, slots=True)
class WeakMask:
    """A guess.

    Attributes:
        tissue: (h, w) uint8, 0 background, 1 cytoplasm, 2 nucleus, 255 unknown.
        cells: (h, w) uint16, likely extent of each cell, numbered from 1. With framing CROP, 1 is the cell in the
            middle; with BOXES, i + 1 is the cell in box i.
    """

    tissue: NDArray[np.uint8]
    cells: NDArray[np.uint16]


def mask_crop(image: NDArray[np.uint8], um_per_px: float) -> WeakMask:
    """Guess the mask of a prepared picture of one white cell in the middle.

    Args:
        image: (h, w, 3) uint8 RGB, prepared.
        um_per_px: its scale.

    Returns:
        Tissue; cell 1 is the one nearest to the middle, any further ones are neighbours of unknown type. Where no cell
        is found, though there must be one, everything is unknown.
    """
    guess, _ = _guess(image, um_per_px)
    return _put_middle_first(guess)


def _put_middle_first(guess: WeakMask) -> WeakMask:
    height, width = guess.cells.shape
    if not guess.cells.any():
        guess.tissue[:] = UNKNOWN
        return guess
    rows, columns = np.nonzero(guess.cells)
    nearest = np.argmin((rows - height / 2) ** 2 + (columns - width / 2) ** 2)
    middle = guess.cells[rows[nearest], columns[nearest]]
    swap = np.arange(int(guess.cells.max()) + 1, dtype=np.uint16)
    swap[1], swap[middle] = middle, 1
    return WeakMask(guess.tissue, swap[guess.cells])


def mask_boxes(
    image: NDArray[np.uint8], boxes: Sequence[tuple[float, float, float, float]], um_per_px: float
) -> WeakMask:
    """Guess the mask of a prepared field from boxes around some of its white cells.

    Args:
        image: (h, w, 3) uint8 RGB, prepared.
        boxes: (x0, y0, x1, y1) in prepared pixels, at least one.
        um_per_px: its scale.

    Returns:
        Tissue inside the boxes as in `mask_crop`, unknown in a box without a visible cell; outside, what is purple is
        unknown and the rest is background.
    """
    cells = np.zeros(image.shape[:2], np.uint16)
    inside = np.full(image.shape[:2], UNKNOWN, np.uint8)
    boxed = np.zeros(image.shape[:2], np.bool_)
    thresholds = []
    margin = round(BOX_MARGIN_UM / um_per_px)
    for number, box in enumerate(boxes, start=1):
        around = _cut(box, margin, image.shape)
        guess, purple_from = _guess(np.ascontiguousarray(image[around]), um_per_px)
        thresholds.append(purple_from)
        within = np.zeros_like(boxed)
        within[_cut(box, 0, image.shape)] = True
        fresh = within[around] & ~boxed[around]
        mine = np.isin(guess.cells, _numbers_inside(guess.cells, within[around]))
        if mine.any():
            inside[around][fresh] = guess.tissue[fresh]
        cells[around][fresh & mine] = number
        boxed |= within
    stray = _find_stray(image, float(np.mean(thresholds)), um_per_px)
    outside = np.where(stray, UNKNOWN, BACKGROUND)
    return WeakMask(np.where(boxed, inside, outside).astype(np.uint8), cells)


def _guess(image: NDArray[np.uint8], um_per_px: float) -> tuple[WeakMask, float]:
    stain = measure_stain(image, um_per_px)
    low, high = split_in_three(stain.nucleus)
    purple_from = split_in_two(stain.purple)
    nucleus = _find_nuclei(stain.nucleus > high, um_per_px)
    distance = distance_um(nucleus, um_per_px)
    purple = stain.purple > purple_from
    plasma = _find_plasma(stain, purple, distance)
    free = find_free_cells(stain, nucleus, plasma, distance, purple, um_per_px)

    tissue = np.full(nucleus.shape, UNKNOWN, np.uint8)
    tissue[(distance > RING_UM) & ~(purple & ~_find_platelets(purple, um_per_px))] = BACKGROUND
    tissue[plasma & (distance > EDGE_UM)] = BACKGROUND
    pale = (stain.nucleus < low + 0.6 * (high - low)) & (distance > 0.5)
    coloured = _find_coloured(stain, nucleus, purple_from, distance) & ~plasma
    tissue[pale & shrink(free, 0.5, um_per_px)] = CYTOPLASM
    tissue[shrink(pale & coloured, 0.25, um_per_px)] = CYTOPLASM
    tissue[shrink(nucleus, 0.25, um_per_px)] = NUCLEUS
    extents = find_extents(nucleus, free, purple & ~plasma, plasma, um_per_px)
    return WeakMask(tissue, number_cells(extents, nucleus, um_per_px)), purple_from


def _numbers_inside(cells: NDArray[np.uint16], within: Mask) -> NDArray[np.intp]:
    """Cells that lie in a box for the most part: lobes far apart may count as several."""
    whole, inside = np.bincount(cells.ravel()), np.bincount(cells[within], minlength=int(cells.max()) + 1)
    inside[0] = 0
    return np.flatnonzero(inside > 0.5 * whole)


def _find_nuclei(dark: Mask, um_per_px: float) -> Mask:
    dark = keep_large(smooth_open(dark, 0.25, um_per_px), 3.0, um_per_px)
    lobes_joined = keep_large(smooth_close(dark, 1.5, um_per_px), PLATELET_UM2, um_per_px)
    return dark & lobes_joined


def _find_plasma(stain: Stain, purple: Mask, distance: NDArray[np.float32]) -> Mask:
    """Empty plasma that is joined to the world outside the ring; a vacuole is not."""
    if purple.all():
        return np.zeros_like(purple)
    empty = stain.density < 0.5 * split_in_two(stain.density[~purple])
    far = distance > RING_UM
    return touching(empty | far, far | _rim(empty.shape), connectivity=4) & empty


def _find_coloured(stain: Stain, nucleus: Mask, purple_from: float, distance: NDArray[np.float32]) -> Mask:
    """Deeply purple around a nucleus and joined to it: cytoplasm of eosinophils and of blue monocytes."""
    if not nucleus.any():
        return nucleus
    clearly = purple_from + 0.15 * (float(stain.purple[nucleus].mean()) - purple_from)
    joined = touching((stain.purple > purple_from) & (distance < RING_UM), nucleus)
    return joined & (stain.purple > clearly) & (distance < 4.0)


def _find_platelets(purple: Mask, um_per_px: float) -> Mask:
    """Small purple things; larger ones at the rim may be cut white cells, and small ones there too."""
    small = purple & ~keep_large(purple, PLATELET_UM2, um_per_px)
    return small & ~touching(small, _rim(small.shape))


def _find_stray(image: NDArray[np.uint8], purple_from: float, um_per_px: float) -> Mask:
    purple = smooth_open(measure_stain(image, um_per_px).purple > purple_from, 0.5, um_per_px)
    return grow(fill_holes(keep_large(purple, STRAY_UM2, um_per_px)), STRAY_MARGIN_UM, um_per_px)


def _rim(shape: tuple[int, ...]) -> Mask:
    rim = np.ones(shape, np.bool_)
    rim[1:-1, 1:-1] = False
    return rim


def _cut(box: tuple[float, float, float, float], margin: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    x0, y0, x1, y1 = box
    rows = slice(max(0, int(y0) - margin), min(shape[0], int(np.ceil(y1)) + margin))
    return rows, slice(max(0, int(x0) - margin), min(shape[1], int(np.ceil(x1)) + margin))
