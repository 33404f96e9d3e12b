"""Whether a picture of a live camera is a new one of the right kind."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WRONG_SIZE, FROZEN, BLACK = "camera_wrong_size", "camera_frozen", "camera_black"

FROZEN_S = 2.0
"""A picture that repeats itself for so long is frozen; some USB cameras repeat one now and then when light is short."""

BLACK_S = 1.0
"""A lamp that is switched over may flicker; darkness for longer is told."""

BLACK_LEVEL = 16
"""Grey levels: sensors give black as 0, video as 16; no lit field has all of its pixels below."""

FLAT_LEVELS = 8
"""A picture with no more contrast than this is all black or all clipped: then a live one may well repeat itself."""

_STEP = 16  # every 16th pixel both ways tells two pictures apart; only where they agree are all pixels compared


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a picture.

    Attributes:
        usable: it may be passed on as a new picture.
        fault: kind of event that it shows; None: nothing to tell.
        words: the fault, for people.
    """

    usable: bool
    fault: str | None = None
    words: str = ""


class Inspector:
    """Compares each picture with the first and the last; it outlives reopening, so that both stay what they were."""

    def __init__(self) -> None:
        self._size: tuple[int, ...] | None = None
        self._last: NDArray[np.uint8] | None = None
        self._repeats_since_s: float | None = None
        self._black_since_s: float | None = None

    def inspect(self, image: NDArray[np.uint8], now_s: float) -> Finding:
        """Look at the next picture.

        Args:
            image: (H, W, 3) uint8 RGB; kept until the next.
            now_s: `time.monotonic()` when it came.

        Returns:
            Whether it may be passed on, and what is wrong.
        """
        if self._size is None:
            self._size = image.shape
        if image.shape != self._size:
            return Finding(
                False, WRONG_SIZE, f"pictures of {_describe(image.shape)} (expected {_describe(self._size)})"
            )
        sample = image[::_STEP, ::_STEP]
        if self._repeats(image, sample):
            return self._find_frozen(now_s)
        self._last, self._repeats_since_s = image, None
        return self._find_black(sample, now_s)

    def _repeats(self, image: NDArray[np.uint8], sample: NDArray[np.uint8]) -> bool:
        last = self._last
        if last is None or not np.array_equal(sample, last[::_STEP, ::_STEP]):
            return False
        return int(sample.max()) - int(sample.min()) > FLAT_LEVELS and np.array_equal(image, last)

    def _find_frozen(self, now_s: float) -> Finding:
        if self._repeats_since_s is None:
            self._repeats_since_s = now_s
        frozen_s = now_s - self._repeats_since_s
        if frozen_s < FROZEN_S:
            return Finding(False)
        return Finding(False, FROZEN, f"the same picture for {frozen_s:.0f} s, to the last bit")

    def _find_black(self, sample: NDArray[np.uint8], now_s: float) -> Finding:
        if int(sample.max()) > BLACK_LEVEL:
            self._black_since_s = None
            return Finding(True)
        if self._black_since_s is None:
            self._black_since_s = now_s
        if now_s - self._black_since_s < BLACK_S:
            return Finding(True)
        return Finding(True, BLACK, "nothing but black: lamp off, shutter or cap closed")


def _describe(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[0]} pixels" if len(shape) == 3 else f"shape {shape}"
