"""How a second person reads the counted cells of a slide, without the first one's names and without changing them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, distinct, func, select

from contract.cell_types import UNIDENTIFIED
from contract.counts import is_counted, latest_type
from contract.failures import Refusal
from contract.moments import now
from contract.tables import cell, field, review, slide
from device.keeping.transaction import Transaction

READER = 2
"""What stands on a review that was given in a second reading."""


class ReadingError(Refusal):
    """A second reading is not independent, or not of a counted cell. Another person reads, or the page is reloaded."""


@dataclass(frozen=True, slots=True)
class ReadCell:
    """A counted cell as a second reader has it.

    Attributes:
        id: its row.
        first_type: what it is called by whoever came first, in the differential; never shown before the end.
        own_type: what the second reader calls it; None: not read yet.
        has_picture: a picture of its field was kept.
    """

    id: str
    first_type: str
    own_type: str | None
    has_picture: bool


@dataclass(frozen=True, slots=True)
class SecondReader:
    """Who reads, and how many cells they have named."""

    operator: str
    cells: int


def list_cells(engine: Engine, slide_id: str, operator: str) -> tuple[ReadCell, ...]:
    """List the counted cells of a slide with what a second reader has said of them.

    Args:
        engine: `Store.readers`.
        slide_id: the slide.
        operator: the second reader.

    Returns:
        The cells in the order they were counted in.
    """
    with engine.connect() as connection:
        return tuple(ReadCell(**row) for row in connection.execute(_select_cells(slide_id, operator)).mappings())


def list_readers(engine: Engine, slide_id: str) -> tuple[SecondReader, ...]:
    """List who reads a slide a second time, in the order they began."""
    query = (
        select(review.c.operator, func.count(distinct(review.c.cell_id)).label("cells"))
        .select_from(review.join(cell, review.c.cell_id == cell.c.id).join(field, cell.c.field_id == field.c.id))
        .where(field.c.slide_id == slide_id, review.c.reader == READER, is_counted())
        .group_by(review.c.operator)
        .order_by(func.min(review.c.seq))
    )
    with engine.connect() as connection:
        return tuple(SecondReader(**row) for row in connection.execute(query).mappings())


def find_first_readers(connection: Connection, slide_id: str) -> tuple[str, ...]:
    """Name whoever had the slide before: who counted it, and who named cells of it."""
    counted_by = select(slide.c.operator).where(slide.c.id == slide_id)
    named_by = (
        select(review.c.operator)
        .select_from(review.join(cell, review.c.cell_id == cell.c.id).join(field, cell.c.field_id == field.c.id))
        .where(field.c.slide_id == slide_id, review.c.reader.is_(None))
    )
    return tuple(name for name in connection.execute(counted_by.union(named_by)).scalars() if name)


def find_dependence(connection: Connection, slide_id: str, operator: str) -> str | None:
    """Say why a person cannot be a slide's second reader, None where they can."""
    if not operator.strip():
        return "operator: nobody (expected who reads)"
    first = find_first_readers(connection, slide_id)
    if operator.casefold() in {name.casefold() for name in first}:
        return f"operator: {operator} has read this slide already (expected another person than {', '.join(first)})"
    return None


def write_reading(writing: Transaction, slide_id: str, cell_id: str, operator: str, new_type: str) -> str:
    """Write what a second reader calls a cell.

    Args:
        writing: the transaction it belongs to.
        slide_id: the slide that is read.
        cell_id: a counted cell of it.
        operator: the second reader.
        new_type: what they call it; said again, the newest holds.

    Returns:
        The review's id.

    Raises:
        ReadingError: the operator has read the slide before, or the cell is not counted on it.
    """
    reason = find_dependence(writing.connection, slide_id, operator)
    if reason is not None:
        raise ReadingError(reason)
    query = _select_cells(slide_id, operator).where(cell.c.id == cell_id)
    found = writing.connection.execute(query).mappings().one_or_none()
    if found is None:
        raise ReadingError(f"cell: {cell_id} (expected a counted cell of the slide)")
    said = {"cell_id": cell_id, "operator": operator, "reviewed_at": now(), "comment": "", "reader": READER}
    # to the second reader the cell had no name before their own
    return writing.insert(review, said | {"old_type": found["own_type"] or UNIDENTIFIED, "new_type": new_type})


def count_reading(connection: Connection, slide_id: str, operator: str) -> tuple[int, dict[str, int]]:
    """Count a second reading.

    Args:
        connection: to the records.
        slide_id: the slide.
        operator: the second reader.

    Returns:
        Counted cells that they have not read, and cells for each type that they named.
    """
    rows = connection.execute(_select_cells(slide_id, operator)).mappings()
    counts = Counter(row["own_type"] for row in rows)
    unread = counts.pop(None, 0)
    return unread, dict(counts)


def _select_cells(slide_id: str, operator: str) -> Select[Any]:
    own = (
        select(review.c.new_type)
        .where(review.c.cell_id == cell.c.id, review.c.reader == READER, review.c.operator == operator)
        .order_by(review.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            cell.c.id,
            latest_type().label("first_type"),
            own.label("own_type"),
            field.c.picture_path.is_not(None).label("has_picture"),
        )
        .select_from(cell.join(field, cell.c.field_id == field.c.id))
        .where(field.c.slide_id == slide_id, is_counted())
        .order_by(cell.c.seq)
    )
