"""How large a camera pixel is, judged by red cells, for microscopes without a stage micrometer."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from device.red_cells import measure_red_cells

RED_CELL_UM = 7.2
"""Mean diameter of red cells in a dried smear."""

RED_CELL_SD_UM = 0.25
"""Standard deviation of that mean between healthy people: 6.7 to 7.7 um hold 95 %. No count of cells beats it."""

MIN_RED_CELLS = 4
"""Fewer round cells of one size occur by chance: up to 2 in histology and photographs of objects."""

MIN_SHARE = 0.5
"""Share of the area of all round things that must be of one size: 0.57 in the worst of 140 fields, 0.95 usually."""

SAME_SIZE = 0.25
"""Cells within this of the commonest size (natural log) are red cells: their spread in health is 0.07 to 0.12."""


class ScaleError(Refusal):
    """The scale cannot be told from red cells: too few single ones. Give um_per_px by hand, from a stage micrometer."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class ScaleEstimate:
    """How large a pixel is.

    Attributes:
        um_per_px: micrometres.
        error: standard error in micrometres per pixel, spread of red cells between people included.
        red_cells: cells that it rests on.
    """

    um_per_px: float
    error: float
    red_cells: int


def estimate_um_per_px(rgb: NDArray[np.uint8]) -> ScaleEstimate:
    """Estimate the scale of one field from its red cells.

    Args:
        rgb: (H, W, 3) uint8.

    Returns:
        The estimate.

    Raises:
        ScaleError: fewer than `MIN_RED_CELLS` round pale cells of one size.
    """
    return estimate_from_diameters(measure_red_cells(rgb))


def estimate_from_fields(fields: Iterable[NDArray[np.uint8]]) -> ScaleEstimate:
    """Estimate the scale of one microscope from several of its fields.

    Args:
        fields: (H, W, 3) uint8 each, all of one camera and objective.

    Returns:
        The estimate.

    Raises:
        ScaleError: as `estimate_um_per_px`, over all fields together.
    """
    return estimate_from_diameters(np.concatenate([np.empty(0), *(measure_red_cells(field) for field in fields)]))


def estimate_from_diameters(diameters_px: NDArray[np.float64]) -> ScaleEstimate:
    """Estimate the scale from the diameters of round pale cells.

    Args:
        diameters_px: (n,) as `measure_red_cells` gives them; one size among them is the commonest by area.

    Returns:
        The estimate.

    Raises:
        ScaleError: too few, or of every size.

    Source: diameter in smears 7.2 um, means of healthy people 6.7 to 7.7: Price-Jones curve, Dacie and Lewis, Practical
    Haematology.
    """
    sizes = np.log(diameters_px)
    same = np.abs(sizes - _find_commonest(sizes)) < SAME_SIZE if sizes.size else np.zeros(0, np.bool_)
    count = int(same.sum())
    if count < MIN_RED_CELLS or (diameters_px[same] ** 2).sum() < MIN_SHARE * (diameters_px**2).sum():
        raise ScaleError(
            f"um_per_px: {count} red cells of one size among {sizes.size} round things (expected at least "
            f"{MIN_RED_CELLS} that cover {MIN_SHARE:.0%} of their area, or a scale given by hand)"
        )
    middle = float(np.median(sizes[same]))
    spread = 1.4826 * float(np.median(np.abs(sizes[same] - middle)))
    um_per_px = RED_CELL_UM / float(np.exp(middle))
    # The standard error of a median is 1.25 times that of a mean.
    relative = np.hypot(1.25 * spread / np.sqrt(count), RED_CELL_SD_UM / RED_CELL_UM)
    return ScaleEstimate(um_per_px, um_per_px * float(relative), count)


def _find_commonest(sizes: NDArray[np.float64]) -> float:
    # By area, so that specks, which are many and small, do not outvote cells.
    grid = np.linspace(sizes.min(), sizes.max(), 256)
    density = np.exp(-0.5 * ((grid[:, None] - sizes[None, :]) / 0.07) ** 2) @ np.exp(2 * (sizes - sizes.max()))
    return float(grid[density.argmax()])
