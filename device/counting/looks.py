"""What all looks at one cell say together."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.cell import Cell
from contract.naming import LEAST_PROBABILITY, Naming, name_looks
from device.preclassification import Prediction

SURE_BORDER_UM = 4.0
"""A cell closer to the field's edge is seen without its surroundings, which the network looks at too."""

Sum = NDArray[np.float64]


def weigh_look(cell: Cell, prediction: Prediction) -> float:
    """Say how much a look at a cell is worth beside others at the same cell.

    Args:
        cell: seen at rest and whole.
        prediction: that holds it; sharper frames count by the square of their focus.

    Returns:
        Above 0; only ratios mean anything.
    """
    frame = prediction.frame
    height, width = frame.image.shape[:2]
    x0, y0, x1, y1 = cell.box
    border_um: float = min(x0, y0, width - x1, height - y1) * frame.um_per_px
    focus: float = max(frame.quality.focus, 0.1)
    return focus * focus * min(1.0, 0.25 + border_um / SURE_BORDER_UM)


class Looks:
    """Looks at one cell, of which only sums are kept, so that hours at one place cost nothing.

    Pictures of one rest repeat each other, faults included: a rest counts as one look of the mean quality, however
    long it was, and the looks of several rests are averaged rather than multiplied.

    Attributes:
        number: looks so far.
    """

    def __init__(self) -> None:
        self.number = 0
        self._decided: Naming | None = None
        self._rest = 0
        self._in_rest = 0  # looks
        self._sum, self._before = np.zeros(0), np.zeros(0)  # of weighted (log probabilities..., strangeness, 1)

    def add(self, cell: Cell, weight: float, rest: int, classes: Sequence[str]) -> None:
        """Add a look.

        Args:
            cell: as it was read.
            weight: from `weigh_look`.
            rest: number of the rest; another one than that of the look before begins anew.
            classes: of the bundle, in its order.
        """
        logs = [math.log(max(cell.probabilities[name], LEAST_PROBABILITY)) for name in classes]
        told = weight * np.array([*logs, cell.outside, 1.0])
        if rest != self._rest or not self._in_rest:
            self._before = self._total() if self.number else np.zeros_like(told)
            self._rest, self._in_rest, self._sum = rest, 0, np.zeros_like(told)
        self._sum += told
        self._in_rest += 1
        self.number += 1
        one = Naming(cell.cell_type, cell.confidence, cell.probabilities, cell.candidates, cell.outside)
        self._decided = one if self.number == 1 else None

    def decide(self, manifest: Manifest) -> Naming:
        """Name the cell by all looks; one look says what it said."""
        if self._decided is None:
            total = self._total()
            self._decided = name_looks(total[:-2] / total[-1], float(total[-2] / total[-1]), manifest)
        return self._decided

    def _total(self) -> Sum:
        return self._before + self._sum / self._in_rest
