"""Everything about a slide that is no cell's place: its stain, how it dried, and the microscope it lies on."""

from dataclasses import dataclass, field

import numpy as np

from device.smear.optics import Optics, vary_optics
from device.smear.red_cells import RedCellStyle, vary_red_cells
from device.smear.stain import Stain, mix_stain, vary_stain


@dataclass(frozen=True, slots=True)
class Look:
    """How a slide looks; the default is the demo's, between a clean scanner and a Raspberry Pi.

    Attributes:
        stain: density of each part of a cell.
        red_cells: shape of red cells.
        optics: lamp, lens and camera.
    """

    stain: Stain = field(default_factory=lambda: mix_stain(0.12))
    red_cells: RedCellStyle = field(default_factory=RedCellStyle)
    optics: Optics = field(default_factory=Optics)


def vary_look(rng: np.random.Generator) -> Look:
    """Draw the look of some laboratory's slide under some microscope.

    Half are Raspberry Pi cameras on an eyepiece, with the bluish nuclei these show; half are clean.

    Args:
        rng: random numbers.

    Returns:
        The look.
    """
    pi = bool(rng.random() < 0.5)
    bluishness = float(rng.uniform(0.2, 1.05) if pi else rng.uniform(-0.15, 0.45))
    return Look(vary_stain(rng, bluishness), vary_red_cells(rng), vary_optics(rng, pi))
