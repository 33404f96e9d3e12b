"""What lamp, lens and camera make of a smear: shading, haze, fringes, defocus, noise and compression."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Optics:
    """One microscope with its camera. Levels are 0..255 per channel R, G, B.

    Attributes:
        centre: level of empty plasma in the middle of the field.
        rim: level of empty plasma in the corners; pink on a Raspberry Pi camera whose lens was removed.
        rim_power: how late the rim begins, 1.5 (early) to 4.
        lean: (x, y) by which the brightest or greenest spot is off the middle, in half fields.
        haze: light that goes past the cells, 0..0.6: it takes contrast away.
        defocus_um: blur radius (Gaussian sigma) on the slide.
        fringe: strength of the bright and dark seams around cells out of focus; its sign is the side of focus.
        fringe_um: width of the fringe.
        colour_fringe: how much the fringe differs from red to blue.
        noise: deviation of a pixel's noise in grey levels.
        blotches: deviation of coarse colour noise in grey levels.
        jpeg_quality: of the camera's own compression, None for none.
    """

    centre: tuple[float, float, float] = (176.0, 178.0, 178.0)
    rim: tuple[float, float, float] = (216.0, 172.0, 186.0)
    rim_power: float = 2.2
    lean: tuple[float, float] = (0.1, -0.08)
    haze: float = 0.16
    defocus_um: float = 0.16
    fringe: float = 0.04
    fringe_um: float = 0.3
    colour_fringe: float = 0.2
    noise: float = 2.0
    blotches: float = 0.8
    jpeg_quality: int | None = None


def vary_optics(rng: np.random.Generator, pi: bool) -> Optics:
    """Draw some laboratory's microscope.

    Args:
        rng: random numbers.
        pi: True for a Raspberry Pi camera on an eyepiece, False for a slide scanner or a good camera.

    Returns:
        The microscope.
    """
    white = np.array([118, 120, 124]) if pi else np.array([238, 224, 212])
    centre = np.clip(white * rng.uniform(0.85, 1.2) * rng.normal(1, 0.05, 3), 60, 250)
    gain = np.array([1.75, 1.24, 1.36]) if pi else np.array([0.97, 0.96, 0.96])
    rim = np.clip(centre * (1 + (gain - 1) * rng.uniform(0.5, 1.4)) * rng.normal(1, 0.02, 3), 40, 250)
    return Optics(
        centre=_levels(centre),
        rim=_levels(rim),
        rim_power=float(rng.uniform(1.3, 3.2)),
        lean=(float(rng.normal(0, 0.15)), float(rng.normal(0, 0.15))),
        haze=float(rng.uniform(0.25, 0.66) if pi else rng.uniform(0, 0.15)),
        defocus_um=float(0.08 + rng.gamma(2.0, 0.09)),
        fringe=float(rng.normal(0.12, 0.1) if pi else rng.normal(0.01, 0.02)),
        fringe_um=float(rng.uniform(0.22, 0.5)),
        colour_fringe=float(rng.normal(0.2, 0.5)),
        noise=float(rng.uniform(0.5, 4.0)),
        blotches=float(rng.uniform(0, 2.5) if pi else rng.uniform(0, 0.8)),
        jpeg_quality=int(rng.integers(60, 97)) if rng.random() < 0.7 else None,
    )


def shade(optics: Optics, height: int, width: int) -> Image:
    """Compute the level of empty plasma at each pixel.

    Args:
        optics: the microscope.
        height: of the field in pixels.
        width: of the field in pixels.

    Returns:
        (height, width, 3) float32, 0..255.
    """
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] - np.float32(optics.lean[1])
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :] - np.float32(optics.lean[0])
    out = (np.hypot(x, y) / np.sqrt(2)) ** np.float32(optics.rim_power)
    out = np.minimum(out, 1.15)[..., None]
    return np.asarray(np.array(optics.centre) * (1 - out) + np.array(optics.rim) * out, np.float32)


def expose(density: Image, phase: NDArray[np.float32], light: Image, optics: Optics, um_per_px: float) -> Image:
    """Send light through stained cells onto the sensor.

    Args:
        density: (H, W, 3) float32 optical density; spoiled by the call.
        phase: (H, W) float32 glass-like thickness.
        light: (H, W, 3) level of empty plasma.
        optics: the microscope.
        um_per_px: scale.

    Returns:
        (H, W, 3) float32 levels without noise.

    Source: haze and density, Beer-Lambert; fringes, transport of intensity: out of focus, intensity changes by the
        Laplacian of the phase times the way out of focus (Teague 1983).
    """
    density *= np.float32(-np.log(10))
    cv2.exp(density, density)
    density *= np.float32(1 - optics.haze)
    density += np.float32(optics.haze)
    if optics.fringe:
        cv2.multiply(density, _fringes(phase, optics, um_per_px), density)
    sigma = optics.defocus_um / um_per_px
    if sigma > 0.3:
        cv2.GaussianBlur(density, (0, 0), sigma, density)
    return np.asarray(cv2.multiply(density, light, density), np.float32)


def _fringes(phase: NDArray[np.float32], optics: Optics, um_per_px: float) -> Image:
    soft = cv2.GaussianBlur(phase, (0, 0), optics.fringe_um / um_per_px)
    bend = cv2.Laplacian(soft, cv2.CV_32F, ksize=3) / np.float32(4 * um_per_px**2)
    weights = optics.fringe * np.array([1 + optics.colour_fringe, 1, 1 - optics.colour_fringe])
    bend = np.clip(bend, -0.5 / np.abs(weights).max(), 0.5 / np.abs(weights).max())
    return np.asarray(cv2.transform(bend, np.stack([weights, np.ones(3)], axis=1)), np.float32)


def make_noise(rng: np.random.Generator, optics: Optics, height: int, width: int) -> NDArray[np.int16]:
    """Draw a stock of sensor noise from which each exposure takes another piece.

    Args:
        rng: random numbers.
        optics: the microscope.
        height: of the stock in pixels.
        width: of the stock in pixels.

    Returns:
        (height, width, 3) int16 grey levels, mean 0.
    """
    noise = np.empty((height, width, 3), np.int16)
    for channel in range(3):  # one by one, so that no more than one plane of floats is in memory
        fine = rng.standard_normal((height, width), dtype=np.float32) * np.float32(optics.noise)
        fine = 0.75 * fine + 1.2 * cv2.GaussianBlur(fine, (0, 0), 0.9)
        knots = rng.standard_normal((height // 6 + 2, width // 6 + 2), dtype=np.float32) * np.float32(optics.blotches)
        noise[..., channel] = np.rint(fine + cv2.resize(knots, (width, height), interpolation=cv2.INTER_LINEAR))
    return noise


def develop(levels: Image, noise: NDArray[np.int16], optics: Optics) -> NDArray[np.uint8]:
    """Turn levels into the picture the camera hands out.

    Args:
        levels: (H, W, 3) float32.
        noise: (H, W, 3) int16.
        optics: the microscope.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    picture = cv2.add(levels, noise, dtype=cv2.CV_8U)
    if optics.jpeg_quality is None:
        return np.asarray(picture, np.uint8)
    bgr = cv2.cvtColor(np.asarray(picture, np.uint8), cv2.COLOR_RGB2BGR)
    _, coded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, optics.jpeg_quality])
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert decoded is not None  # it was encoded a line above
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def _levels(values: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])
