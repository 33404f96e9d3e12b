"""Whether there is enough light in a picture to measure optics by it, and not too much."""

import numpy as np
from numpy.typing import NDArray

from device.optics.stacking import MeasuringError

CLIPPED = 253
"""Level from which a channel may be cut off; averaging and JPEG blur the edge of 255."""

MAX_CLIPPED = 0.01
"""Share of pixels that may be clipped: specks are, plasma must not be, for its colour is lost."""

MIN_LEVEL = 40.0
"""Mean level of the darkest channel; below, a grey level is more than 2 % of the light."""


def check_light(picture: NDArray[np.float32] | NDArray[np.uint8]) -> None:
    """Refuse a picture by which light cannot be measured.

    Args:
        picture: (H, W, 3) levels 0..255.

    Raises:
        MeasuringError: too dark, or clipped.
    """
    level = float(picture.mean(axis=(0, 1), dtype=np.float64).min())
    if level < MIN_LEVEL:
        raise MeasuringError(f"too dark: level {level:.0f} (expected {MIN_LEVEL:.0f} or more: lamp, exposure)")
    clipped = float((picture >= CLIPPED).any(axis=2).mean())
    if clipped > MAX_CLIPPED:
        raise MeasuringError(
            f"overexposed: {clipped:.0%} of pixels clipped (expected at most {MAX_CLIPPED:.0%}: less light or exposure)"
        )
