"""What a slide held before this run looked at it: where its fields lie and which cells are counted there."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, Row, select

from contract.counts import is_counted
from contract.image import ImageError, decode_rgb
from contract.naming import Naming
from contract.tables import cell, field, verdict
from device.keeping.pictures import Pictures


@dataclass(frozen=True, slots=True, eq=False)
class PastField:
    """A field that was recorded.

    Attributes:
        view: (H, W, 3) uint8 RGB as it was read; None where its picture is no longer kept.
        um_per_px: its scale.
        region, x_um, y_um: where it lies.
        size_um: width and height in micrometres.
        analysed: it was not rejected.
    """

    view: NDArray[np.uint8] | None
    um_per_px: float
    region: int
    x_um: float
    y_um: float
    size_um: tuple[float, float]
    analysed: bool


@dataclass(frozen=True, slots=True)
class PastCell:
    """A cell that is in the count.

    Attributes:
        cell_id: under which it is stored.
        region, x_um, y_um: its centre on the slide.
        naming: what all looks at it said.
    """

    cell_id: str
    region: int
    x_um: float
    y_um: float
    naming: Naming


@dataclass(frozen=True, slots=True)
class Past:
    """A slide's past.

    Attributes:
        digests: of all pictures that were recorded.
        fields: those whose place is known.
        cells: those in the count whose place is known.
    """

    digests: tuple[str, ...] = ()
    fields: tuple[PastField, ...] = ()
    cells: tuple[PastCell, ...] = ()


Recall = Callable[[str], Past]
"""Gives the past of a slide by its id; empty for one that begins."""


def read_past(engine: Engine, pictures: Pictures, slide_id: str) -> Past:
    """Read what is known of a slide.

    Args:
        engine: `Store.readers`.
        pictures: of its fields.
        slide_id: the slide.

    Returns:
        Its past; 5 ms for each field whose picture is kept.
    """
    with engine.connect() as connection:
        fields = connection.execute(select(field).where(field.c.slide_id == slide_id).order_by(field.c.seq)).all()
        cells = connection.execute(
            select(cell, field.c.um_per_px, field.c.stage_region, field.c.stage_x_um, field.c.stage_y_um)
            .join(field, cell.c.field_id == field.c.id)
            .where(field.c.slide_id == slide_id, field.c.stage_region.is_not(None), is_counted())
        ).all()
        newest = {
            row.cell_id: row
            for row in connection.execute(
                select(verdict)
                .join(cell, verdict.c.cell_id == cell.c.id)
                .join(field, cell.c.field_id == field.c.id)
                .where(field.c.slide_id == slide_id, verdict.c.same_as.is_(None))
                .order_by(verdict.c.seq)
            )
        }
    return Past(
        tuple(row.frame_sha256 for row in fields),
        tuple(_make_field(row, pictures) for row in fields if row.stage_region is not None),
        tuple(_make_cell(row, newest.get(row.id, row)) for row in cells),
    )


def _make_field(row: Row[tuple[object, ...]], pictures: Pictures) -> PastField:
    size_um = row.width * row.um_per_px, row.height * row.um_per_px
    view = None
    if row.picture_path is not None:
        jpeg = pictures.read(row.picture_path, row.picture_sha256)
        try:
            view = None if jpeg is None else decode_rgb(jpeg, row.picture_path)
        except ImageError:
            view = None  # whoever looks at the picture is told; for the place others will do
    return PastField(
        view, row.um_per_px, row.stage_region, row.stage_x_um, row.stage_y_um, size_um, row.rejected is None
    )


def _make_cell(row: Row[tuple[object, ...]], told: Row[tuple[object, ...]]) -> PastCell:
    x_um = row.stage_x_um + (row.x0 + row.x1) / 2 * row.um_per_px
    y_um = row.stage_y_um + (row.y0 + row.y1) / 2 * row.um_per_px
    naming = Naming(told.cell_type, told.confidence, told.probabilities, tuple(told.candidates), outside=0.0)
    return PastCell(row.id, row.stage_region, x_um, y_um, naming)
