"""The colour of light that nothing stands in the way of, which white balance brings to grey."""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from device.optics.grids import GRID_PX
from device.optics.light import check_light
from device.optics.stacking import MeasuringError

BRIGHTEST = 0.15
"""Share of a field's coarse places that is taken for plasma; even a crowded field leaves so much free."""

MAX_GAIN = 4.0
"""Largest gain of a channel that is believed; beyond, a channel is hardly lit."""

Levels = NDArray[np.float32]
"""(3,) level of empty plasma in red, green and blue."""


def find_plasma(picture: NDArray[np.float32]) -> Levels:
    """Find the colour of the brightest plasma of a field.

    Args:
        picture: (H, W, 3) mean picture, dark level and shading off.

    Returns:
        The levels.

    Raises:
        MeasuringError: too dark or clipped, or a channel has hardly any light.
    """
    check_light(picture)
    height, width = picture.shape[:2]
    scale = min(1.0, GRID_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    coarse = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32).reshape(-1, 3)
    grey = coarse.mean(axis=1)
    return check_levels(np.median(coarse[grey >= np.quantile(grey, 1 - BRIGHTEST)], axis=0))


def check_levels(levels: Iterable[float] | Levels) -> Levels:
    """Refuse levels that no gain should balance.

    Args:
        levels: of plasma, (3,).

    Returns:
        The same, as an array.

    Raises:
        MeasuringError: one is less than a quarter of the brightest.
    """
    found = np.asarray(levels, np.float32)
    if found.max() > MAX_GAIN * found.min():
        told = ", ".join(f"{level:.0f}" for level in found)
        raise MeasuringError(f"plasma: levels {told} (expected each at least a quarter of the brightest)")
    return found


def find_gains(levels: Levels) -> NDArray[np.float32]:
    """Give the gains that make these levels equal: the brightest channel keeps its level."""
    return np.asarray(levels.max() / levels, np.float32)


def find_flat_gains(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the gains that make each channel of (H, W, 3) light even: its brightest place keeps its level."""
    return np.asarray(light.max(axis=(0, 1)) / np.maximum(light, 1.0), np.float32)
