"""What lamp and lens add to a field, estimated from the field itself, without a calibration slide."""

from functools import lru_cache
from typing import Any, NamedTuple

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
DARK_SHARE = 0.3
"""Share of the field, the darkest, that has no say in the first round."""

_LOG = np.log(np.maximum(np.arange(256), 1).astype(np.float32))


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
    coarse = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    if min(height, width) * um_per_px < SHADING_FROM_UM:
        return _brightest_level(_LOG[coarse])
    return _fit_polynomial(_LOG.take(np.stack(cv2.split(coarse))).astype(np.float64))


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


def _fit_polynomial(levels: NDArray[np.float64]) -> NDArray[np.float32]:
    basis = _make_basis(*levels.shape[1:])
    grey = levels.mean(axis=0)
    weight: NDArray[Any] = (grey >= _darkest_kept(grey)).astype(np.float64)
    for _ in range(ROUNDS - 1):
        # each channel is fitted by itself and linearly: the mean of the fits is the fit of the mean
        below = np.minimum(grey - _fit(basis, weight, grey), 0.0)
        weight = np.exp(below * below * -312.5)
        weight += 1e-4
    return np.asarray(np.exp(np.moveaxis(_fit(basis, weight, levels), 0, 2)), np.float32)


def _darkest_kept(grey: NDArray[np.float64]) -> float:
    rank = int(np.ceil(DARK_SHARE * (grey.size - 1)))
    return float(np.partition(grey, rank, axis=None)[rank])


class _Basis(NamedTuple):
    """A polynomial's terms on a grid, apart for rows and columns.

    Attributes:
        rows, columns: (h, 2 * DEGREE + 1) and (w, 2 * DEGREE + 1) powers of y and x, each from -1 to 1.
        terms: (T,) where a term lies in a flat table of the powers 0..DEGREE of y by those of x.
        products: (T, T) where the product of two terms lies in one of the powers 0..2 * DEGREE.
    """

    rows: NDArray[np.float64]
    columns: NDArray[np.float64]
    terms: NDArray[np.intp]
    products: NDArray[np.intp]


@lru_cache(maxsize=8)
def _make_basis(height: int, width: int) -> _Basis:
    exponents = np.arange(2 * DEGREE + 1)
    rows, columns = (np.linspace(-1, 1, side)[:, np.newaxis] ** exponents for side in (height, width))
    x, y = np.array([(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)]).T
    terms = y * (DEGREE + 1) + x
    products = (y[:, np.newaxis] + y) * len(exponents) + x[:, np.newaxis] + x
    return _Basis(rows, columns, terms, products)


def _fit(basis: _Basis, weight: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit by weighted least squares; products of two terms are terms too, so sums over the grid need no (h * w, T)."""
    side = DEGREE + 1
    rows, columns = basis.rows[:, :side], basis.columns[:, :side]
    normal = (basis.rows.T @ weight @ basis.columns).take(basis.products)
    normal.flat[:: len(normal) + 1] += 1e-3
    seen = (rows.T @ (weight * levels) @ columns).reshape(-1, side * side)[:, basis.terms]
    terms = np.zeros((len(seen), side * side))
    terms[:, basis.terms] = np.linalg.solve(normal, seen.T).T
    return np.asarray(rows @ terms.reshape(*levels.shape[:-2], side, side) @ columns.T)
