"""From which side a cell is seen: windows cut, turned, flipped and scaled, labels and pixels alike."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.flatfield import BACKGROUND
from training.augment import Strength

NOTHING = (0, 255, 0)
"""Target outside an image: background, no class, no interior, as on the device, which pads with `BACKGROUND`."""


@dataclass(frozen=True, slots=True)
class Look:
    """One place in an image, seen from one side: where a window lies, how it is turned, flipped and scaled."""

    x: float
    y: float
    angle_deg: float
    scale: float
    flipped: bool
    mirrored: bool


def choose_look(centre: tuple[float, float], size: int, rng: np.random.Generator, strength: Strength) -> Look:
    """Draw how a window about a cell is seen.

    Args:
        centre: (x, y) of the cell in image pixels.
        size: side of the window in pixels.
        rng: source of chance.
        strength: how far to go.

    Returns:
        The look; an integer position where it is only turned by quarters.
    """
    shift = rng.uniform(-strength.jitter, strength.jitter, 2) * size
    flipped, mirrored = rng.random() < 0.5, rng.random() < strength.mirrored_share
    if rng.random() < strength.turned_share:
        scale = float(np.exp(rng.uniform(-1, 1) * np.log(strength.scale)))
        return Look(centre[0] + shift[0], centre[1] + shift[1], rng.uniform(0, 360), scale, flipped, mirrored)
    x, y = (round(value + move) for value, move in zip(centre, shift, strict=True))
    # whole pixels: nothing is interpolated
    return Look(x, y, 90.0 * rng.integers(4), 1.0, flipped, mirrored)


def cut_look(
    image: NDArray[np.uint8], target: NDArray[np.uint8], look: Look, size: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Cut a window from an image and the same window from its labels.

    Args:
        image: (h, w, 3) prepared RGB.
        target: (h, w, 3) tissue, class, interior.
        look: where and how.
        size: side of the window in pixels.

    Returns:
        ((size, size, 3), (size, size, 3)) uint8; labels are copied, never mixed.
    """
    matrix = _matrix(look, size)
    border = cv2.BORDER_REFLECT_101 if look.mirrored else cv2.BORDER_CONSTANT
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    white = (float(BACKGROUND),) * 3
    pixels = cv2.warpAffine(image, matrix, (size, size), flags=flags, borderMode=border, borderValue=white)
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_NEAREST
    labels = cv2.warpAffine(target, matrix, (size, size), flags=flags, borderMode=border, borderValue=NOTHING)
    return np.asarray(pixels, np.uint8), np.asarray(labels, np.uint8)


def _matrix(look: Look, size: int) -> NDArray[np.float64]:
    """Affine map from window pixels to image pixels; pixel i covers i to i + 1, so its centre is i + 0.5."""
    angle = np.deg2rad(look.angle_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / look.scale
    if look.flipped:
        turn[:, 0] *= -1
    if look.angle_deg % 90 == 0:
        turn = np.rint(turn * look.scale) / look.scale
    middle = (size - 1) / 2
    shift = np.array([look.x - 0.5, look.y - 0.5]) - turn @ np.array([middle, middle])
    return np.column_stack([turn, shift])
