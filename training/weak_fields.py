"""Masks guessed from colour for whole fields in which every white cell counts (the screening set)."""

import numpy as np
from numpy.typing import NDArray

from training.sample import BACKGROUND, CYTOPLASM, NUCLEUS, UNKNOWN
from training.shapes import Mask, fill_holes, grow, keep_large, shrink, smooth_open
from training.stain import mask_by_lab, measure_stain
from training.weak_cells import number_cells
from training.weak_masks import WeakMask

LEAST_CELL_UM2 = 30.0  # as contract.instances has it; smaller things are platelets and dirt
EDGE_UM = 0.45  # on both sides of a boundary nothing is said: one pixel; with two, outlines agree less with the mask
PALE = 0.5  # a cell with less than this share of the usual nuclear stain is a smudge: not a cell, not background
NUCLEAR, CYTOPLASMIC = 0.75, 0.55  # shares of a cell's own deepest stain


def mask_field(image: NDArray[np.uint8], um_per_px: float) -> WeakMask:
    """Guess the mask of a prepared field from the a channel of LAB, cell by cell.

    Red cells of this set can be as blue as nuclei are, and blasts of one class as pale as red cells: only their red
    part tells white cells in all four classes. What is nucleus is judged against the deepest stain of the same cell.

    Args:
        image: (h, w, 3) uint8 RGB, prepared.
        um_per_px: its scale.

    Returns:
        Tissue, and cells in any order; those that touch are parted.
    """
    marked = mask_by_lab(image)
    whole = fill_holes(keep_large(smooth_open(marked, 0.75, um_per_px), LEAST_CELL_UM2, um_per_px))
    tissue = np.full(marked.shape, UNKNOWN, np.uint8)
    tissue[~grow(_leave_specks(marked, um_per_px), EDGE_UM, um_per_px)] = BACKGROUND
    cells = number_cells(whole, whole, um_per_px)
    stain = measure_stain(image, um_per_px).nucleus
    deepest = _measure_deepest(stain, cells)
    usual = float(np.median(deepest[1:])) if len(deepest) > 1 else 0.0
    cells[(deepest < PALE * usual)[cells]] = 0
    share = stain / np.maximum(deepest, 1e-3)[cells]
    inside = shrink(cells > 0, EDGE_UM, um_per_px)
    tissue[inside & (share >= NUCLEAR)] = NUCLEUS
    tissue[shrink(inside & (share < CYTOPLASMIC), EDGE_UM, um_per_px)] = CYTOPLASM
    return WeakMask(tissue, cells)


def _leave_specks(marked: Mask, um_per_px: float) -> Mask:
    """What may be a white cell: specks in the field are platelets, specks at its rim may be cut cells."""
    large = keep_large(marked, LEAST_CELL_UM2 / 2, um_per_px)
    rim = np.ones(marked.shape, np.bool_)
    rim[1:-1, 1:-1] = False
    return large | (marked & grow(rim, 2.0, um_per_px))


def _measure_deepest(stain: NDArray[np.float32], cells: NDArray[np.uint16]) -> NDArray[np.float64]:
    count = int(cells.max()) + 1
    deepest = np.zeros(count)
    for number in range(1, count):
        deepest[number] = np.quantile(stain[cells == number], 0.8)
    return deepest
