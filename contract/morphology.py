"""What form a cell has: how large, how round, how dented, and what its nucleus looks like."""

from dataclasses import dataclass
from itertools import pairwise
from math import gcd, pi, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.lobes import Form, count_lobes


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of one cell, measured on its mask; of a cell cut by the border, of what is in view.

    Attributes:
        diameter_um: of the circle with the cell's area, in micrometres.
        circularity: 4 pi area / perimeter^2; 1 for a disc, 0.79 for a square; 0..1.
        solidity: area / area of the convex hull; 1 without any dent; 0..1.
        eccentricity: of the ellipse with the cell's second moments; 0 for a disc, towards 1 for a line; 0..1.
        nucleus_diameter_um: of the circle with the nucleus's area, in micrometres; 0: no nucleus is seen.
        nucleus_solidity: area of the nucleus / area of its convex hull, all lobes together: clefts make it small; 0..1,
            0 where no nucleus is seen.
        nucleus_lobes: lobes of the nucleus, see `contract.lobes`; 0: no nucleus is seen.
    """

    diameter_um: float
    circularity: float
    solidity: float
    eccentricity: float
    nucleus_diameter_um: float
    nucleus_solidity: float
    nucleus_lobes: int


def measure_shape(inside: Form, nucleus: Form, um_per_px: float) -> Shape:
    """Measure the form of one cell.

    Args:
        inside: (h, w) the whole cell, not empty.
        nucleus: (h, w) its nucleus.
        um_per_px: size of a mask pixel in micrometres, > 0.

    Returns:
        Its form.
    """
    area, nucleus_area = cv2.countNonZero(_as_pixels(inside)), int(np.count_nonzero(nucleus))
    return Shape(
        diameter_um=2 * sqrt(area / pi) * um_per_px,
        # no form is rounder than a disc: what lies above 1 is the error of the estimate
        circularity=min(1.0, 4 * pi * area / measure_perimeter(inside) ** 2),
        solidity=area / count_hull(inside),
        eccentricity=_measure_eccentricity(inside),
        nucleus_diameter_um=2 * sqrt(nucleus_area / pi) * um_per_px,
        nucleus_solidity=nucleus_area / count_hull(nucleus) if nucleus_area else 0.0,
        nucleus_lobes=count_lobes(nucleus, um_per_px),
    )


def measure_perimeter(inside: Form) -> float:
    """Estimate the length of a form's boundary from how often lines in four directions cross it.

    Counting pixel edges would make a disc's boundary 27 % too long, joining pixel centres some percent too short at
    the sizes of cells.

    Args:
        inside: (h, w) the form.

    Returns:
        Length in pixels.

    Source: Cauchy-Crofton formula, directions of 0, 45, 90 and 135 degrees; Lehmann and Legland 2012, Efficient
    N-dimensional surface estimation using Crofton formula and run-length encoding.
    """
    padded = np.zeros((inside.shape[0] + 2, inside.shape[1] + 2), np.uint8)
    padded[1:-1, 1:-1] = inside
    along = _count_changes(padded[1:], padded[:-1]) + _count_changes(padded[:, 1:], padded[:, :-1])
    across = _count_changes(padded[1:, 1:], padded[:-1, :-1]) + _count_changes(padded[1:, :-1], padded[:-1, 1:])
    # lines through pixel centres lie 1 px apart along the axes and 1 / sqrt(2) px across them
    return pi / 8 * (along + across / sqrt(2))


def count_hull(inside: Form) -> int:
    """Count the pixels whose centre lies in the convex hull of a form's pixel centres.

    As many as the form itself has where it is a convex form seen through pixels; the hull's area in the plane would
    call every small disc dented.

    Args:
        inside: (h, w) the form, not empty.

    Returns:
        Pixels, those of the form among them.

    Source: Pick 1899, area = inner points + boundary points / 2 - 1.
    """
    outlines, _ = cv2.findContours(_as_pixels(inside), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = cv2.convexHull(outlines[0] if len(outlines) == 1 else np.concatenate(outlines))
    corners = hull[:, 0].tolist()
    boundary = sum(gcd(x - to_x, y - to_y) for (x, y), (to_x, to_y) in pairwise([*corners, corners[0]]))
    return round(cv2.contourArea(hull) + boundary / 2 + 1)


def _count_changes(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> int:
    return cv2.countNonZero(cv2.bitwise_xor(one, other))


def _as_pixels(inside: Form) -> NDArray[np.uint8]:
    return inside.view(np.uint8)


def _measure_eccentricity(inside: Form) -> float:
    moments = cv2.moments(_as_pixels(inside), binaryImage=True)
    area = moments["m00"]
    # a pixel is a square, not a point: its own second moment is 1/12
    x, y, both = moments["mu20"] / area + 1 / 12, moments["mu02"] / area + 1 / 12, moments["mu11"] / area
    spread = sqrt(((x - y) / 2) ** 2 + both**2)
    return sqrt(2 * spread / ((x + y) / 2 + spread))
