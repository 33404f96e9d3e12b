"""By how much one small picture is shifted against another of the same slide, and whether it is the same slide."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from device.stage.picture import SmallPicture

SAME_SCENE = 0.55
"""Least correlation of what two pictures share, for them to show one place. Measured on 14,750 pairs of Raspberry Pi
fields of different slides: all but two stay under 0.48; overlapping fields of one slide lie above 0.6, simulated ones
blurred by 4 um above 0.7."""

LEAST_OVERLAP = 0.15  # of the picture's area; under this, a few cells may resemble others by chance
DETAIL_UM = 3.0  # finer detail is noise, or lost in motion
MOST_REST_PX = 1.0  # a correction larger than this is none
SLOPE = 24  # of the sum of two pictures: a division of each pixel is spared


@dataclass(frozen=True, slots=True)
class Shift:
    """How a picture lies on another: its pixel (x, y) shows what the other shows at (x - dx, y - dy).

    Attributes:
        dx, dy: in pixels of the small picture.
        likeness: correlation of what both show, -1..1.
    """

    dx: float
    dy: float
    likeness: float


def find_shift(before: SmallPicture, now: SmallPicture) -> Shift | None:
    """Lay one picture over another, wherever it fits.

    Args:
        before: of a place that is known.
        now: alike in size and scale.

    Returns:
        The shift, or None where they do not show one place.

    Source: phase correlation, Kuglin and Hines 1975.
    """
    surface = correlate_phase(before.spectrum, now.spectrum, now)
    return confirm_shift(before.values, now.values, int(surface.argmax()))


def follow_shift(before: SmallPicture, now: SmallPicture, dx: float, dy: float) -> Shift | None:
    """Try a shift that is expected, at a tenth of the cost of looking everywhere.

    Args:
        before: of a place that is known.
        now: alike in size and scale.
        dx: expected, in pixels.
        dy: expected, in pixels.

    Returns:
        The shift, or None where it is another than expected.
    """
    return _settle(before.values, now.values, round(dx), round(dy))


def correlate_phase(
    before: NDArray[np.complex64], now: NDArray[np.complex64], picture: SmallPicture
) -> NDArray[np.float32]:
    """Compute how well each whole-pixel shift fits, for one known picture or many (..., h, w // 2 + 1)."""
    cross = np.conj(before) * now
    cross *= _pass_detail(*picture.values.shape, picture.um_per_px) / (np.abs(cross) + np.float32(1e-6))
    return np.asarray(scipy.fft.irfft2(cross, s=picture.values.shape), np.float32)


def confirm_shift(before: NDArray[np.float32], now: NDArray[np.float32], peak: int) -> Shift | None:
    """Tell which of the shifts that a peak may stand for is one, and how large it is within the pixel.

    Args:
        before: values of the known picture.
        now: values of the other.
        peak: flat index of the largest place of `correlate_phase`.

    Returns:
        The shift, or None where the pictures do not show one place.
    """
    found = [(_compare(before, now, dx, dy), dx, dy) for dx, dy in _unwrap(peak, now.shape)]
    likeness, dx, dy = max(found, default=(0.0, 0, 0))
    return _settle(before, now, dx, dy) if likeness >= SAME_SCENE else None


def _unwrap(peak: int, shape: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    # The transform goes round in circles: a shift to the right by w - 1 and one to the left by 1 look the same.
    height, width = shape
    y, x = divmod(peak, width)
    for dy in (y, y - height):
        for dx in (x, x - width):
            if (height - abs(dy)) * (width - abs(dx)) >= LEAST_OVERLAP * height * width:
                yield dx, dy


def _settle(before: NDArray[np.float32], now: NDArray[np.float32], dx: int, dy: int) -> Shift | None:
    height, width = now.shape
    if (height - abs(dy)) * (width - abs(dx)) < LEAST_OVERLAP * height * width or max(abs(dy) - height, 0):
        return None
    for _ in range(2):  # a rest of more than half a pixel is measured again from the next one
        likeness = _compare(before, now, dx, dy)
        if likeness < SAME_SCENE:
            return None
        rest_x, rest_y = _measure_rest(*_share(before, now, dx, dy))
        if max(abs(rest_x), abs(rest_y)) <= 0.6:
            return Shift(dx + rest_x, dy + rest_y, likeness)
        dx, dy = dx + round(np.clip(rest_x, -1, 1)), dy + round(np.clip(rest_y, -1, 1))
    # It still drifts: the peak was not here. Where it is nearly, the whole pixel is near enough.
    return Shift(float(dx), float(dy), likeness) if max(abs(rest_x), abs(rest_y)) <= MOST_REST_PX else None


def _share(
    before: NDArray[np.float32], now: NDArray[np.float32], dx: int, dy: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    height, width = now.shape
    then = before[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)]
    return then, now[max(0, dy) : height - max(0, -dy), max(0, dx) : width - max(0, -dx)]


def _compare(before: NDArray[np.float32], now: NDArray[np.float32], dx: int, dy: int) -> float:
    a, b = _share(before, now, dx, dy)
    a, b = (a - cv2.mean(a)[0]).ravel(), (b - cv2.mean(b)[0]).ravel()
    spread = math.sqrt(np.dot(a, a) * np.dot(b, b))
    return float(np.dot(a, b)) / spread if spread > 0 else 0.0


def _measure_rest(before: NDArray[np.float32], now: NDArray[np.float32]) -> tuple[float, float]:
    """What is left of a shift after whole pixels, by least squares; Lucas and Kanade 1981."""
    both = before + now
    x = _slope(both[2:-2, :-4], both[2:-2, 1:-3], both[2:-2, 3:-1], both[2:-2, 4:])
    y = _slope(both[:-4, 2:-2], both[1:-3, 2:-2], both[3:-1, 2:-2], both[4:, 2:-2])
    change = (before[2:-2, 2:-2] - now[2:-2, 2:-2]).ravel()
    xx, yy, xy = float(np.dot(x, x)), float(np.dot(y, y)), float(np.dot(x, y))
    whole = xx * yy - xy * xy
    if whole <= 0:
        return 0.0, 0.0
    xc, yc = float(np.dot(x, change)), float(np.dot(y, change))
    return SLOPE * (yy * xc - xy * yc) / whole, SLOPE * (xx * yc - xy * xc) / whole


def _slope(*five: NDArray[np.float32]) -> NDArray[np.float32]:
    """`SLOPE` times the slope in the middle of five pixels, of which the middle one itself says nothing.

    Slopes over three are too small where detail is fine, and the rest of a shift too large.
    """
    far_before, before, after, far_after = five
    slope = after - before
    slope *= 8
    slope += far_before
    slope -= far_after
    return slope.ravel()


@lru_cache(maxsize=4)
def _pass_detail(height: int, width: int, um_per_px: float) -> NDArray[np.float32]:
    rows, columns = np.fft.fftfreq(height, um_per_px)[:, None], np.fft.rfftfreq(width, um_per_px)[None]
    passed = np.exp(-((np.hypot(rows, columns) * DETAIL_UM) ** 2))
    passed[0, 0] = 0
    return np.asarray(passed, np.float32)
