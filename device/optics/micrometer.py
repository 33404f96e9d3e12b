"""How large a pixel is, measured on a stage micrometer: a slide with lines ruled at a known distance."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.optics.ruled_lines import MIN_LINES, Ruling, find_ruling
from device.optics.stacking import MeasuringError

DIVISION_UM = 10.0
"""Distance of neighbouring lines of a common stage micrometer: 1 mm in 100 parts."""

FRAMES = 8
"""Pictures averaged: lines are dark, noise is no matter, but a moving slide is noticed."""


@dataclass(frozen=True, slots=True)
class MicrometerScale:
    """The scale by a micrometer.

    Attributes:
        um_per_px: micrometres per pixel.
        error: its standard error, of finding the lines; the micrometer's own is not in it.
        ruling: where the lines lie.
    """

    um_per_px: float
    error: float
    ruling: Ruling


def measure_micrometer(mean: NDArray[np.float32], division_um: float) -> MicrometerScale:
    """Measure the size of a pixel.

    Args:
        mean: (H, W, 3) mean picture of the micrometer, at any angle.
        division_um: distance of neighbouring lines, in micrometres, > 0.

    Returns:
        The scale.

    Raises:
        MeasuringError: no ruled scale is in view, or too few of its lines.
    """
    ruling = find_ruling(np.asarray(cv2.cvtColor(mean, cv2.COLOR_RGB2GRAY), np.float32))
    if ruling is None:
        raise MeasuringError(
            f"no ruled scale in view (expected at least {MIN_LINES} lines at one distance: in focus, across the field)"
        )
    um_per_px = division_um / ruling.period_px
    return MicrometerScale(um_per_px, um_per_px * ruling.error_px / ruling.period_px, ruling)
