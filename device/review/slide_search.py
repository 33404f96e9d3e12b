"""Which slides there were: searched by accession, operator and day, newest first, however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, RowMapping, Select, case, func, select

from contract.cell_types import UNIDENTIFIED
from contract.counts import is_counted, latest_type
from contract.feed import row_to_json
from contract.reviewing import is_reviewed
from contract.tables import cell, device, field, slide

Entry = dict[str, Any]

LOOKED_THROUGH = 2000
"""Slides that one search looks through; where it finds too few it says where to go on, so that none takes long."""


@dataclass(frozen=True, slots=True)
class SlideWish:
    """Which slides to list.

    Attributes:
        accession: part of the code, upper or lower case; empty: any.
        operator: part of the name; empty: any.
        since, until: opened at or after, and before, these moments; None: any.
        before: `next` of the page before; None: from the newest.
        limit: most slides to list.
    """

    accession: str = ""
    operator: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 20


def search_slides(engine: Engine, wish: SlideWish) -> tuple[list[Entry], int | None]:
    """List slides, newest first.

    Args:
        engine: `Store.readers`.
        wish: which.

    Returns:
        Slides as `find_slide` gives them, and where the search goes on; None where all were looked through. A page can
        be short, even empty, and still go on.
    """
    # the sequence of this very device has an index, as have days; a search by words reads what is left
    within = [slide.c.device_id == select(device.c.id).scalar_subquery()]
    if wish.before is not None:
        within.append(slide.c.seq < wish.before)
    if _match_days(wish):
        within.append(slide.c.seq.between(*_find_stretch(engine, wish)))
    newest = select(slide.c.seq).where(*within).order_by(slide.c.seq.desc())
    with engine.connect() as connection:
        end = connection.execute(newest.offset(LOOKED_THROUGH - 1).limit(1)).scalar()
        if end is not None:
            within.append(slide.c.seq >= end)
        query = select(slide).where(*within, *_match(wish)).order_by(slide.c.seq.desc()).limit(wish.limit)
        found = list(connection.execute(query).mappings())
    return _tell(engine, found), found[-1]["seq"] if len(found) == wish.limit else end


def find_slide(engine: Engine, slide_id: str) -> Entry | None:
    """Find a slide.

    Args:
        engine: `Store.readers`.
        slide_id: its id.

    Returns:
        The columns of `slide` with `fields` kept, `counted_cells`, how many of these are `unidentified` now and how
        many a person has `reviewed`; None where there is none of that id.
    """
    with engine.connect() as connection:
        found = list(connection.execute(select(slide).where(slide.c.id == slide_id)).mappings())
    return _tell(engine, found)[0] if found else None


def _match(wish: SlideWish) -> list[ColumnElement[bool]]:
    match: list[ColumnElement[bool]] = []
    for column, part in ((slide.c.accession, wish.accession), (slide.c.operator, wish.operator)):
        if part:
            match.append(column.icontains(part, autoescape=True))
    return match + _match_days(wish)


def _match_days(wish: SlideWish) -> list[ColumnElement[bool]]:
    match: list[ColumnElement[bool]] = []
    if wish.since is not None:
        match.append(slide.c.opened_at >= wish.since)
    if wish.until is not None:
        match.append(slide.c.opened_at < wish.until)
    return match


def _find_stretch(engine: Engine, wish: SlideWish) -> tuple[int | None, int | None]:
    with engine.connect() as connection:
        query = select(func.min(slide.c.seq), func.max(slide.c.seq)).where(*_match_days(wish))
        first, last = connection.execute(query).one()
    return first, last


def _tell(engine: Engine, slides: Sequence[RowMapping]) -> list[Entry]:
    ids = [row["id"] for row in slides]
    fields = select(field.c.slide_id, func.count().label("fields")).where(field.c.slide_id.in_(ids))
    cells = (
        select(
            field.c.slide_id,
            func.count().label("counted_cells"),
            func.sum(case((latest_type() == UNIDENTIFIED, 1), else_=0)).label("unidentified"),
            func.sum(case((is_reviewed(), 1), else_=0)).label("reviewed"),
        )
        .select_from(field.join(cell, cell.c.field_id == field.c.id))
        .where(field.c.slide_id.in_(ids), is_counted())
    )
    nothing = dict.fromkeys(("fields", "counted_cells", "unidentified", "reviewed"), 0)
    held: dict[str, Entry] = {one: dict(nothing) for one in ids}
    for query in (fields, cells):
        for row in _read(engine, query.group_by(field.c.slide_id)):
            held[row["slide_id"]] |= row
    return [row_to_json(slide, dict(row)) | held[row["id"]] for row in slides]


def _read(engine: Engine, query: Select[Any]) -> list[RowMapping]:
    with engine.connect() as connection:
        return list(connection.execute(query).mappings())
