"""Which slides there were: searched by accession, operator and day, newest first, however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, func, select

from contract.feed import row_to_json
from contract.tables import device, slide
from device.review.holdings import Holdings

Entry = dict[str, Any]

LOOKED_THROUGH = 500
"""Slides that one search looks through; where it finds too few it says where to go on, so that none takes long."""


_NO_END = 2**63 - 1


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


def search_slides(engine: Engine, wish: SlideWish, holdings: Holdings | None = None) -> tuple[list[Entry], int | None]:
    """List slides, newest first.

    Args:
        engine: `Store.readers`.
        wish: which.
        holdings: counts what slides hold; None: counted anew.

    Returns:
        Slides as `find_slide` gives them, and where the search goes on; None where all were looked through. A page can
        be short, even empty, and still go on.
    """
    last = (wish.before or _NO_END) - 1
    with engine.connect() as connection:
        found, end = _look_through(connection, wish, 0, last)
        days = _match_days(wish)
        if end is not None and days and len(found) < wish.limit:  # they lie far back, and have an index
            stretch = select(func.min(slide.c.seq), func.max(slide.c.seq)).where(*days)
            begun, ended = connection.execute(stretch).one()
            found, end = _look_through(connection, wish, begun or 0, min(last, ended or 0))
    return _tell(holdings or Holdings(engine), found), found[-1]["seq"] if len(found) == wish.limit else end


def _look_through(
    connection: Connection, wish: SlideWish, first: int, last: int
) -> tuple[list[RowMapping], int | None]:
    """Look through the newest slides of a part of the sequence; also give the last of these where there are more."""
    # the sequence of this very device has an index; a search by words reads what is left
    within = slide.c.device_id == select(device.c.id).scalar_subquery()
    newest = select(slide.c.seq).where(within, slide.c.seq.between(first, last)).order_by(slide.c.seq.desc())
    end = connection.execute(newest.offset(LOOKED_THROUGH - 1).limit(1)).scalar()
    looked = slide.c.seq.between(first if end is None else end, last)
    query = select(slide).where(within, looked, *_match(wish)).order_by(slide.c.seq.desc()).limit(wish.limit)
    return list(connection.execute(query).mappings()), end


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
    return _tell(Holdings(engine), found)[0] if found else None


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


def _tell(holdings: Holdings, slides: Sequence[RowMapping]) -> list[Entry]:
    held = holdings.read([row["id"] for row in slides])
    return [row_to_json(slide, dict(row)) | held[row["id"]] for row in slides]
