"""How a smooth field of light is kept: as levels on a coarse grid, and spread over a picture without steps."""

import cv2
import numpy as np
from numpy.typing import NDArray

GRID_PX = 96
"""Cells along the longer side: shading of lamp and lens is smooth over a hundredth of the field."""

DEGREE = 4
SMOOTHED_CELLS = 2.0
"""What the polynomial leaves is smoothed over so many cells, which keeps dust and noise out of the gains."""

CORNER = 0.1
"""Share of width and height that a corner, and the centre, takes where the two are compared."""

Grid = NDArray[np.float32]
"""(h, w, 3) levels at the centres of cells that divide a picture evenly."""


def make_grid(picture: NDArray[np.float32]) -> Grid:
    """Average a picture over the cells of the grid.

    Args:
        picture: (H, W, 3).

    Returns:
        The grid, of the picture's proportions.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, GRID_PX / max(height, width))
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def smooth_grid(grid: Grid) -> Grid:
    """Leave only what varies slowly: a polynomial of degree 4, and the smoothed rest, which has no slope at the rim."""
    height, width = grid.shape[:2]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([(x**i * y**j).ravel() for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)], axis=1)
    levels = np.maximum(grid, 1.0).reshape(-1, 3)
    fit = np.maximum(terms @ np.linalg.lstsq(terms, levels, rcond=None)[0], 1.0).reshape(grid.shape)
    rest = cv2.GaussianBlur(np.asarray(grid / fit, np.float32), (0, 0), SMOOTHED_CELLS, borderType=cv2.BORDER_REFLECT)
    return np.asarray(fit * rest, np.float32)


def spread_grid(grid: Grid, height: int, width: int) -> NDArray[np.float32]:
    """Spread a grid over a picture, linearly between the centres of cells and on beyond the outermost.

    Args:
        grid: (h, w, 3), h and w at least 2.
        height: of the picture in pixels.
        width: of the picture in pixels.

    Returns:
        (height, width, 3) float32, C-contiguous.
    """
    down, across = _make_weights(grid.shape[0], height), _make_weights(grid.shape[1], width)
    spread = np.empty((height, width, 3), np.float32)
    for channel in range(3):
        spread[..., channel] = down @ grid[..., channel] @ across.T
    return spread


def compare_corners(picture: NDArray[np.float32]) -> tuple[float, float, float]:
    """Tell the level of the corners over that of the centre.

    Args:
        picture: (H, W, 3), a grid or a whole picture.

    Returns:
        Mean of the four corners over the centre for each channel; 1: no shading.
    """
    height, width = picture.shape[:2]
    tall, wide = max(1, round(CORNER * height)), max(1, round(CORNER * width))
    rows, columns = (slice(0, tall), slice(height - tall, None)), (slice(0, wide), slice(width - wide, None))
    corners = np.mean([picture[row, column].mean(axis=(0, 1)) for row in rows for column in columns], axis=0)
    top, left = (height - tall) // 2, (width - wide) // 2
    centre = picture[top : top + tall, left : left + wide].mean(axis=(0, 1))
    red, green, blue = (float(value) for value in corners / np.maximum(centre, 1e-6))
    return red, green, blue


def _make_weights(cells: int, pixels: int) -> NDArray[np.float32]:
    place = (np.arange(pixels) + 0.5) * cells / pixels - 0.5
    left = np.clip(np.floor(place).astype(int), 0, cells - 2)
    share = place - left
    weights = np.zeros((pixels, cells), np.float32)
    rows = np.arange(pixels)
    weights[rows, left], weights[rows, left + 1] = 1 - share, share
    return weights
