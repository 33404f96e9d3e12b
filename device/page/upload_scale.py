"""How large the pixels of a picture from outside are: as a person says, or as its red cells say."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.scale import estimate_from_fields

LEAST_UM_PER_PX, MOST_UM_PER_PX = 0.01, 2.0
"""Finer than light, and coarser than a nucleus: between them lies every microscope."""

TILE_PX, TILES = 800, 3
"""Red cells are looked for in so many squares: the search needs 350 bytes a pixel, 4 GB for the largest picture."""


@dataclass(frozen=True, slots=True)
class PictureScale:
    """The size of a picture's pixels.

    Attributes:
        um_per_px: micrometres.
        error: standard error of an estimate, in the same unit; None: a person said it.
        red_cells: that an estimate rests on; None: a person said it.
    """

    um_per_px: float
    error: float | None = None
    red_cells: int | None = None


def find_scale(image: NDArray[np.uint8], given: float | None) -> PictureScale:
    """Find the scale of a picture.

    Args:
        image: (H, W, 3) uint8 RGB.
        given: what a person says in micrometres per pixel, or None.

    Returns:
        What was said, else an estimate from the picture's red cells.

    Raises:
        ScaleError: nobody said it, and there are too few red cells.
    """
    if given is not None:
        return PictureScale(given)
    estimate = estimate_from_fields(_cut_tiles(image))
    return PictureScale(estimate.um_per_px, estimate.error, estimate.red_cells)


def _cut_tiles(image: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Cut squares from the middle of a picture along its longer side; a small picture is one tile."""
    height, width = image.shape[:2]
    tall, wide = min(height, TILE_PX), min(width, TILE_PX)
    across = width >= height
    free = width - wide if across else height - tall
    count = 1 if free == 0 else TILES if free >= (TILES - 1) * TILE_PX else 2
    for step in range(count):
        along = free * step // max(1, count - 1)
        top, left = ((height - tall) // 2, along) if across else (along, (width - wide) // 2)
        yield np.ascontiguousarray(image[top : top + tall, left : left + wide])
