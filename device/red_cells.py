"""Where round, pale cells lie in a field of unknown scale, and how wide each of them is."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from contract.flatfield import estimate_background

RADII_PX = 5.0 * 2.0 ** (np.arange(11) / 6)
"""Radii looked for on one level of the pyramid: an octave, and half of one more so that levels overlap."""

MEASURED_PX = (5.5, 14.0)
"""Radii believed on one level: away from both ends of `RADII_PX`, where a larger or smaller circle would win."""

LEVELS = 4
"""Halvings of the field: diameters of 11 to 220 px, 0.65 to 0.03 um/px."""

EDGE_SHARE = 0.2
"""Share of pixels, those of the steepest slope, that vote: outlines cover 10 to 25 % of a smear."""

MIN_SUPPORT = 0.5
"""Share of a circle's outline that must vote for its centre: half hidden in a clump is still a circle."""

MAX_PURPLE = 0.2
"""Green over red and blue absorption of the centre: red cells stay under 0.19, platelets and nuclei lie above."""

MAX_ROUGHNESS = 0.08
"""Deviation from a smooth outline, relative to its radius, that a fifth of the rays may exceed."""

MAX_ELONGATION = 1.4
"""Longest over shortest diameter of a cell that still counts as round."""

RAYS = 32
ALONG = np.linspace(0.6, 1.6, 41)
SMOOTHED_RAYS = 7


@dataclass(frozen=True, slots=True)
class _Circles:
    """Candidates on one level, (n,) each, in pixels of that level."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    radius: NDArray[np.float64]
    support: NDArray[np.float64]


def measure_red_cells(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Measure the round pale cells of a field, whatever its scale, also inside clumps.

    Every steep pixel votes, along its slope towards the darker side, for a centre at each radius; where half an outline
    agrees there is a cell, whose outline is then followed along rays. Purple centres, of white cells and platelets, do
    not count.

    Args:
        rgb: (H, W, 3) uint8.

    Returns:
        (n,) diameters in field pixels: of the circle with the area of each cell.

    Source: circle voting along gradients, Kimme, Ballard and Sklansky 1975, doi 10.1145/360666.360677.
    """
    found = [cell for level, density in enumerate(_build_pyramid(rgb)) for cell in _measure_level(density, 2.0**level)]
    kept: list[tuple[float, float, float, float]] = []
    for support, x, y, radius in sorted(found, reverse=True):
        if all((x - a) ** 2 + (y - b) ** 2 > (0.8 * max(radius, r)) ** 2 for _, a, b, r in kept):
            kept.append((support, x, y, radius))
    return np.array([2 * radius for *_, radius in kept])


def _build_pyramid(rgb: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
    height, width = rgb.shape[:2]
    # At 1 um/px any field is wide enough for shading to be fitted: the true scale is what is sought.
    background = cv2.resize(estimate_background(rgb, 1.0), (width, height), interpolation=cv2.INTER_LINEAR)
    density = np.log(background) - np.log(np.maximum(rgb, 4).astype(np.float32))
    for _ in range(LEVELS):
        if min(density.shape[:2]) < 4 * RADII_PX[0]:
            return
        yield np.asarray(density, np.float32)
        density = cv2.resize(density, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def _measure_level(density: NDArray[np.float32], factor: float) -> list[tuple[float, float, float, float]]:
    grey = np.asarray(cv2.GaussianBlur(density.mean(axis=2), (0, 0), 1.0), np.float32)
    circles = _find_circles(grey, _is_pale(density))
    if not circles.x.size:
        return []
    radius, is_round = _follow_outlines(grey, circles)
    is_round &= (radius > MEASURED_PX[0]) & (radius < MEASURED_PX[1])
    return [
        (float(circles.support[i]), (circles.x[i] + 0.5) * factor, (circles.y[i] + 0.5) * factor, radius[i] * factor)
        for i in np.flatnonzero(is_round)
    ]


def _is_pale(density: NDArray[np.float32]) -> NDArray[np.bool_]:
    purple = density[..., 1] - 0.5 * (density[..., 0] + density[..., 2])
    return np.asarray(cv2.blur(purple, (5, 5)) < MAX_PURPLE, np.bool_)


def _find_circles(grey: NDArray[np.float32], pale: NDArray[np.bool_]) -> _Circles:
    votes = _vote(grey)
    around = np.stack([cv2.dilate(layer, np.ones((7, 7), np.uint8)) for layer in votes])
    highest = np.maximum(around[1:-1], np.maximum(around[2:], around[:-2]))
    layer, y, x = np.nonzero((votes[1:-1] >= highest) & (votes[1:-1] > MIN_SUPPORT) & pale)
    radius = RADII_PX[layer + 1]
    height, width = grey.shape
    whole = (x >= radius) & (y >= radius) & (x + radius < width) & (y + radius < height)
    support = votes[layer + 1, y, x].astype(np.float64)
    return _Circles(x[whole].astype(np.float64), y[whole].astype(np.float64), radius[whole], support[whole])


def _vote(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    slope_x, slope_y = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    steepness = cv2.magnitude(slope_x, slope_y)
    y, x = np.nonzero(steepness > np.quantile(steepness, 1 - EDGE_SHARE))
    toward_x, toward_y = slope_x[y, x] / steepness[y, x], slope_y[y, x] / steepness[y, x]
    height, width = grey.shape
    votes = np.empty((len(RADII_PX), height, width), np.float32)
    for layer, radius in enumerate(RADII_PX):
        centre_x, centre_y = np.rint(x + radius * toward_x).astype(int), np.rint(y + radius * toward_y).astype(int)
        inside = (centre_x >= 0) & (centre_y >= 0) & (centre_x < width) & (centre_y < height)
        ballots = np.bincount((centre_y * width + centre_x)[inside], minlength=height * width)
        spread = 0.12 * radius
        # A full thin outline gives 2 pi r votes; a Gaussian's peak holds 1 / (2 pi spread^2) of them.
        blurred = cv2.GaussianBlur(ballots.reshape(height, width).astype(np.float32), (0, 0), spread)
        votes[layer] = blurred * (spread**2 / radius)
    return votes


def _follow_outlines(grey: NDArray[np.float32], circles: _Circles) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Radius of equal area of each circle's true outline, and whether that outline is smooth and round."""
    angle = np.linspace(0, 2 * np.pi, RAYS, endpoint=False)[None, :, None]
    reach = circles.radius[:, None, None] * ALONG[None, None, :]
    shape = (len(circles.x) * RAYS, len(ALONG))
    map_x = (circles.x[:, None, None] + reach * np.cos(angle)).reshape(shape).astype(np.float32)
    map_y = (circles.y[:, None, None] + reach * np.sin(angle)).reshape(shape).astype(np.float32)
    along = cv2.remap(grey, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    profile = along.reshape(-1, RAYS, len(ALONG))
    steepest = (profile[:, :, :-2] - profile[:, :, 2:]).argmax(axis=2) + 1
    raw = ALONG[steepest] * circles.radius[:, None]
    outline = median_filter(raw, size=(1, SMOOTHED_RAYS), mode="wrap")
    roughness = np.quantile(np.abs(raw - outline) / outline, 0.8, axis=1)
    diameters = outline[:, : RAYS // 2] + outline[:, RAYS // 2 :]
    is_round = (roughness < MAX_ROUGHNESS) & (diameters.max(axis=1) < MAX_ELONGATION * diameters.min(axis=1))
    area = 0.5 * np.sin(2 * np.pi / RAYS) * (outline * np.roll(outline, -1, axis=1)).sum(axis=1)
    return np.sqrt(area / np.pi), is_round
