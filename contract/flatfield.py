"""What lamp and lens add to a field, estimated from the field itself, without a calibration slide."""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

BACKGROUND = 235
"""Grey level to which empty plasma is brought: below 255, so that a bright speck keeps its shape."""

# A field narrower than this may be one cell, which a polynomial would fit away: there only a white point is set.
SHADING_FROM_UM = 60.0
DEGREE = 4
COARSE_PX = 96
ROUNDS = 6


def estimate_background(rgb: NDArray[np.uint8], um_per_px: float) -> NDArray[np.float32]:
    """Estimate what an empty slide would have looked like at each pixel.

    A polynomial of degree 4 is fitted to the log of each channel on a coarse copy; what lies darker than the fit
    (cells) loses its weight from round to round, so that the fit settles on the plasma between cells. Fields
    narrower than `SHADING_FROM_UM` get one level per channel.

    Args:
        rgb: (H, W, 3) uint8.
        um_per_px: size of a pixel in micrometres, > 0.

    Returns:
        (h, w, 3) float32 on a coarse grid that spans the field, 1..255; (1, 1, 3) where only a white point is set.

    Source: scouting, robust degree-4 polynomial of the log background: recall on Raspberry Pi fields 0.90 to 0.97.
    """
    height, width = rgb.shape[:2]
    scale = COARSE_PX / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    coarse = np.log(np.maximum(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), 1).astype(np.float32))
    if min(height, width) * um_per_px < SHADING_FROM_UM:
        return _brightest_level(coarse)
    return _fit_polynomial(coarse)


def divide_background(rgb: NDArray[np.uint8], background: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Divide a field by its background and bring empty plasma to `BACKGROUND`.

    Args:
        rgb: (H, W, 3) uint8.
        background: as `estimate_background` gives it, any size.

    Returns:
        (H, W, 3) uint8.
    """
    height, width = rgb.shape[:2]
    gain: NDArray[Any] = np.float32(BACKGROUND) / background
    if gain.shape[:2] != (1, 1):
        gain = cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR)
    flat = cv2.multiply(rgb, np.broadcast_to(gain, rgb.shape), dtype=cv2.CV_8U)
    return np.asarray(flat, np.uint8)


def _brightest_level(coarse_log: NDArray[np.float32]) -> NDArray[np.float32]:
    grey = coarse_log.mean(axis=2)
    bright = coarse_log[grey >= np.quantile(grey, 0.85)]
    return np.asarray(np.exp(np.median(bright, axis=0)), np.float32).reshape(1, 1, 3)


def _fit_polynomial(coarse_log: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = coarse_log.shape[:2]
    terms = _polynomial_terms(height, width)
    levels = coarse_log.reshape(-1, 3)
    grey = levels.mean(axis=1)
    weight: NDArray[Any] = np.asarray(grey >= np.quantile(grey, 0.3), np.float32)
    for _ in range(ROUNDS):
        weighted = terms * weight[:, None]
        normal = weighted.T @ terms + 1e-3 * np.eye(terms.shape[1], dtype=np.float32)
        fit = terms @ np.linalg.solve(normal, weighted.T @ levels)
        below = (grey - fit.mean(axis=1)) / 0.04
        weight = np.asarray(np.where(below > 0, 1.0, np.exp(-0.5 * below**2)) + 1e-4, np.float32)
    return np.asarray(np.exp(fit), np.float32).reshape(height, width, 3)


@lru_cache(maxsize=8)
def _polynomial_terms(height: int, width: int) -> NDArray[np.float32]:
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    powers = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)]
    return np.stack([(x**i * y**j).ravel() for i, j in powers], axis=1).astype(np.float32)
