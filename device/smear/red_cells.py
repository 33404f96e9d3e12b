"""What a red cell looks like: a thin disc of 7.2 um, thinner in the middle, seldom perfectly round."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DIAMETER_UM = 7.2


@dataclass(frozen=True, slots=True)
class RedCellStyle:
    """How the red cells of one slide dried.

    Attributes:
        pallor: how much thinner the middle is, 0 (flat discs) to 0.9 (rings).
        crenated: fraction of cells with a thorny edge, 0..1.
        elongation: typical relative deviation from a circle.
        dark_rim: extra thickness at the edge, 0..0.6.
    """

    pallor: float = 0.8
    crenated: float = 0.015
    elongation: float = 0.10
    dark_rim: float = 0.15


def vary_red_cells(rng: np.random.Generator) -> RedCellStyle:
    """Draw how the red cells of some slide dried."""
    crenated = float(rng.choice([0.0, 0.03, 0.4], p=[0.5, 0.4, 0.1]))
    return RedCellStyle(
        float(rng.uniform(0.1, 0.95)), crenated, float(rng.uniform(0.04, 0.2)), float(rng.uniform(0, 0.5))
    )


def draw_red_cell(seed: int, um_per_px: float, style: RedCellStyle) -> NDArray[np.float32]:
    """Draw the thickness of one red cell.

    Args:
        seed: the cell's own.
        um_per_px: scale.
        style: of the slide.

    Returns:
        (n, n) float32, n odd, 0 outside, about 1 at full thickness; the cell's centre is the middle pixel.
    """
    rng = np.random.default_rng(seed)
    radius_um = DIAMETER_UM / 2 * float(np.clip(rng.normal(1, 0.05), 0.75, 1.2))
    stretch, turn = 1 + abs(rng.normal(0, style.elongation)), rng.uniform(0, np.pi)
    reach = int(np.ceil(radius_um * stretch * 1.25 / um_per_px))
    axis = np.arange(-reach, reach + 1, dtype=np.float32) * np.float32(um_per_px)
    # The plane as complex numbers x + iy: turning is a product, and an angle's multiples are powers.
    place = (axis[None, :] + np.complex64(1j) * axis[:, None]) * np.complex64(np.exp(-1j * turn) / radius_um)
    place.real /= stretch**0.5
    place.imag *= stretch**0.5
    distance = np.abs(place) + np.float32(1e-6)
    out = distance / _edge(rng, place / distance, style.crenated)
    dip = _pallor(rng, place, style.pallor)
    rim = style.dark_rim * np.exp(-(((out - 0.86) / 0.12) ** 2))
    disc = np.clip((1 - out) * (radius_um / 0.5) + 0.5, 0, 1)
    return np.asarray(disc * disc * (3 - 2 * disc) * (1 - dip + rim) * float(rng.normal(1, 0.07)), np.float32)


def _edge(rng: np.random.Generator, direction: NDArray[np.complex64], crenated: float) -> NDArray[np.float32]:
    """Radius over mean radius for each direction (complex, of length 1)."""
    edge = np.ones(direction.shape, np.float32)
    power = direction
    for depth in (0.03, 0.02, 0.012):
        power = power * direction
        edge += (power * np.complex64(rng.normal(0, depth) * np.exp(1j * rng.uniform(0, 6.28)))).real
    if rng.random() < crenated:
        angle = np.angle(direction)
        edge += 0.04 * np.cos(int(rng.integers(9, 15)) * angle + 0.9 * np.sin(3 * angle))
    return edge


def _pallor(rng: np.random.Generator, place: NDArray[np.complex64], pallor: float) -> NDArray[np.float32]:
    """How much thinner the cell is at each place, given in cell radii: a flat hollow with a soft wall."""
    depth = float(np.clip(pallor * rng.uniform(0.4, 1.25), 0, 0.95))
    centre, width = complex(*rng.normal(0, 0.07, 2)), float(rng.uniform(0.36, 0.62))
    return np.asarray(depth * np.exp(-((np.abs(place - np.complex64(centre)) / width) ** 4)), np.float32)
