"""Pictures altered on purpose: evidence taken away, another lamp, another stain, another focus."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.flatfield import BACKGROUND
from training.augment import STAINS
from training.sources.all4_fields import BAR

Image = NDArray[np.uint8]

BORDER = 0.1
"""Share of height and width at each side that `keep_border` keeps."""

BRIGHTEST = 0.15
"""Share of the pixels outside cells that counts as empty plasma."""

PATCH_TRIES = 60
LEAST_GAIN = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture with its white cells known.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        cells: (H, W) the white cells, a little widened.
        near: (H, W) all that may belong to a white cell, wider still; holds `cells`.
    """

    image: Image
    cells: NDArray[np.bool_]
    near: NDArray[np.bool_]


def find_plasma(scene: Scene) -> Image:
    """Give the colour of empty plasma: the median of the brightest pixels outside white cells.

    Args:
        scene: the picture.

    Returns:
        (3,) uint8; `BACKGROUND` where nothing but white cells is in view.
    """
    outside = scene.image[~scene.near]
    if not len(outside):
        return np.full(3, BACKGROUND, np.uint8)
    grey = outside.mean(axis=1)
    return np.asarray(np.rint(np.median(outside[grey >= np.quantile(grey, 1 - BRIGHTEST)], axis=0)), np.uint8)


def blank_cells(scene: Scene) -> Image:
    """Paint white cells in the colour of empty plasma."""
    return np.where(scene.near[..., None], find_plasma(scene), scene.image)


def patch_cells(scene: Scene, rng: np.random.Generator) -> Image:
    """Cover white cells with other parts of the same picture that show none, so that no hole betrays where they were.

    Args:
        scene: the picture.
        rng: chooses the parts.

    Returns:
        (H, W, 3); plasma where the picture has too little else to give.
    """
    patched, left = blank_cells(scene), scene.near.copy()
    height, width = left.shape
    for _ in range(PATCH_TRIES):
        if not left.any():
            break
        shift = (int(rng.integers(height)), int(rng.integers(width)))
        usable = left & ~np.roll(scene.near, shift, (0, 1))
        patched[usable] = np.roll(scene.image, shift, (0, 1))[usable]
        left &= ~usable
    return patched


def keep_cells(scene: Scene, colour: Image | None = None) -> Image:
    """Replace everything but the white cells by one colour.

    Args:
        scene: the picture.
        colour: (3,) uint8; None: the picture's own plasma, so that the lamp can still be told.

    Returns:
        (H, W, 3).
    """
    return np.where(scene.cells[..., None], scene.image, find_plasma(scene) if colour is None else colour)


def keep_corner(scene: Scene) -> Image:
    """Keep only the bottom right corner, where scale bars are burnt in, its white cells blanked; plasma elsewhere."""
    height, width = scene.near.shape
    kept = np.zeros((height, width), bool)
    kept[round(height * (1 - BAR)) :, round(width * (1 - BAR)) :] = True
    return np.where(kept[..., None], blank_cells(scene), find_plasma(scene))


def keep_border(scene: Scene) -> Image:
    """Keep only a frame along the sides, its white cells blanked; plasma elsewhere."""
    height, width = scene.near.shape
    kept = np.ones((height, width), bool)
    down, across = round(height * BORDER), round(width * BORDER)
    kept[down : height - down, across : width - across] = False
    return np.where(kept[..., None], blank_cells(scene), find_plasma(scene))


def cast_lamp(image: Image, gain_sd: float, offset_sd: float, rng: np.random.Generator) -> Image:
    """Show a picture under another lamp and camera: each channel times a gain plus an offset, cut off at white.

    Args:
        image: (H, W, 3).
        gain_sd: standard deviation of the gain of a channel about 1.
        offset_sd: standard deviation of its offset, in grey levels.
        rng: source of chance.

    Returns:
        (H, W, 3) uint8.
    """
    gain = np.maximum(rng.normal(1, gain_sd, 3), LEAST_GAIN)
    offset = rng.normal(0, offset_sd, 3)
    return _to_bytes(image * gain + offset)


def shift_stain(scene: Scene, spread: float, rng: np.random.Generator) -> Image:
    """Show a picture as if each dye had taken more or less; empty plasma stays as it is.

    Args:
        scene: the picture.
        spread: standard deviation of the log gain of each dye in optical density, and four times that of the
            admixture of each channel's density to another's.
        rng: source of chance.

    Returns:
        (H, W, 3) uint8.

    Source: dyes of Ruifrok and Johnston 2001; see `training.augment.STAINS`.
    """
    plasma = find_plasma(scene).astype(np.float64) + 1
    density = -np.log((scene.image.astype(np.float64) + 1) / plasma)
    gains = np.exp(rng.normal(0, spread, 3))
    mix = STAINS.T @ np.diag(gains) @ np.linalg.inv(STAINS.T) + rng.normal(0, spread / 4, (3, 3))
    return _to_bytes(plasma * np.exp(-density @ mix.T) - 1)


def defocus(image: Image, sigma: float) -> Image:
    """Blur a picture.

    Args:
        image: (H, W, 3).
        sigma: standard deviation in pixels of this picture, > 0.

    Returns:
        (H, W, 3).
    """
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def widen(mask: NDArray[np.bool_], by_px: float) -> NDArray[np.bool_]:
    """Widen a mask on all sides.

    Args:
        mask: (H, W).
        by_px: how far, rounded to whole pixels.

    Returns:
        (H, W).
    """
    side = 2 * round(by_px) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel) > 0)


def _to_bytes(grey: NDArray[np.float64]) -> Image:
    return np.asarray(np.clip(np.rint(grey), 0, 255), np.uint8)
