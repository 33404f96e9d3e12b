"""How a smear is stained, in optical densities that do not depend on the lamp: measured on a prepared field."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.flatfield import BACKGROUND
from contract.prepare import Prepared

MEASURED_UM_PER_PX = 1.0
"""Pixels of about this size say all about colour and cover, and a field of 144 x 90 um holds 13,000 of them."""

LEAST_CELL_DENSITY, MOST_CELL_DENSITY = 0.017, 0.081
"""Between these, in green, lies the border of plasma and red cells: of a hazy camera's pale ones, and a crisp one's."""

CLEAREST_DENSITY, DARKEST_DENSITY = -0.018, 0.154
"""Densities beyond these count as these where the border is sought, so that nuclei and glints do not draw it."""

LEAST_DARK_DENSITY, DARK_TIMES = 0.15, 2.0
"""A nucleus absorbs more red than this, and than two red cells on top of each other."""

LEAST_GROUP_UM2 = 8.0
"""Colours of less than this are not told: a platelet, dirt."""

COLOURS = tuple(f"{group}_{channel}" for group in ("pale", "dark") for channel in ("red", "green", "blue"))
"""What `measure_colours` gives: median densities of red cells and cytoplasm, then of nuclei."""


@dataclass(frozen=True, eq=False)
class Smear:
    """A prepared field with plasma, pale and dark told apart; made by `separate_smear`.

    Attributes:
        channels: red, green, blue, (h, w) uint8 each, at about `MEASURED_UM_PER_PX`.
        cells: (h, w) uint8, 255 where something lies in the plasma.
        um_per_px: size of a pixel.
    """

    channels: tuple[NDArray[np.uint8], ...]
    cells: NDArray[np.uint8]
    um_per_px: float

    @cached_property
    def dark(self) -> NDArray[np.uint8]:
        """255 where nuclei lie."""
        red_cell = find_median_density(count_levels(self.channels[0], self.cells))
        limit = find_level(max(LEAST_DARK_DENSITY, DARK_TIMES * red_cell))
        _, dark = cv2.threshold(self.channels[0], limit, 255, cv2.THRESH_BINARY_INV)
        return np.asarray(cv2.bitwise_and(dark, self.cells), np.uint8)

    @cached_property
    def pale(self) -> NDArray[np.uint8]:
        """255 where red cells, cytoplasm and platelets lie."""
        return np.asarray(cv2.bitwise_xor(self.cells, self.dark), np.uint8)

    @cached_property
    def pale_levels(self) -> tuple[NDArray[np.int64], ...]:
        """(256,) number of pale pixels at each level of red, green and blue."""
        return tuple(count_levels(channel, self.pale) for channel in self.channels)


def separate_smear(prepared: Prepared) -> Smear:
    """Tell what lies in the plasma from the plasma.

    The border is Otsu's in green, where red cells and nuclei absorb most, kept between a hazy and a crisp camera's.

    Args:
        prepared: flat-fielded, white point set.

    Returns:
        The smear.

    Source: Otsu 1979, doi 10.1109/TSMC.1979.4310076.
    """
    factor = max(1, min(round(MEASURED_UM_PER_PX / prepared.um_per_px), *prepared.image.shape[:2]))
    height, width = (side // factor for side in prepared.image.shape[:2])
    whole = prepared.image[: height * factor, : width * factor]
    small = _shrink(whole, factor)
    channels = tuple(np.asarray(channel, np.uint8) for channel in cv2.split(small))
    tamed = np.clip(channels[1], find_level(DARKEST_DENSITY), find_level(CLEAREST_DENSITY))
    border, _ = cv2.threshold(tamed, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    border = min(max(border, find_level(MOST_CELL_DENSITY)), find_level(LEAST_CELL_DENSITY))
    _, cells = cv2.threshold(channels[1], border, 255, cv2.THRESH_BINARY_INV)
    return Smear(channels, np.asarray(cells, np.uint8), prepared.um_per_px * factor)


def _shrink(picture: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    while factor > 1:
        step = 2 if factor % 2 == 0 else factor  # halving twice is many times quicker than quartering
        size = (picture.shape[1] // step, picture.shape[0] // step)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        factor //= step
    return picture


def measure_colours(smear: Smear) -> NDArray[np.float64]:
    """Measure how a smear is stained.

    Args:
        smear: any field, also one without white cells.

    Returns:
        (6,) densities by `COLOURS`; NaN where a group is not there.
    """
    dark_levels = tuple(count_levels(channel, smear.dark) for channel in smear.channels)
    least = LEAST_GROUP_UM2 / smear.um_per_px**2
    groups = (smear.pale_levels, dark_levels)
    return np.array([find_median_density(levels) if levels.sum() >= least else np.nan for g in groups for levels in g])


def count_levels(channel: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count the pixels under a mask at each level.

    Args:
        channel: (h, w) uint8.
        mask: (h, w) uint8, not 0 where it counts.

    Returns:
        (256,) numbers.
    """
    return np.asarray(cv2.calcHist([channel], [0], mask, [256], [0, 256]).ravel(), np.int64)


def find_median_density(levels: NDArray[np.int64]) -> float:
    """Find the median density of pixels counted by level, between whole levels too.

    Args:
        levels: as `count_levels` gives them.

    Returns:
        Optical density; 0 where there is no pixel.
    """
    below = np.cumsum(levels)
    half = below[-1] / 2
    if half == 0:
        return 0.0
    level = int(np.searchsorted(below, half))
    within = (half - (below[level] - levels[level])) / levels[level]
    return float(-np.log10(max(level - 0.5 + within, 0.5) / BACKGROUND))


def find_level(density: float) -> int:
    """Give the grey level of a prepared picture that has this density, 0..255."""
    return min(255, round(BACKGROUND * float(10.0**-density)))
