"""What is taken off a raw picture before anybody sees it: the sensor's dark level, shading, and the lamp's colour."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from device.frame import FrameError


class CorrectionError(FrameError):
    """A picture has another size than those the correction was measured on. Measure again, or remove it."""


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """How raw pictures of one camera become corrected ones.

    Attributes:
        identity: names of the measurements it is made of, joined by "+"; stands beside every field it was applied to.
        shape: (H, W) of the pictures it holds for; None: of any size.
        dark: (H, W, 3) uint8, subtracted first; None: nothing is.
        gain: what is then multiplied: (H, W, 3) float32, or (3,), the same everywhere; None: nothing is. At least 1, so
            that no two grey levels become one.
    """

    identity: str
    shape: tuple[int, int] | None = None
    dark: NDArray[np.uint8] | None = None
    gain: NDArray[np.float32] | None = None

    def correct(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Correct a raw picture; one pass over its pixels, two with a dark frame.

        Gains are floating point at full size: OpenCV multiplies and rounds in one go, faster than tables and, unlike
        gains of 8 bits, without contour lines.

        Args:
            image: (H, W, 3) uint8 RGB, raw; stays as it is.

        Returns:
            (H, W, 3) uint8 RGB, read-only.

        Raises:
            CorrectionError: the picture is of another size.
        """
        if self.shape is not None and image.shape[:2] != self.shape:
            (height, width), (there, across) = self.shape, image.shape[:2]
            raise CorrectionError(
                f"picture: {across} x {there} pixels (expected {width} x {height}, as {self.identity} was measured)"
            )
        corrected: Any = image if self.dark is None else cv2.subtract(image, self.dark)
        if self.gain is not None:
            if self.gain.ndim == 1:
                corrected = cv2.transform(corrected, np.diag(self.gain))
            else:
                corrected = cv2.multiply(corrected, self.gain, dtype=cv2.CV_8U)
        corrected.flags.writeable = False
        return np.asarray(corrected, np.uint8)
