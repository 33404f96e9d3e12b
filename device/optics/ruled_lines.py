"""Where the lines of a ruled scale lie in a picture, whatever its angle, and how far apart they are."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MIN_LINES = 6
"""Lines without which no period is believed."""

MIN_PERIOD_PX = 8.0
"""Lines closer than this are not placed between pixels well enough."""

MIN_REGULARITY = 0.35
"""Autocorrelation at the period; a ruled scale has 0.6 to 0.95, a smear 0.1 at every distance."""

MIN_PEAK = 0.6
"""The first peak of the autocorrelation as a share of the highest: every tenth line of a scale is longer."""

MAX_OFF = 0.02
"""Root mean square by which lines may lie off their places, in periods."""

LEAST_ERROR = 2e-4
"""Share of the period by which drawn scales were off though their lines said less: pixels, and lines of two lengths."""

MIN_HEIGHT = 0.25
"""How far a line must stand out of its surroundings, as a share of what a clear one does."""

MIN_SHARE = 0.6
"""Share of the lines found that must lie at their places."""

WIDE = 0.12
"""Share of the shorter side over which shading is taken off before lines are looked for."""

Profile = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A ruled scale in a picture.

    Attributes:
        period_px: distance of neighbouring lines, at right angles to them, in pixels.
        error_px: its standard error.
        lines: how many were found.
        angle_deg: of the direction in which lines follow each other, from the x axis to the y axis, -90..90.
        start_px: place of the first line along that direction, from the picture's centre.
        first, last: numbers of the outermost lines, counted from `start_px`.
    """

    period_px: float
    error_px: float
    lines: int
    angle_deg: float
    start_px: float
    first: int
    last: int


def find_ruling(grey: NDArray[np.float32]) -> Ruling | None:
    """Find the lines of a ruled scale.

    The angle is that at which the picture's profile is sharpest, the period the first strong peak of that profile's
    autocorrelation; then a straight line is fitted through the places of all lines, which gives the period to a small
    fraction of a pixel.

    Args:
        grey: (H, W) levels.

    Returns:
        The ruling; None where there is none.
    """
    flat = _take_shading_off(grey)
    angle = _find_angle(flat)
    if angle is None:
        return None
    places, profile = _project(flat, angle)
    period = _find_period(profile)
    return None if period is None else _fit_lines(places, profile, period, np.degrees(angle))


def _take_shading_off(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    sigma = WIDE * min(grey.shape)
    around = cv2.GaussianBlur(grey, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    contrast = np.asarray(1 - grey / np.maximum(around, 1.0), np.float32)
    return np.asarray(np.clip(cv2.GaussianBlur(contrast, (0, 0), 0.8), -0.5, 1.0), np.float32)


def _find_angle(flat: NDArray[np.float32]) -> float | None:
    """The direction across the lines: roughly from all slopes, then where the profile is sharpest."""
    # Tapered, for the straight borders of a picture are sharper than any line.
    flat = np.asarray(flat * cv2.createHanningWindow((flat.shape[1], flat.shape[0]), cv2.CV_32F), np.float32)
    slope_x, slope_y = cv2.Sobel(flat, cv2.CV_32F, 1, 0), cv2.Sobel(flat, cv2.CV_32F, 0, 1)
    power = float((slope_x**2 + slope_y**2).sum())
    if power <= 0:
        return None
    rough = 0.5 * np.arctan2(2 * float((slope_x * slope_y).sum()), float((slope_x**2 - slope_y**2).sum()))
    best = float(rough)
    for reach in (np.radians(6.0), np.radians(0.6), np.radians(0.06)):
        tried = best + np.linspace(-reach, reach, 25)
        best = float(tried[int(np.argmax([_sharpness(flat, angle) for angle in tried]))])
    return float((best + np.pi / 2) % np.pi - np.pi / 2)


def _sharpness(flat: NDArray[np.float32], angle: float) -> float:
    # Turned by interpolation, which is quick and good enough to compare angles by; what lies outside is no contrast.
    height, width = flat.shape
    length = int(np.hypot(height, width)) + 2
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), np.degrees(angle), 1.0)
    turn[:, 2] += ((length - width) / 2, (length - height) / 2)
    turned = cv2.warpAffine(flat, turn, (length, length), flags=cv2.INTER_LINEAR)
    return float(np.square(np.diff(turned.sum(axis=0))).sum())


