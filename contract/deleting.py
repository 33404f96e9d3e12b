"""How a record says that the files of a capture are gone: its row stays, for records are never changed."""

from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, select

from contract.tables import capture, event, field

CAPTURE_DELETED = "capture_deleted"
"""Kind of the event; `capture_id` and `operator` stand in its detail."""


def deletes(slide_id: Any, capture_id: Any) -> ColumnElement[bool]:
    """Return whether an event says that a capture was deleted (an expression over `event`).

    Args:
        slide_id: of the capture, a value or a column; its index finds the few events of a slide.
        capture_id: its id, a value or a column.
    """
    named = event.c.detail["capture_id"].as_string() == capture_id
    return and_(event.c.slide_id == slide_id, event.c.kind == CAPTURE_DELETED, named)


def find_deletion(engine: Engine, capture_id: str) -> dict[str, Any] | None:
    """Find who deleted a capture.

    Args:
        engine: of a database that holds Leukoscope's tables.
        capture_id: its id.

    Returns:
        The event's detail; None where its files were not deleted.
    """
    query = (
        select(event.c.detail)
        .select_from(capture.join(field, capture.c.field_id == field.c.id))
        .join(event, deletes(field.c.slide_id, capture.c.id))
        .where(capture.c.id == capture_id)
        .order_by(event.c.seq)
        .limit(1)
    )
    with engine.connect() as connection:
        return connection.execute(query).scalar_one_or_none()
