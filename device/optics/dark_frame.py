"""What the sensor gives without light: its level, and pixels that glow."""

import numpy as np
from numpy.typing import NDArray

from device.optics.grids import make_grid
from device.optics.stacking import MeasuringError

MAX_DARK = 24.0
"""Grey level of the brightest cell of the grid; sensors give 0 to 16 without light, a lamp behind a slide 100."""

GLOWING = 8
"""Levels above the picture's median from which a pixel is told to glow."""


def measure_dark(mean: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Measure the dark level of each pixel.

    Args:
        mean: (H, W, 3) mean of raw pictures taken without light.

    Returns:
        (H, W, 3) uint8, to be subtracted.

    Raises:
        MeasuringError: there is light in view.
    """
    level = float(make_grid(mean).max())
    if level > MAX_DARK:
        raise MeasuringError(
            f"light in view: level {level:.0f} (expected at most {MAX_DARK:.0f}: lamp off, or the light path closed)"
        )
    return np.asarray(np.rint(mean), np.uint8)


def count_glowing(dark: NDArray[np.uint8]) -> int:
    """Count the pixels that glow in some channel."""
    return int((dark > np.median(dark) + GLOWING).any(axis=2).sum())
