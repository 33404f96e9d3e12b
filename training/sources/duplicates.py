"""Which images show (nearly) the same field, by a perceptual hash."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.image import read_rgb

SIDE, KEPT = 64, 16  # the 16 x 16 lowest frequencies of a 64 x 64 grey copy: finer than a cell of a whole field
NEAR_BITS = 64  # of 255; two fields of one slide differ in 70 and more, one field saved twice in 56 and fewer


def find_duplicates(paths: Sequence[Path]) -> dict[Path, Path]:
    """Find images that repeat an earlier one.

    Args:
        paths: images, in the order in which "earlier" is meant.

    Returns:
        For each repeating image the first of its like; images that repeat nothing are left out.
    """
    with ThreadPoolExecutor() as pool:
        hashes = np.array(list(pool.map(_hash, paths)))
    first_of: dict[Path, Path] = {}
    for position in range(1, len(paths)):
        differing = (hashes[:position] != hashes[position]).sum(axis=1)
        nearest = int(differing.argmin())
        if differing[nearest] <= NEAR_BITS:
            first_of[paths[position]] = first_of.get(paths[nearest], paths[nearest])
    return first_of


def _hash(path: Path) -> NDArray[np.bool_]:
    """Signs of low-frequency cosine coefficients against their median."""
    grey = cv2.cvtColor(read_rgb(path), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:KEPT, :KEPT].ravel()
    low[0] = np.median(low[1:])  # brightness is no likeness
    return np.asarray(low > np.median(low[1:]), np.bool_)
