"""How many cells of each type a slide holds, once people have had their say."""

from sqlalchemy import ColumnElement, Engine, func, select

from contract.tables import cell, field, review


def latest_type() -> ColumnElement[str]:
    """Return what a cell is called now: by its newest review, else by the bundle (an expression over `cell`)."""
    newest = (
        select(review.c.new_type)
        .where(review.c.cell_id == cell.c.id)
        .order_by(review.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(newest, cell.c.cell_type)


def count_cells(engine: Engine, slide_id: str) -> dict[str, int]:
    """Count the cells that entered a slide's differential.

    Args:
        engine: of a database that holds Leukoscope's tables.
        slide_id: id of the slide.

    Returns:
        Cells for each type that occurs, unidentified ones among them; empty where none is counted yet.
    """
    name = latest_type().label("name")
    query = (
        select(name, func.count())
        .select_from(cell.join(field, cell.c.field_id == field.c.id))
        .where(field.c.slide_id == slide_id, cell.c.counted)
        .group_by(name)
    )
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}
