"""What has been recorded: slides and captures as the page shows them. Reads only, in plain JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Engine, RowMapping, Select, func, select

from contract.deleting import deletes, find_deletion
from contract.feed import row_to_json
from contract.tables import capture, device, event, field, slide
from device.frame import Frame
from device.keeping.rows import is_frame
from device.review.slide_search import SlideWish, search_slides

Entry = dict[str, Any]

LOOKED_THROUGH = 100
"""Newest captures that are looked through before the days' place in the sequence is looked up, which is slower."""

_NO_END = 2**63 - 1


@dataclass(frozen=True, slots=True)
class CaptureWish:
    """Which captures to list.

    Attributes:
        slide_id: only those of this slide; None: of all.
        since, until: captured at or after, and before, these moments; None: any.
        before: seq of the last one on the page before; None: from the newest.
        limit: most captures to list.
    """

    slide_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 100


def list_slides(engine: Engine, limit: int = 100) -> list[Entry]:
    """List slides, newest first, as `device.review.slide_search.find_slide` gives them.

    Args:
        engine: `Store.readers`.
        limit: most slides to list.

    Returns:
        Slides with what they hold.
    """
    return search_slides(engine, SlideWish(limit=limit))[0]


def list_captures(engine: Engine, slide_id: str | None = None, limit: int = 100) -> list[Entry]:
    """List captures whose files are there, newest first.

    Args:
        engine: `Store.readers`.
        slide_id: only those of this slide; None: of all.
        limit: most captures to list.

    Returns:
        As `search_captures`.
    """
    return search_captures(engine, CaptureWish(slide_id, limit=limit))


def search_captures(engine: Engine, wish: CaptureWish) -> list[Entry]:
    """List captures whose files were not deleted, newest first.

    Args:
        engine: `Store.readers`.
        wish: which.

    Returns:
        The columns of `capture` with its `slide_id`, `accession`, `frame_seq` and `simulated`.
    """
    query = _select_captures().where(~_is_deleted(), *_match_days(wish)).order_by(capture.c.seq.desc())
    query, last = query.limit(wish.limit), (wish.before or _NO_END) - 1
    if wish.slide_id is not None:
        query = query.where(field.c.slide_id == wish.slide_id, capture.c.seq <= last)  # few: found by their fields
        return [_make_capture(row) for row in _read(engine, query)]
    # the sequence of this very device has an index
    query = query.where(capture.c.device_id == select(device.c.id).scalar_subquery())
    found: list[RowMapping] = []
    for stretch in _list_stretches(engine, wish, last):
        found = _read(engine, query.where(capture.c.seq.between(*stretch)))
        if len(found) == wish.limit:
            break
    return [_make_capture(row) for row in found]


def find_capture(engine: Engine, capture_id: str) -> Entry | None:
    """Find one capture as `list_captures` gives it.

    Args:
        engine: `Store.readers`.
        capture_id: its id.

    Returns:
        The capture with `deleted`, the detail of the event that says so, or None; None instead of a capture where there
        is none of that id. Its paths are relative to the folder of the database.
    """
    found = _read(engine, _select_captures().where(capture.c.id == capture_id))
    if not found:
        return None
    return _make_capture(found[0]) | {"deleted": find_deletion(engine, capture_id)}


def find_frame_capture(engine: Engine, slide_id: str, frame: Frame) -> str | None:
    """Return the id of the first capture of this very frame, None where it was not captured, or deleted again."""
    query = _select_captures().where(is_frame(slide_id, frame), ~_is_deleted())
    found = _read(engine, query.order_by(capture.c.seq).limit(1))
    return str(found[0]["id"]) if found else None


def _match_days(wish: CaptureWish) -> list[ColumnElement[bool]]:
    match: list[ColumnElement[bool]] = []
    if wish.since is not None:
        match.append(capture.c.captured_at >= wish.since)
    if wish.until is not None:
        match.append(capture.c.captured_at < wish.until)
    return match


def _list_stretches(engine: Engine, wish: CaptureWish, last: int) -> Iterator[tuple[int, int]]:
    """List parts of the sequence to look in: the newest first, where all of a page often lies, then all of the days."""
    own = capture.c.device_id == select(device.c.id).scalar_subquery()
    newest = select(capture.c.seq).where(own, capture.c.seq <= last).order_by(capture.c.seq.desc())
    with engine.connect() as connection:
        end = connection.execute(newest.offset(LOOKED_THROUGH - 1).limit(1)).scalar()
    yield end or 0, last
    if end is not None and (days := _match_days(wish)):
        ends = select(func.min(capture.c.seq), func.max(capture.c.seq)).where(*days)
        with engine.connect() as connection:
            begun, ended = connection.execute(ends).one()
        yield begun or 0, min(last, ended or 0)
    elif end is not None:
        yield 0, last


@cache
def _is_deleted() -> ColumnElement[bool]:
    return select(event.c.id).where(deletes(field.c.slide_id, capture.c.id)).exists()


@cache
def _select_captures() -> Select[Any]:
    captures = capture.join(field, capture.c.field_id == field.c.id).join(slide, field.c.slide_id == slide.c.id)
    beside = (field.c.slide_id, slide.c.accession, field.c.frame_seq, field.c.simulated)
    return select(capture, *beside).select_from(captures)


def _make_capture(row: RowMapping) -> Entry:
    beside = {name: row[name] for name in ("slide_id", "accession", "frame_seq", "simulated")}
    return row_to_json(capture, dict(row)) | beside


def _read(engine: Engine, query: Select[Any]) -> list[RowMapping]:
    with engine.connect() as connection:
        return list(connection.execute(query).mappings())
