"""What has been recorded: slides and captures as the page shows them. Reads only, in plain JSON."""

from typing import Any

from sqlalchemy import Engine, RowMapping, Select, func, select

from contract.feed import row_to_json
from contract.tables import capture, cell, field, slide
from device.records import Frame
from device.rows import is_frame

Entry = dict[str, Any]


def find_open_slide(engine: Engine) -> Entry | None:
    """Find the slide to go on with after a restart.

    Args:
        engine: `Store.readers`.

    Returns:
        The newest slide's row, or None where there is none yet.
    """
    newest = list_slides(engine, limit=1)
    return newest[0] if newest else None


def list_slides(engine: Engine, limit: int = 100) -> list[Entry]:
    """List slides, newest first.

    Args:
        engine: `Store.readers`.
        limit: most slides to list.

    Returns:
        The columns of `slide` with `fields` kept and `counted_cells` (unidentified ones among them).
    """
    cells_of_slide = cell.join(field, cell.c.field_id == field.c.id)
    fields = select(func.count()).select_from(field).where(field.c.slide_id == slide.c.id)
    counted = select(func.count()).select_from(cells_of_slide).where(field.c.slide_id == slide.c.id, cell.c.counted)
    query = select(
        slide,
        fields.correlate(slide).scalar_subquery().label("fields"),
        counted.correlate(slide).scalar_subquery().label("counted_cells"),
    )
    return [
        row_to_json(slide, dict(row)) | {"fields": row["fields"], "counted_cells": row["counted_cells"]}
        for row in _read(engine, query.order_by(slide.c.seq.desc()).limit(limit))
    ]


def list_captures(engine: Engine, slide_id: str | None = None, limit: int = 100) -> list[Entry]:
    """List captures, newest first.

    Args:
        engine: `Store.readers`.
        slide_id: only those of this slide; None: of all.
        limit: most captures to list.

    Returns:
        The columns of `capture` with its `slide_id`, `frame_seq` and `simulated`.
    """
    query = _select_captures().order_by(capture.c.seq.desc()).limit(limit)
    if slide_id is not None:
        query = query.where(field.c.slide_id == slide_id)
    return [_make_capture(row) for row in _read(engine, query)]


def find_capture(engine: Engine, capture_id: str) -> Entry | None:
    """Find one capture as `list_captures` gives it.

    Args:
        engine: `Store.readers`.
        capture_id: its id.

    Returns:
        The capture, or None where there is none of that id. Its paths are relative to the folder of the database.
    """
    found = _read(engine, _select_captures().where(capture.c.id == capture_id))
    return _make_capture(found[0]) if found else None


def find_frame_capture(engine: Engine, slide_id: str, frame: Frame) -> str | None:
    """Return the id of the first capture of this very frame, None where it was not captured."""
    found = _read(engine, _select_captures().where(is_frame(slide_id, frame)).order_by(capture.c.seq).limit(1))
    return str(found[0]["id"]) if found else None


def _select_captures() -> Select[Any]:
    captures = capture.join(field, capture.c.field_id == field.c.id)
    return select(capture, field.c.slide_id, field.c.frame_seq, field.c.simulated).select_from(captures)


def _make_capture(row: RowMapping) -> Entry:
    beside = {name: row[name] for name in ("slide_id", "frame_seq", "simulated")}
    return row_to_json(capture, dict(row)) | beside


def _read(engine: Engine, query: Select[Any]) -> list[RowMapping]:
    with engine.connect() as connection:
        return list(connection.execute(query).mappings())
