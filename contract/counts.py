"""How many cells of each type a slide holds, once people have had their say."""

from functools import cache

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    ScalarSelect,
    Select,
    Table,
    and_,
    bindparam,
    func,
    select,
)

from contract.tables import cell, field, review, verdict


def latest_type() -> ColumnElement[str]:
    """Return what a cell is called now: by its newest review, else by all looks at it (an expression over `cell`)."""
    return func.coalesce(_newest(review, review.c.new_type, review.c.reader.is_(None)), decided_type())


def decided_type() -> ColumnElement[str]:
    """Return what the bundle calls a cell, people left out: its newest verdict, else the cell's own."""
    return func.coalesce(_newest(verdict, verdict.c.cell_type), cell.c.cell_type)


def is_counted() -> ColumnElement[bool]:
    """Return whether a cell is in the differential: it joined, and is no second look at one that is in it."""
    again = select(verdict.c.id).where(verdict.c.cell_id == cell.c.id, verdict.c.same_as.is_not(None))
    return and_(cell.c.counted, ~again.exists())


def count_cells(engine: Engine, slide_id: str) -> dict[str, int]:
    """Count the cells that entered a slide's differential.

    Args:
        engine: of a database that holds Leukoscope's tables.
        slide_id: id of the slide.

    Returns:
        Cells for each type that occurs, unidentified ones among them; empty where none is counted yet.
    """
    with engine.connect() as connection:
        return read_counts(connection, slide_id)


def read_counts(connection: Connection, slide_id: str) -> dict[str, int]:
    """Count as `count_cells` does, within a transaction, so that what is written next rests on it."""
    return {row[0]: row[1] for row in connection.execute(_count_of_slide(), {"slide": slide_id})}


@cache
def _count_of_slide() -> Select[str, int]:
    name = latest_type().label("name")
    cells = cell.join(field, cell.c.field_id == field.c.id)
    of_slide = select(name, func.count()).select_from(cells).where(field.c.slide_id == bindparam("slide"), is_counted())
    return of_slide.group_by(name)


def list_types(engine: Engine, slide_id: str) -> dict[str, str]:
    """List what the cells of a slide's differential are called now.

    Args:
        engine: of a database that holds Leukoscope's tables.
        slide_id: id of the slide.

    Returns:
        Names by the cells' ids.
    """
    cells = cell.join(field, cell.c.field_id == field.c.id)
    query = select(cell.c.id, latest_type()).select_from(cells).where(field.c.slide_id == slide_id, is_counted())
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def _newest(of: Table, name: Column[str], *more: ColumnElement[bool]) -> ScalarSelect[str]:
    return select(name).where(of.c.cell_id == cell.c.id, *more).order_by(of.c.seq.desc()).limit(1).scalar_subquery()
