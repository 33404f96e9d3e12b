"""Shading measured on an empty field: a place of the slide without cells, in focus, as it will be used."""

import cv2
import numpy as np
from numpy.typing import NDArray

from device.optics.grids import Grid, make_grid, smooth_grid, spread_grid
from device.optics.light import check_light
from device.optics.stacking import MeasuringError

FRAMES = 16
"""Pictures averaged: noise falls to a quarter; at 10 a second this is a moment."""

DARKER = 0.06
"""Share by which a pixel must be darker than the light around it to be a thing in view: pale red cells are by 0.1."""

MAX_THINGS = 0.003
"""Share of the field that things may cover: some dust; one red cell on a field of 144 x 90 um covers as much."""


def measure_flat(mean: NDArray[np.float32]) -> Grid:
    """Measure the shading of an empty field.

    Args:
        mean: (H, W, 3) mean of raw pictures, dark level off.

    Returns:
        The light at each cell of the grid.

    Raises:
        MeasuringError: too dark, overexposed, or not empty.
    """
    check_light(mean)
    grid = smooth_grid(make_grid(mean))
    things = find_things(mean, grid)
    if things > MAX_THINGS:
        raise MeasuringError(
            f"cells in view: {things:.1%} of the field is darker than the light around it (expected at most "
            f"{MAX_THINGS:.1%}: a place without cells; or let the shading be estimated from fields with cells)"
        )
    return grid


def find_things(mean: NDArray[np.float32], grid: Grid) -> float:
    """Tell how much of a field something lies on.

    Args:
        mean: (H, W, 3) picture.
        grid: its light.

    Returns:
        Share of pixels clearly darker in green, where stain absorbs most, 0..1.
    """
    height, width = mean.shape[:2]
    light = spread_grid(grid, height, width)[..., 1]
    ratio = cv2.blur(np.asarray(mean[..., 1] / np.maximum(light, 1.0), np.float32), (5, 5))
    return float((ratio < 1 - DARKER).mean())
