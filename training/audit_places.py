"""Where the white cells of a prepared picture are, as people drew them, else as colour guesses."""

import numpy as np
from numpy.typing import NDArray

from training.hidden import find_hidden
from training.overlap import CYTOPLASM, NUCLEUS, UNKNOWN
from training.stain import mask_by_lab
from training.tfrecords import Example


def mark_cells(example: Example) -> NDArray[np.bool_]:
    """Mark what is white cell, no more than a rim beyond.

    A guessed mask is sure of the nucleus and leaves much of the cytoplasm open: there, what is open within the ellipse
    of a cell's box is taken for cell too.

    Args:
        example: from a prepared set.

    Returns:
        (h, w).
    """
    tissue = example.target[..., 0]
    cells = np.asarray((tissue == CYTOPLASM) | (tissue == NUCLEUS), np.bool_)
    if example.human_mask:
        return cells
    return np.asarray(cells | ((tissue == UNKNOWN) & _fill_boxes(example) & ~find_hidden(example)), np.bool_)


def mark_near(example: Example) -> NDArray[np.bool_]:
    """Mark all that may be white cell: what was left open when the mask was made, and in screening what LAB marks.

    Args:
        example: from a prepared set.

    Returns:
        (h, w); holds what `mark_cells` marks.
    """
    near = mark_cells(example) | (example.target[..., 0] == UNKNOWN)
    if not example.human_mask and example.field_class >= 0:
        near |= mask_by_lab(example.image)
    return np.asarray(near & ~find_hidden(example), np.bool_)


def _fill_boxes(example: Example) -> NDArray[np.bool_]:
    rows, columns = np.indices(example.image.shape[:2]) + 0.5
    inside = np.zeros(example.image.shape[:2], bool)
    for x0, y0, x1, y1 in example.boxes:
        across = (columns - (x0 + x1) / 2) / max((x1 - x0) / 2, 0.5)
        down = (rows - (y0 + y1) / 2) / max((y1 - y0) / 2, 0.5)
        inside |= across**2 + down**2 <= 1
    return inside
