"""What a drawn cell is, before it lies anywhere."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sprite:
    """A drawn cell; its centre is the middle pixel of each array.

    Attributes:
        density: (n, n, 3) float32 optical density, R, G, B.
        phase: (n, n) float32, how much glass-like thickness lies there; 0 outside.
        tissue: (n, n) uint8, 0 background, 1 cytoplasm, 2 nucleus; all 0 for what is no white cell.
    """

    density: NDArray[np.float32]
    phase: NDArray[np.float32]
    tissue: NDArray[np.uint8]
