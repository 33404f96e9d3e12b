"""What is taken off a raw picture before anybody sees it: the sensor's dark level, shading, and the lamp's colour."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """How raw pictures of one camera become corrected ones.

    Attributes:
        identity: short name that stands beside every field it was applied to.
    """

    identity: str

    def correct(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Correct a raw picture.

        Args:
            image: (H, W, 3) uint8 RGB, raw; stays as it is.

        Returns:
            (H, W, 3) uint8 RGB, read-only.
        """
        raise NotImplementedError
