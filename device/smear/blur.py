"""What hand and focus do to a picture while the shutter is open."""

import cv2
import numpy as np

from device.smear.motion import Moment
from device.smear.optics import Image

MOTION_POINTS = 8
"""Points of the line into which motion draws a point."""


def blur_moment(levels: Image, moment: Moment, um_per_px: float) -> Image:
    """Blur a picture by what happened while the shutter was open.

    Args:
        levels: (H, W, 3) float32.
        moment: way of the stage and defocus.
        um_per_px: scale.

    Returns:
        (H, W, 3) float32.
    """
    sigma = moment.defocus_um / um_per_px
    if sigma > 0.3:
        levels = np.asarray(cv2.GaussianBlur(levels, (0, 0), sigma), np.float32)
    dx, dy = (way / um_per_px for way in moment.travel_um)
    length = max(abs(dx), abs(dy))
    if length < 1:
        return levels
    # A line of a few points, each as wide as the gap to the next: a kernel of the whole line takes ten times as long.
    points = min(MOTION_POINTS, round(length) + 1)
    if length > 2 * points:
        levels = np.asarray(cv2.blur(levels, (round(abs(dx) / points) | 1, round(abs(dy) / points) | 1)), np.float32)
    size = (levels.shape[1], levels.shape[0])
    summed = np.zeros_like(levels)
    for at in np.linspace(-0.5, 0.5, points).tolist():
        shift = np.array([[1, 0, dx * at], [0, 1, dy * at]], np.float32)
        moved = cv2.warpAffine(levels, shift, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        cv2.add(summed, moved, summed)
    return np.asarray(summed / np.float32(points), np.float32)