def _project(flat: NDArray[np.float32], angle: float) -> tuple[Profile, Profile]:
    """Mean contrast along lines: places in pixels from the centre, and the mean there, where the picture is wide."""
    height, width = flat.shape
    y, x = np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    along = y[:, None] * np.sin(angle) + x[None, :] * np.cos(angle)
    first = int(np.floor(along.min()))
    left = np.floor(along).astype(np.int64)
    share = along - left
    place = (left - first).ravel()
    size = int(place.max()) + 2
    weight, total = np.zeros(size), np.zeros(size)
    for offset, part in ((0, 1 - share), (1, share)):
        weight += np.bincount(place + offset, part.ravel(), size)
        total += np.bincount(place + offset, (part * flat).ravel(), size)
    kept = weight > 0.25 * weight.max()
    places = (first + np.arange(size)).astype(np.float64)
    return places[kept], total[kept] / weight[kept]


def _find_period(profile: Profile) -> float | None:
    """The first strong peak of the autocorrelation, in pixels."""
    centred = profile - profile.mean()
    size = centred.size
    spectrum = np.fft.rfft(centred, 2 * size)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[: size // 2]
    # Fewer places overlap at a longer distance: without this the first peak would always be the highest.
    correlation /= np.arange(size, size - correlation.size, -1)
    correlation /= max(float(correlation[0]), 1e-12)
    inner = correlation[1:-1]
    peaks = 1 + np.flatnonzero((inner >= correlation[:-2]) & (inner > correlation[2:]) & (inner > MIN_REGULARITY))
    peaks = peaks[peaks >= MIN_PERIOD_PX]
    if not peaks.size:
        return None
    strong = peaks[correlation[peaks] >= MIN_PEAK * correlation[peaks].max()]
    return float(strong[0])


def _fit_lines(places: Profile, profile: Profile, period: float, angle_deg: float) -> Ruling | None:
    found = _find_lines(places, profile, period)
    if found.size < MIN_LINES:
        return None
    # Step by step: counted from the first line, an error of the period would grow to a whole line.
    steps = np.rint(np.diff(found) / period)
    numbers = np.concatenate([[0.0], np.cumsum(steps)])
    if np.ptp(numbers) < MIN_LINES - 1 or (steps < 1).any():
        return None
    kept = _find_regular(numbers, found)
    fitted, start = (float(value) for value in np.polyfit(numbers[kept], found[kept], 1))
    off = found - (start + fitted * numbers)
    rms = float(np.sqrt((off[kept] ** 2).sum() / max(1, kept.sum() - 2)))
    if rms > MAX_OFF * fitted or kept.sum() < max(MIN_LINES - 1, MIN_SHARE * found.size):
        return None
    error = rms / float(np.sqrt(((numbers[kept] - numbers[kept].mean()) ** 2).sum()))
    lowest, highest = int(numbers[kept].min()), int(numbers[kept].max())
    return Ruling(
        fitted, float(np.hypot(error, LEAST_ERROR * fitted)), int(kept.sum()), angle_deg, start, lowest, highest
    )


def _find_regular(numbers: Profile, found: Profile) -> NDArray[np.bool_]:
    """Which lines lie where most say they should: one that the border cuts lies off, and so does a digit."""
    one, other = np.triu_indices(found.size, 1)
    pitch = float(np.median((found[other] - found[one]) / (numbers[other] - numbers[one])))
    off = found - pitch * numbers
    off -= np.median(off)
    return np.asarray(np.abs(off) <= max(4.0 * 1.4826 * float(np.median(np.abs(off))), 0.1), np.bool_)


def _find_lines(places: Profile, profile: Profile, period: float) -> Profile:
    """Centres of the lines: of gravity, around each place that is darkest within a third of a period."""
    reach = max(1, round(0.35 * period))
    windows = np.lib.stride_tricks.sliding_window_view(profile, 2 * reach + 1)
    middle = windows[:, reach]
    darkest = np.flatnonzero(middle == windows.max(axis=1))
    height = middle[darkest] - windows[darkest].min(axis=1)
    strong = darkest[height > MIN_HEIGHT * np.quantile(height, 0.75)] if darkest.size else darkest
    weight = np.clip(windows[strong] - (0.3 * middle[strong] + 0.7 * windows[strong].min(axis=1))[:, None], 0, None)
    at = np.lib.stride_tricks.sliding_window_view(places, 2 * reach + 1)[strong]
    return np.asarray((weight * at).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-12))
