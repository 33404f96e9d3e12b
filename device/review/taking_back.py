"""Which cells joined the count last, for whoever takes them out again."""

from sqlalchemy import Engine, select

from contract.cell_types import APART
from contract.counts import is_counted, latest_type
from contract.tables import cell, field


def list_last_counted(engine: Engine, slide_id: str) -> tuple[str, ...]:
    """List the cells of the field that joined the count last and is still in it.

    Args:
        engine: `Store.readers`.
        slide_id: the slide.

    Returns:
        Ids of its counted cells; empty where nothing is in the count.
    """
    counts = (is_counted(), latest_type().not_in(APART))
    cells = cell.join(field, cell.c.field_id == field.c.id)
    of_slide = select(cell.c.field_id).select_from(cells).where(field.c.slide_id == slide_id, *counts)
    last = of_slide.order_by(cell.c.seq.desc()).limit(1)
    with engine.connect() as connection:
        field_id = connection.execute(last).scalar_one_or_none()
        if field_id is None:
            return ()
        return tuple(connection.execute(select(cell.c.id).where(cell.c.field_id == field_id, *counts)).scalars())
