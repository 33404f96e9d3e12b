"""Where in a cell the evidence for its name lies: how much each place speaks for the likeliest class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.cell import Cell
from contract.contributions import PlaceLogits, contrast_class


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """How much each place of a cell speaks for what it is called.

    Attributes:
        title: what was measured, in a few words.
        values: (h, w) logits; above 0: for, below 0: against.
        origin: (x, y) field pixels of the upper left corner of the first place.
        px_per_place: field pixels that a place is wide and high.
    """

    title: str
    values: NDArray[np.float32]
    origin: tuple[float, float]
    px_per_place: tuple[float, float]


def find_heat(cell: Cell, places: PlaceLogits, classes: Sequence[str]) -> Heat:
    """Take from a field's maps what speaks for a cell's likeliest class; their mean over the cell is what names it.

    Args:
        cell: of the field.
        places: of the same field.
        classes: of the bundle, in the order of the logits.

    Returns:
        Heat over the whole field.
    """
    best = likeliest(cell)
    title = f"speaks for {best.replace('_', ' ')}"
    return Heat(title, contrast_class(places.logits, list(classes).index(best)), (0.0, 0.0), places.px_per_place)


def likeliest(cell: Cell) -> str:
    """Name the class that a cell looks most like, also where it is left unidentified."""
    return max(cell.probabilities, key=cell.probabilities.__getitem__)
