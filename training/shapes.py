"""Questions about the shape of masks, asked in micrometres and answered by OpenCV in pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def grow(mask: Mask, radius_um: float, um_per_px: float) -> Mask:
    """Dilate by a disk.

    Args:
        mask: (h, w) bool.
        radius_um: radius of the disk; at least one pixel is taken.
        um_per_px: scale.

    Returns:
        (h, w) bool.
    """
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _disk(radius_um, um_per_px)) > 0)


def shrink(mask: Mask, radius_um: float, um_per_px: float) -> Mask:
    """Erode by a disk; the image's edge does not erode. Arguments as in `grow`."""
    return np.asarray(cv2.erode(mask.astype(np.uint8), _disk(radius_um, um_per_px)) > 0)


def smooth_open(mask: Mask, radius_um: float, um_per_px: float) -> Mask:
    """Take away what is thinner than a disk. Arguments as in `grow`."""
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, _disk(radius_um, um_per_px)) > 0)


def smooth_close(mask: Mask, radius_um: float, um_per_px: float) -> Mask:
    """Fill what is narrower than a disk. Arguments as in `grow`."""
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, _disk(radius_um, um_per_px)) > 0)


def distance_um(mask: Mask, um_per_px: float) -> NDArray[np.float32]:
    """Distance of each pixel to the nearest pixel of a mask.

    Args:
        mask: (h, w) bool.
        um_per_px: scale.

    Returns:
        (h, w) float32 micrometres; infinite where the mask is empty.
    """
    if not mask.any():
        return np.full(mask.shape, np.inf, np.float32)
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(distance * um_per_px, np.float32)


def keep_large(mask: Mask, area_um2: float, um_per_px: float) -> Mask:
    """Drop components smaller than an area.

    Args:
        mask: (h, w) bool.
        area_um2: smallest area that stays.
        um_per_px: scale.

    Returns:
        (h, w) bool.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    kept = stats[:, cv2.CC_STAT_AREA] * um_per_px**2 >= area_um2
    kept[0] = False
    return np.asarray(kept[labels])


def touching(mask: Mask, seeds: Mask, connectivity: int = 8) -> Mask:
    """Keep the components of a mask that hold a seed pixel; (h, w) bool each."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=connectivity)
    held = np.zeros(count, np.bool_)
    held[np.unique(labels[seeds & mask])] = True
    return np.asarray(held[labels])


def fill_holes(mask: Mask) -> Mask:
    """Fill what is enclosed by a mask; (h, w) bool."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(filled, outlines, -1, 1, cv2.FILLED)
    return np.asarray(filled > 0)


def solidity(mask: Mask) -> float:
    """Area of one component over the area of its convex hull, in pixels; 1 for a convex cell.

    Args:
        mask: (h, w) bool with one component.

    Returns:
        0..1.
    """
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.concatenate(outlines)), 1)
    return float(mask.sum() / hull.sum())


def _disk(radius_um: float, um_per_px: float) -> NDArray[np.uint8]:
    radius = max(1, round(radius_um / um_per_px))
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)
