"""Where granules and vacuoles lie in a cell."""

from dataclasses import dataclass

import numpy as np

from device.smear.canvas import Canvas, Plane


@dataclass(frozen=True, slots=True)
class Grains:
    """What is strewn into a cell.

    Attributes:
        count: how many are thrown; those outside `where` are lost.
        radius_um: (smallest, largest).
        levels: (faintest, strongest) 0..1.
        soft_um: blur of each.
    """

    count: int
    radius_um: tuple[float, float]
    levels: tuple[float, float]
    soft_um: float


def strew(rng: np.random.Generator, canvas: Canvas, grains: Grains, reach_um: float, where: Plane) -> Plane:
    """Strew grains over a disc and keep what falls into a region.

    Args:
        rng: the cell's own random numbers.
        canvas: of the cell.
        grains: what to strew.
        reach_um: radius of the disc.
        where: (fine_px, fine_px) 0..1.

    Returns:
        (fine_px, fine_px) float32 0..1.
    """
    out = reach_um * np.sqrt(rng.random(grains.count))
    angle = rng.uniform(0, 2 * np.pi, grains.count)
    centres = np.stack([out * np.cos(angle), out * np.sin(angle)], axis=1)
    radii = rng.uniform(*grains.radius_um, grains.count)
    levels = rng.uniform(*grains.levels, grains.count)
    column, row = np.clip((centres / canvas.step_um + canvas.fine_px / 2).astype(int), 0, canvas.fine_px - 1).T
    kept = where[row, column] > 0.5
    return canvas.blur(canvas.discs(centres[kept], radii[kept], levels[kept]), grains.soft_um)
