"""How several raw pictures of a resting field become one without noise, or are refused because they differ."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from device.optics.grids import make_grid

MAX_CHANGE = 0.03
"""Share by which places of two pictures may differ; noise makes a hundredth at most, a lamp of 50 Hz little more."""

CHANGED = 0.02
"""Share of the places that may differ by more: a speck that swims is no slide that moves."""

LEAST_LEVEL = 32.0
"""Grey levels that changes are compared with where the picture is darker."""

Told = Callable[[int, int], None]
"""Takes how many pictures there are and how many are wanted."""


class MeasuringError(Refusal):
    """The optics cannot be measured on these pictures; the line says what is wrong with them. Mend it and try again."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Stack:
    """Pictures of one field, averaged.

    Attributes:
        mean: (H, W, 3) float32 RGB levels.
        last: (H, W, 3) uint8, the last picture as it was.
        count: pictures in it.
        noise: deviation of a pixel from picture to picture for each channel, in grey levels; nan of one picture.
    """

    mean: NDArray[np.float32]
    last: NDArray[np.uint8]
    count: int
    noise: tuple[float, float, float]


def stack_frames(frames: Iterable[NDArray[np.uint8]], wanted: int, tell: Told) -> Stack:
    """Average pictures of a field that rests; only their sum is kept in memory.

    Args:
        frames: (H, W, 3) uint8 raw pictures, as they come.
        wanted: how many to take, at least 1; fewer are taken where there are no more.
        tell: hears of each.

    Returns:
        The mean.

    Raises:
        MeasuringError: there is no picture, their sizes differ, or stage, lamp or exposure changed meanwhile.
    """
    total, first, before = np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros(0, np.uint8)
    count, variance = 0, np.zeros(3)
    for frame in frames:
        grid = make_grid(frame.astype(np.float32))
        if count == 0:
            total, first = np.zeros(frame.shape, np.float32), grid
        else:
            _check_same(grid, first, frame.shape, total.shape)
            variance += _measure_noise(frame, before)
        total += frame
        count, before = count + 1, frame
        tell(count, wanted)
        if count == wanted:
            break
    if count == 0:
        raise MeasuringError("no picture came (expected at least one)")
    red, green, blue = (float(one) for one in np.sqrt(variance / (count - 1))) if count > 1 else (float("nan"),) * 3
    return Stack(total / np.float32(count), before, count, (red, green, blue))


def _check_same(
    grid: NDArray[np.float32], first: NDArray[np.float32], shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    if shape != expected:
        raise MeasuringError(f"pictures of {shape[:2]} and {expected[:2]} pixels (expected all of one size)")
    difference = cv2.blur(np.asarray(grid - first, np.float32), (3, 3))
    change = float(np.quantile(np.abs(difference) / np.maximum(first, LEAST_LEVEL), 1 - CHANGED))
    if change > MAX_CHANGE:
        raise MeasuringError(
            f"the pictures differ by {change:.0%} (expected at most {MAX_CHANGE:.0%}: "
            "stage at rest, lamp warm, exposure and white balance of the camera fixed)"
        )


def _measure_noise(frame: NDArray[np.uint8], before: NDArray[np.uint8]) -> NDArray[np.float64]:
    # The difference of two pictures has twice the variance of one; a quarter of the rows is plenty.
    spread = cv2.meanStdDev(cv2.subtract(frame[::4], before[::4], dtype=cv2.CV_16S))[1]
    return np.asarray(spread, np.float64).ravel() ** 2 / 2
