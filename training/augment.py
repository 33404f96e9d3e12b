"""What another microscope would have made of the same cells: stain, lamp, lens and sensor.

Works on single windows with numpy and OpenCV: with the cut of the window about a millisecond, which leaves the cores
to the network.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

# Optical densities (R, G, B) of haematoxylin-like blue, eosin-like red and what is left, rows of length 1.
# Source: Ruifrok and Johnston 2001, Quantification of histochemical staining by color deconvolution.
_STAINS = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
STAINS = _STAINS / np.linalg.norm(_STAINS, axis=1, keepdims=True)

_DENSITY = -np.log((np.arange(256, dtype=np.float32) + 1) / 256)


@dataclass(frozen=True, slots=True)
class Exchange:
    """How often the surroundings of cells are replaced; shares of windows, together at most 1.

    Args:
        other_share: by those of another picture, whose cells are covered.
        plain_share: by one colour.
        blank_share: not the surroundings but the cells are taken away: what is left must not look like one.
    """

    other_share: float = 0.0
    plain_share: float = 0.0
    blank_share: float = 0.0

    def __post_init__(self) -> None:
        assert 0 <= self.other_share + self.plain_share + self.blank_share <= 1, "shares of windows"


@dataclass(frozen=True, slots=True)
class Strength:
    """How far each change may go; 0 switches a change off. Shares are of windows.

    Args:
        anywhere_share: about any point of the picture instead of a cell, so that what is no cell is seen too.
        turned_share: free rotation and scaling; the others are only flipped and turned by quarters, which keeps
            their pixels as sharp as the device's.
        scale: largest factor of size, and of its inverse.
        jitter: largest distance of a cell from the window's centre, in sides of the window.
        mirrored_share: what lies outside the image is its mirror image and not empty plasma.
        colour_share: stain, cast and shading change.
        stain_gain: standard deviation of the log gain of each stain, in optical density.
        stain_turn: standard deviation of the off-diagonal mixing of densities between channels.
        cast_gain: standard deviation of the lamp's log gain per channel.
        cast_offset: standard deviation of a per-channel offset in grey levels.
        shading: largest change of brightness from one side of the window to the other, as a log gain.
        gamma: standard deviation of the log exponent.
        contrast: standard deviation of the log contrast about the mean.
        blur_share: defocus.
        blur_sigma: largest standard deviation of the blur in pixels.
        noise: largest standard deviation of sensor noise in grey levels.
        jpeg_share: compressed and opened again.
        jpeg_quality: lowest quality.
        exchange: of what surrounds the cells.
    """

    anywhere_share: float = 0.1
    turned_share: float = 0.6
    scale: float = 1.25
    jitter: float = 0.28
    mirrored_share: float = 0.5
    colour_share: float = 0.85
    stain_gain: float = 0.15
    stain_turn: float = 0.04
    cast_gain: float = 0.12
    cast_offset: float = 8.0
    shading: float = 0.15
    gamma: float = 0.12
    contrast: float = 0.12
    blur_share: float = 0.4
    blur_sigma: float = 1.5
    noise: float = 8.0
    jpeg_share: float = 0.25
    jpeg_quality: int = 40
    exchange: Exchange = field(default_factory=Exchange)


def strength_for(task: str, backgrounds: float | None = None) -> Strength:
    """Give the augmentation of a task.

    Args:
        task: "differential" or "screening".
        backgrounds: share of windows whose cells are seen before another background, or taken away; None: the task's.

    Returns:
        Its strength. Screening data come from one laboratory, where surroundings, lamp and class go together: most
        windows lose their surroundings, and the lamp changes more.
    """
    if task == "screening":
        share = 0.7 if backgrounds is None else backgrounds
        exchange = Exchange(0.5 * share, 0.3 * share, 0.2 * share)
        return Strength(cast_gain=0.2, cast_offset=14.0, exchange=exchange)
    share = 0.3 if backgrounds is None else backgrounds
    return Strength(exchange=Exchange(0.7 * share, 0.15 * share, 0.15 * share))


def change_camera(image: NDArray[np.uint8], rng: np.random.Generator, strength: Strength) -> NDArray[np.uint8]:
    """Show a window as another stain, lamp, lens and sensor would have; labels stay where they are.

    Args:
        image: (h, w, 3) RGB.
        rng: source of chance.
        strength: how far to go.

    Returns:
        (h, w, 3) uint8.
    """
    if rng.random() < strength.colour_share:
        image = _change_light(image, rng, strength)
    if rng.random() < strength.blur_share:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.2, max(0.21, strength.blur_sigma))), np.uint8)
    if strength.noise > 0:
        image = _add_noise(image, rng, strength.noise)
    if rng.random() < strength.jpeg_share:
        quality = int(rng.integers(strength.jpeg_quality, 96))
        _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return image


def _change_light(image: NDArray[np.uint8], rng: np.random.Generator, strength: Strength) -> NDArray[np.uint8]:
    gains = np.exp(rng.normal(0, strength.stain_gain, 3))
    mix = STAINS.T @ np.diag(gains) @ np.linalg.inv(STAINS.T) + rng.normal(0, strength.stain_turn, (3, 3))
    density = np.asarray(cv2.transform(_DENSITY[image], mix.astype(np.float32)), np.float32)
    shade = _shade(image.shape[:2], rng, strength.shading)[..., None]
    density = density + shade - rng.normal(0, strength.cast_gain, 3).astype(np.float32)
    grey = np.float32(256) * cv2.exp(-density) - np.float32(1)
    gamma = np.float32(np.exp(rng.normal(0, strength.gamma)))
    gain = np.float32(np.exp(rng.normal(0, strength.contrast)))
    offset = rng.normal(0, strength.cast_offset, 3).astype(np.float32)
    middle = np.float32(grey.mean())
    bent = _bend(np.clip(grey, 0, 255).astype(np.uint8), gamma)
    return _to_bytes((bent - middle) * gain + middle + offset)


def _bend(image: NDArray[np.uint8], gamma: np.float32) -> NDArray[np.float32]:
    curve = 255 * (np.arange(256, dtype=np.float32) / 255) ** gamma
    return np.asarray(curve.astype(np.float32)[image])


def _shade(shape: tuple[int, ...], rng: np.random.Generator, strength: float) -> NDArray[np.float32]:
    """A tilted and bent sheet of density, zero in the mean."""
    y = np.linspace(-0.5, 0.5, shape[0], dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, shape[1], dtype=np.float32)[None, :]
    tilt_y, tilt_x, bend = rng.uniform(-strength, strength, 3).astype(np.float32)
    return np.asarray(tilt_y * y + tilt_x * x + bend * (x * x + y * y - np.float32(1 / 6)), np.float32)


def _add_noise(image: NDArray[np.uint8], rng: np.random.Generator, largest: float) -> NDArray[np.uint8]:
    """Gaussian noise whose strength is mostly small, as cameras' are: squared uniform share of `largest`."""
    sd = np.float32(largest * rng.random() ** 2)
    return _to_bytes(image + sd * rng.standard_normal(image.shape, dtype=np.float32))


def _to_bytes(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(grey + np.float32(0.5), 0, 255).astype(np.uint8))
