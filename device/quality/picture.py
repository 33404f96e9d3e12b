"""Whether a picture is good enough to be read: light and focus, measured on what the camera gave."""

from collections.abc import Iterator

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from contract.settings import QualitySettings
from device.frame import Quality

WORKING_UM_PER_PX = 0.25
"""Scale at which detail is measured, so that a finer camera does not look blurred beside a coarser one."""

COARSE_UM_PER_PX = 1.25
"""Contrast is measured on pixels of half of this to this: a red cell is six of them wide."""

SHADING_UM = 16.0
"""What varies over more than this is lamp and lens, not cells."""

CLIPPED = 254
"""Grey level from which JPEG noise makes a clipped pixel indistinguishable from white."""

WHOLE_PX = 64_000
"""Up to so many pixels the whole field is looked at for detail; of a larger one, bands."""

BANDS = 4
BAND_SHARE = 24
"""Bands of a twenty-fourth of the height: a sixth of the field in a sixth of the time. Of 86 real Raspberry Pi fields
they gave the focus of the whole within 2 % in the median, 8 % at most."""

SAMPLED_ROWS = 8
"""Every eighth row says how much is clipped."""

LAMP_POINTS = 40
"""The lamp's level is taken from about so many pixels along the longer side."""

BRIGHTEST_SHARE = 0.15
"""This share of a field is taken for empty plasma, as the preparation does for a small field."""


def measure_quality(rgb: NDArray[np.uint8], um_per_px: float, limits: QualitySettings) -> Quality:
    """Measure a picture and judge it.

    Focus is the standard deviation of the Laplacian at `WORKING_UM_PER_PX`, in percent of the mean luminance, which
    makes it independent of scale and exposure. What needs the prepared field is added by
    `device.quality.smear.measure_smear`.

    Args:
        rgb: (H, W, 3) uint8.
        um_per_px: size of a pixel in micrometres, > 0.
        limits: the settings' section `device.quality`.

    Returns:
        The measures, with the reason why the picture is not analysed, if there is one.

    Source: variance of the Laplacian, Pech-Pacheco et al. 2000, doi 10.1109/ICPR.2000.903548. Measured on real fields
    of five microscopes: 1.6 to 12 %, the same blurred by 1 um 0.2 to 0.9 %.
    """
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    mean = float(cv2.mean(grey)[0])
    sampled = np.ascontiguousarray(rgb[::SAMPLED_ROWS])
    clipped = cv2.countNonZero(cv2.inRange(sampled, (CLIPPED, CLIPPED, CLIPPED), (255, 255, 255)))
    saturated = clipped / (sampled.shape[0] * sampled.shape[1])
    contrast = _measure_contrast(grey, um_per_px)
    focus = 100.0 * _measure_detail(grey, um_per_px) / max(mean, 1.0)
    reason = _find_reason(mean, saturated, contrast, focus, limits)
    return Quality(mean, saturated, contrast, focus, reason, background=_measure_lamp(rgb))


def _measure_contrast(grey: NDArray[np.uint8], um_per_px: float) -> float:
    while um_per_px * 2 <= COARSE_UM_PER_PX and min(grey.shape) > 16:
        even = grey[: grey.shape[0] // 2 * 2, : grey.shape[1] // 2 * 2]
        grey, um_per_px = (
            np.asarray(cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)),
            um_per_px * 2,
        )
    levels = grey.astype(np.float32)
    side = round(SHADING_UM / um_per_px) | 1
    return _spread(cv2.subtract(levels, cv2.blur(levels, (side, side))))


def _measure_detail(grey: NDArray[np.uint8], um_per_px: float) -> float:
    """Standard deviation of the Laplacian at the working scale, in grey levels."""
    squares, pixels = 0.0, 0
    for band in _cut_bands(grey, um_per_px / WORKING_UM_PER_PX):
        detail = cv2.Laplacian(band, cv2.CV_32F)[1:-1]  # the border's own rows know one neighbour only
        squares += cv2.norm(detail, cv2.NORM_L2SQR)
        pixels += detail.size
    return float(np.sqrt(squares / max(pixels, 1)))


def _cut_bands(grey: NDArray[np.uint8], factor: float) -> Iterator[NDArray[np.float32]]:
    """Bands of a field at the working scale, from top to bottom; a small field is one band."""
    height, width = max(3, round(grey.shape[0] * factor)), max(1, round(grey.shape[1] * factor))
    if min(height * width, grey.size) <= WHOLE_PX:
        yield _resize(grey, (width, height), factor)
        return
    rows = height // BAND_SHARE
    taken = round(rows / factor)
    for top in np.linspace(0, grey.shape[0] - taken, 2 * BANDS + 1).astype(int)[1::2]:
        yield _resize(grey[top : top + taken], (width, rows), factor)


def _resize(grey: NDArray[np.uint8], size: tuple[int, int], factor: float) -> NDArray[np.float32]:
    # Not rounded again: the Laplacian of rounding alone would be 1 % of a mid-grey field.
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey.astype(np.float32), size, interpolation=how), np.float32)


def _measure_lamp(rgb: NDArray[np.uint8]) -> tuple[float, float, float]:
    every = max(1, max(rgb.shape[:2]) // LAMP_POINTS)
    rows, columns = (slice(min(every, side) // 2, None, every) for side in rgb.shape[:2])
    points = rgb[rows, columns].reshape(-1, 3)
    brightness = points.sum(axis=1, dtype=np.int32)
    count = max(1, round(BRIGHTEST_SHARE * len(points)))
    plasma = points[np.argpartition(brightness, -count)[-count:]]
    red, green, blue = np.sort(plasma, axis=0)[count // 2]
    return float(red), float(green), float(blue)


def _spread(values: MatLike) -> float:
    return float(cv2.meanStdDev(values)[1][0, 0])


def _find_reason(mean: float, saturated: float, contrast: float, focus: float, limits: QualitySettings) -> str | None:
    # From the coarse fault to the fine one: a dark field is also flat and without detail.
    if mean < limits.min_mean_luminance:
        return f"too dark: mean luminance {mean:.0f} (at least {limits.min_mean_luminance:.0f})"
    if mean > limits.max_mean_luminance:
        return f"too bright: mean luminance {mean:.0f} (at most {limits.max_mean_luminance:.0f})"
    if saturated > limits.max_saturated_fraction:
        return f"overexposed: {saturated:.0%} of pixels white (at most {limits.max_saturated_fraction:.0%})"
    if contrast < limits.min_contrast:
        return f"no cells in view: contrast {contrast:.1f} (at least {limits.min_contrast:.1f})"
    if focus < limits.min_focus:
        return f"out of focus: detail {focus:.1f} % (at least {limits.min_focus:.1f} %)"
    return None
