"""Area averages by whole numbers, where few pixels become few: the same levels as OpenCV's in half the time."""

from math import gcd

import cv2
import numpy as np
from numpy.typing import NDArray

MOST_PIXELS = 11
"""Longest period of the pattern, in source pixels a side: sums of 11 x 11 levels fit into 16 bits."""


def find_period(length: int, wanted: int) -> tuple[int, int] | None:
    """Say how many pixels become how many, again and again, along one side.

    Args:
        length: of the side in pixels.
        wanted: its length after shrinking, at most `length`.

    Returns:
        Source pixels and pixels that they become; None where the pattern is too long to be of use, or even: then a
        mean can lie halfway between two levels, which OpenCV rounds one way here and another there.
    """
    shared = gcd(length, wanted)
    period = length // shared, wanted // shared
    return period if period[1] <= period[0] <= MOST_PIXELS and period[0] % 2 else None


def shrink(picture: NDArray[np.uint8], rows: tuple[int, int], columns: tuple[int, int]) -> NDArray[np.uint8]:
    """Shrink a picture to the mean level of the area that each new pixel covers.

    Args:
        picture: (H, W, 3) uint8.
        rows: period of the height, from `find_period`.
        columns: period of the width.

    Returns:
        (H * rows[1] / rows[0], W * columns[1] / columns[0], 3) uint8, rounded to the nearest level.
    """
    height, width = picture.shape[:2]
    low = _sum_rows(picture.reshape(height, -1), *rows)
    # a period of columns becomes a row for each of its numbers: as quick to add up as the rows were
    turned = np.asarray(cv2.transpose(low.reshape(-1, columns[0] * 3)), np.uint16)
    small = _sum_rows(turned.reshape(columns[0], -1), *columns)
    levels = cv2.convertScaleAbs(small, alpha=1 / (rows[0] * columns[0]))
    shape = len(low), width // columns[0] * columns[1], 3
    return np.asarray(cv2.transpose(levels.reshape(columns[1] * 3, -1)), np.uint8).reshape(shape)


def _sum_rows(levels: NDArray[np.uint8] | NDArray[np.uint16], source: int, target: int) -> NDArray[np.uint16]:
    """Add up what each new row covers; `source` times the mean."""
    periods = levels.reshape(-1, source, levels.shape[1])
    sums = np.empty((len(periods), target, levels.shape[1]), np.uint16)
    part = np.empty((len(periods), levels.shape[1]), np.uint16)
    for new in range(target):
        total = sums[:, new]
        for number, (row, share) in enumerate(_find_cover(new, source, target)):
            np.multiply(periods[:, row], np.uint16(share), out=part if number else total)
            if number:
                np.add(total, part, out=total)
    return sums.reshape(-1, levels.shape[1])


def _find_cover(new: int, source: int, target: int) -> list[tuple[int, int]]:
    """Source rows under a new row, with the share of each in parts of which a row has `target`."""
    start, stop = new * source, (new + 1) * source
    rows = range(start // target, -(-stop // target))
    return [(row, min(stop, (row + 1) * target) - max(start, row * target)) for row in rows]
