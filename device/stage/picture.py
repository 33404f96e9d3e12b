"""The small picture by which a place on the slide is recognised."""

from functools import cached_property, lru_cache

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

WIDTH_PX = 128
"""Width of the small picture: a red cell is 6 px of a field 144 um wide, 10 kB keep it for good."""

COARSE = 1 / 32
"""What varies over more than this part of the width is lamp and lens, which stay with the camera: left in, they would
pretend that the stage stood still."""

SMOOTH_PX = 1.2
"""Edges finer than a pixel would make shifts wrong by a fifth of one (0.24 um measured; 0.02 um when smoothed)."""

LEVELS = 32.0
"""Steps of a deviation in which a picture is kept; more is in it only as noise."""


class SmallPicture:
    """A field made small, its coarse part taken away, of mean 0 and deviation 1.

    Attributes:
        values: (h, WIDTH_PX) float32.
        um_per_px: size of its pixels.
        contrast: deviation in grey levels it had; blur and empty plasma make it small.
    """

    def __init__(self, values: NDArray[np.float32], um_per_px: float, contrast: float) -> None:
        self.values = values
        self.um_per_px = um_per_px
        self.contrast = contrast

    @cached_property
    def spectrum(self) -> NDArray[np.complex64]:
        """(h, WIDTH_PX / 2 + 1), with the rim faded out."""
        return transform(self.values)

    @property
    def size_um(self) -> tuple[float, float]:
        """Width and height of the field in micrometres."""
        return self.values.shape[1] * self.um_per_px, self.values.shape[0] * self.um_per_px

    def is_alike(self, other: "SmallPicture") -> bool:
        """Whether two pictures have size and scale in common, so that one can be laid over the other."""
        return self.values.shape == other.values.shape and self.um_per_px == other.um_per_px

    def pack(self) -> NDArray[np.int8]:
        """Give the picture in a byte a pixel."""
        return np.asarray(np.clip(np.rint(self.values * LEVELS), -127, 127), np.int8)


def shrink(image: NDArray[np.uint8], um_per_px: float) -> SmallPicture:
    """Make the small picture of a field.

    Args:
        image: (H, W, 3) uint8 RGB.
        um_per_px: scale of the field, > 0.

    Returns:
        The small picture. Green is the channel in which stained cells are darkest.
    """
    height, width = image.shape[:2]
    # Two and a half pixels are enough for the mean of one; all of them would take five times as long.
    step = max(1, int(width / (2.5 * WIDTH_PX)))
    green = np.ascontiguousarray(image[::step, ::step, 1])
    size = (WIDTH_PX, max(8, round(height * WIDTH_PX / width)))
    small = cv2.resize(green, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), SMOOTH_PX), np.float32)
    fine = small - cv2.GaussianBlur(small, (0, 0), WIDTH_PX * COARSE)
    middle, deviation = cv2.meanStdDev(fine)
    contrast = float(deviation[0, 0])
    fine -= np.float32(middle[0, 0])
    fine /= np.float32(max(contrast, 1e-6))
    return SmallPicture(fine, um_per_px * width / WIDTH_PX, contrast)


def transform(values: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Transform one picture or many (..., h, w), each with its rim faded out so that the edges are no pattern."""
    return np.asarray(scipy.fft.rfft2(values * _fade(values.shape[-2], values.shape[-1])), np.complex64)


@lru_cache(maxsize=4)
def _fade(height: int, width: int) -> NDArray[np.float32]:
    # The root of the Hann window: half the overlap of the window itself was measured to be enough.
    return np.sqrt(np.maximum(cv2.createHanningWindow((width, height), cv2.CV_32F), 0), dtype=np.float32)
