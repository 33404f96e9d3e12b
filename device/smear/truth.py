"""What is known about a simulated field, because it was drawn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BACKGROUND, CYTOPLASM, NUCLEUS = 0, 1, 2
"""Values of a tissue mask."""


@dataclass(frozen=True, slots=True)
class WhiteCellTruth:
    """One white cell of a simulated field, as far as it is in view.

    Attributes:
        id: number of the cell on its slide, the same in every field that shows it.
        x_um, y_um: centre on the slide in micrometres, also where it lies outside the field.
        cell_type: one of `contract.cell_types.DIFFERENTIAL_ORDER`, or `SMUDGE`.
        box: (x0, y0, x1, y1) half-open, field pixels, around the part in view.
        touches_border: True if the field's edge may cut the cell.
        instance: value of the cell in `FieldTruth.instances`, from 1.
        tissue: (y1 - y0, x1 - x0) uint8, 0 background, 1 cytoplasm, 2 nucleus; of this cell only.
    """

    id: int
    x_um: float
    y_um: float
    cell_type: str
    box: tuple[int, int, int, int]
    touches_border: bool
    instance: int
    tissue: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class FieldTruth:
    """What a rendered field shows.

    Attributes:
        cells: every white cell of which a pixel is in view.
        tissue: (H, W) uint8, 0 background, 1 cytoplasm, 2 nucleus.
        instances: (H, W) uint16, 0 outside white cells, else `WhiteCellTruth.instance`.
    """

    cells: tuple[WhiteCellTruth, ...]
    tissue: NDArray[np.uint8]
    instances: NDArray[np.uint16]


def locate_cell(
    cell_id: int, centre_um: tuple[float, float], cell_type: str, instance: int, field: FieldTruth
) -> WhiteCellTruth | None:
    """Read off the maps of a field where one of its cells came to lie.

    Args:
        cell_id: number of the cell on its slide.
        centre_um: (x, y) on the slide in micrometres.
        cell_type: its type.
        instance: its value in the instance map.
        field: finished maps.

    Returns:
        The record; None if no pixel of the cell is in view.
    """
    mine = field.instances == instance
    rows, columns = np.flatnonzero(mine.any(axis=1)), np.flatnonzero(mine.any(axis=0))
    if rows.size == 0:
        return None
    x0, x1, y0, y1 = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
    height, width = mine.shape
    tissue = np.where(mine[y0:y1, x0:x1], field.tissue[y0:y1, x0:x1], BACKGROUND).astype(np.uint8)
    touches = x0 == 0 or y0 == 0 or x1 == width or y1 == height
    return WhiteCellTruth(cell_id, *centre_um, cell_type, (x0, y0, x1, y1), touches, instance, tissue)
