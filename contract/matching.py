"""Which found cell is which true cell."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MIN_IOU = 0.1
"""Boxes that overlap less are not the same cell even where a centre lies inside: a merged clump is no find."""

Box = tuple[float, float, float, float]


def match_boxes(found: Sequence[Box], true: Sequence[Box]) -> list[int | None]:
    """Give each true box the found box that shows it, one to one, best overlap first.

    A found box shows a true one when the centre of either lies in the other and their IoU reaches `MIN_IOU`. Human
    boxes are drawn loosely and masks tightly, so that a strict IoU would count good finds as misses.

    Args:
        found: x0, y0, x1, y1 half-open of the found cells.
        true: the same of the true cells, in the same pixels.

    Returns:
        For each true box the index of its found box, or None.
    """
    if not found or not true:
        return [None] * len(true)
    a, b = np.asarray(found, np.float64), np.asarray(true, np.float64)
    overlap = measure_iou(a, b) * (_holds_centre(b, a).T | _holds_centre(a, b))
    matches: list[int | None] = [None] * len(true)
    while overlap.max() >= MIN_IOU:
        i, j = np.unravel_index(int(overlap.argmax()), overlap.shape)
        matches[int(j)] = int(i)
        overlap[i, :] = 0
        overlap[:, j] = 0
    return matches


def measure_iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of every pair of boxes.

    Args:
        a: (n, 4) x0, y0, x1, y1.
        b: (m, 4).

    Returns:
        (n, m), 0..1.
    """
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    union = _area(a)[:, None] + _area(b)[None, :] - shared
    return np.asarray(shared / np.maximum(union, 1e-9), np.float64)


def _area(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1))


def _holds_centre(outer: NDArray[np.float64], inner: NDArray[np.float64]) -> NDArray[np.bool_]:
    centre = (inner[None, :, :2] + inner[None, :, 2:]) / 2
    return np.asarray(((centre >= outer[:, None, :2]) & (centre < outer[:, None, 2:])).all(axis=2))
