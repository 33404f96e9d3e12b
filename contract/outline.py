"""Where a cell's boundary runs: between the pixels of the grid, where the evidence changes sides."""

import cv2
import numpy as np
from numpy.typing import NDArray

MIDDLE = 127.5
"""Level of the boundary."""

STEEPNESS = 32.0
"""Levels a logit: beyond 4 logits nothing is surer, so that what lies deep in a cell does not move its boundary."""

SOFT_PX = 0.8
"""Deviation of the smoothing in grid pixels: takes off the corners of the mask's pixels and leaves lobes apart."""

FARTHEST_PX = 1.0
"""How far a boundary may lie from the centre of the outermost pixel, in grid pixels along each axis."""

_SCHARR = 1 / 32
"""Weights of the operator added up: what it gives is then a slope in levels a pixel."""

Outline = NDArray[np.float32]
"""(n, 2) x, y in pixels of the cutting, between pixels; the centre of its first pixel is 0, 0."""


def find_level(inside: NDArray[np.uint8], evidence: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Turn evidence into a smooth level that is above `MIDDLE` within a form and below it without.

    Where the form ends though evidence goes on (another cell begins there), the level falls as steeply as it rose.

    Args:
        inside: (h, w) of 0 and 1, the form.
        evidence: (h, w) logits, above 0 in the form and below 0 around it.

    Returns:
        (h, w) levels.
    """
    sure = np.asarray(cv2.convertScaleAbs(evidence, alpha=STEEPNESS), np.uint8) >> 1
    level = np.where(inside, 128 + sure, 127 - sure)
    return np.asarray(cv2.GaussianBlur(level, (5, 5), SOFT_PX, borderType=cv2.BORDER_REPLICATE), np.uint8)


def trace_outlines(level: NDArray[np.uint8]) -> list[Outline]:
    """Find the outer boundaries of what lies above `MIDDLE`.

    The outermost pixels of a form are followed, and each is moved along the slope to where the level is crossed.

    Args:
        level: (h, w) from `find_level`.

    Returns:
        Closed outlines, the largest first.
    """
    chains, _ = cv2.findContours((level > MIDDLE).view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if len(chains) > 1:
        chains = sorted(chains, key=cv2.contourArea, reverse=True)
    slopes = _find_slope(level, 1, 0), _find_slope(level, 0, 1)
    return [_move(np.asarray(chain[:, 0], np.int32), level, slopes) for chain in chains]


def _find_slope(level: NDArray[np.uint8], across: int, down: int) -> NDArray[np.float32]:
    slope = cv2.Scharr(level, cv2.CV_32F, across, down, scale=_SCHARR, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(slope, np.float32)


def _move(
    chain: NDArray[np.int32], level: NDArray[np.uint8], slopes: tuple[NDArray[np.float32], NDArray[np.float32]]
) -> Outline:
    x, y = chain[:, 0], chain[:, 1]
    along, aside = slopes[0][y, x], slopes[1][y, x]
    reach = (level[y, x] - np.float32(MIDDLE)) / np.maximum(along * along + aside * aside, np.float32(1e-3))
    moved = np.empty(chain.shape, np.float32)
    moved[:, 0], moved[:, 1] = along * reach, aside * reach
    np.clip(moved, -FARTHEST_PX, FARTHEST_PX, out=moved)
    return np.subtract(chain, moved, dtype=np.float32)
