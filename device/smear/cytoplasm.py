"""What fills the cytoplasm of each type of white cell: granules, dust, vacuoles."""

from collections.abc import Callable

import numpy as np

from device.smear.canvas import Canvas, Plane
from device.smear.granules import Grains, strew
from device.smear.stain import Stain

Density = Plane
"""(side_px, side_px, 3) optical density, R, G, B."""


def fill_cytoplasm(
    rng: np.random.Generator,
    canvas: Canvas,
    cell_type: str,
    stain: Stain,
    radius_um: float,
    plasm: Density,
    free: Plane,
) -> Density:
    """Strew into a cell's cytoplasm what its type is known by.

    Args:
        rng: the cell's own random numbers.
        canvas: of the cell.
        cell_type: one of `contract.cell_types.DIFFERENTIAL_ORDER`; a basophil is covered, not filled.
        stain: of the slide.
        radius_um: of the cell.
        plasm: (side_px, side_px, 3) density of the bare cytoplasm.
        free: (fine_px, fine_px) 0..1 where the cell is and its nucleus is not.

    Returns:
        (side_px, side_px, 3) density.
    """
    fill = _FILLINGS.get(cell_type)
    return plasm if fill is None else fill(rng, canvas, stain, radius_um, plasm, free)


def cover_with_granules(
    rng: np.random.Generator, canvas: Canvas, stain: Stain, radius_um: float, density: Density, body: Plane
) -> Density:
    """Cover a basophil, nucleus and all, with coarse dark granules; some are washed out by the stain's water.

    Args:
        rng: the cell's own random numbers.
        canvas: of the cell.
        stain: of the slide.
        radius_um: of the cell.
        density: (side_px, side_px, 3) of the finished cell below.
        body: (fine_px, fine_px) 0..1 where the cell is.

    Returns:
        (side_px, side_px, 3) density.
    """
    count = int(rng.integers(150, 330))
    coarse = strew(rng, canvas, Grains(count, (0.26, 0.5), (0.6, 1.0), 0.1), radius_um * 1.05, body)
    washed = strew(rng, canvas, Grains(int(rng.integers(0, 12)), (0.25, 0.5), (0.5, 0.9), 0.12), radius_um, body)
    cover = canvas.finish(coarse)[..., None]
    dark = density * (1 - np.float32(0.8) * cover) + cover * stain.basic_granule
    return np.asarray(dark * (1 - np.float32(0.7) * canvas.finish(washed)[..., None]), np.float32)


def _fill_neutrophil(
    rng: np.random.Generator, canvas: Canvas, stain: Stain, radius_um: float, plasm: Density, free: Plane
) -> Density:
    # Granules at the limit of what a lens resolves: the peaks of a fine noise look the same and cost less.
    dust = np.clip(canvas.noise(rng, 0.26) - 0.5, 0, 1.3) * free * np.float32(rng.uniform(0.5, 1.3))
    return plasm + canvas.finish(dust)[..., None] * stain.neutral_granule


def _fill_eosinophil(
    rng: np.random.Generator, canvas: Canvas, stain: Stain, radius_um: float, plasm: Density, free: Plane
) -> Density:
    big = strew(rng, canvas, Grains(460, (0.32, 0.5), (0.6, 1.0), 0.08), radius_um * 0.98, free)
    packed = canvas.finish(big)[..., None]
    uneven = canvas.finish(big * (1 + np.float32(0.3) * canvas.noise(rng, 0.42)))[..., None]
    return np.asarray(plasm * (1 - packed) + uneven * stain.eosin_granule * np.float32(1.1), np.float32)


def _fill_lymphocyte(
    rng: np.random.Generator, canvas: Canvas, stain: Stain, radius_um: float, plasm: Density, free: Plane
) -> Density:
    if radius_um < 4.8 or rng.random() > 0.4:  # only large granular lymphocytes have any
        return plasm
    few = strew(rng, canvas, Grains(14, (0.15, 0.28), (0.5, 0.9), 0.08), radius_um, free)
    return plasm + canvas.finish(few)[..., None] * stain.neutral_granule * np.float32(1.5)


def _fill_monocyte(
    rng: np.random.Generator, canvas: Canvas, stain: Stain, radius_um: float, plasm: Density, free: Plane
) -> Density:
    dust = strew(rng, canvas, Grains(160, (0.08, 0.16), (0.2, 0.8), 0.08), radius_um * 1.1, free)
    vacuoles = Grains(int(rng.integers(0, 18)), (0.25, 0.75), (0.7, 1.0), 0.1)
    holes = strew(rng, canvas, vacuoles, radius_um, free)
    dusty = plasm + canvas.finish(dust)[..., None] * stain.neutral_granule
    return np.asarray(dusty * (1 - np.float32(0.85) * canvas.finish(holes)[..., None]), np.float32)


_Filling = Callable[[np.random.Generator, Canvas, Stain, float, Density, Plane], Density]
_FILLINGS: dict[str, _Filling] = {
    "neutrophil": _fill_neutrophil,
    "eosinophil": _fill_eosinophil,
    "lymphocyte": _fill_lymphocyte,
    "monocyte": _fill_monocyte,
}
