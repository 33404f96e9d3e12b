"""The counted cells of a slide as a person reviews them: page by page, each with both labels and who gave which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Engine, RowMapping, Select, and_, func, or_, select

from contract.counts import is_counted, latest_type
from contract.failures import Refusal
from contract.moments import write_moment
from contract.reviewing import find_standing, is_reviewed
from contract.tables import CELL_FRACTIONS, cell, field, review, verdict

Entry = dict[str, Any]
Sort = Literal["time", "confidence", "-time", "-confidence"]

MEASURED = ("diameter_um", *CELL_FRACTIONS, "nucleus_lobes", "nucleus_fraction", "area_um2")
"""Morphology that is stored of a cell; columns of `cell`."""


class GalleryError(Refusal):
    """A page of cells is asked for by a place that is none. Use `next` of the page before, with the same order."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which cells of a slide to list.

    Attributes:
        cell_type: only those that are called so now; None: all.
        reviewed: only those that a person has named, or only the others; None: both.
        below: only those of which the bundle was less sure, 0..1; None: all.
        sort: by time of the field or by confidence; with a minus the latest, or surest, first.
        after: `next` of the page before; empty: from the start.
        limit: most cells to list.
    """

    cell_type: str | None = None
    reviewed: bool | None = None
    below: float | None = None
    sort: Sort = "time"
    after: str = ""
    limit: int = 200


def list_cells(engine: Engine, slide_id: str, wish: Wish) -> tuple[list[Entry], str | None]:
    """List counted cells of a slide.

    The place of a page is a value, not a number of rows: what is recorded meanwhile moves nothing.

    Args:
        engine: `Store.readers`.
        slide_id: the slide.
        wish: which of its cells.

    Returns:
        Cells as `find_cells` gives them, and the place of the next page; None where this is the last.

    Raises:
        GalleryError: `wish.after` is no place in this order.
    """
    cells = _select_cells().where(field.c.slide_id == slide_id, is_counted(), *_narrow(wish)).subquery()
    key = (cells.c.confidence, cells.c.seq) if wish.sort.endswith("confidence") else (cells.c.seq,)
    down = wish.sort.startswith("-")
    query = select(cells).order_by(*(one.desc() if down else one for one in key)).limit(wish.limit + 1)
    if wish.below is not None:
        query = query.where(cells.c.confidence < wish.below)
    if wish.after:
        query = query.where(_follows(key, _read_place(wish.after, len(key)), down))
    found = _read(engine, query)
    listed = found[: wish.limit]
    last = listed[-1] if len(found) > wish.limit else None
    return _tell_all(engine, listed), None if last is None else _write_place(last, len(key))


def find_cells(engine: Engine, cell_ids: Sequence[str]) -> list[Entry]:
    """Find cells by id, in the order of their fields.

    Args:
        engine: `Store.readers`.
        cell_ids: their ids; unknown ones are left out.

    Returns:
        For each cell: its row in short, `slide_id`, `type_now`, `machine` (type, confidence, candidates,
        probabilities of the newest verdict, else its own), `reviews` (oldest first), `human` (the standing one, or
        None), `picture_kept`.
    """
    return _tell_all(engine, _read(engine, _select_cells().where(cell.c.id.in_(cell_ids)).order_by(cell.c.seq)))


def list_field_cells(engine: Engine, field_id: str) -> list[Entry]:
    """List all cells of a field with their outlines, those that are not counted too.

    Args:
        engine: `Store.readers`.
        field_id: the field.

    Returns:
        For each cell `id`, `box`, `contour`, `type_now` and `counted`.
    """
    columns = (*(cell.c[name] for name in ("id", "x0", "y0", "x1", "y1", "contour")), latest_type().label("type_now"))
    query = select(*columns, is_counted().label("counted")).where(cell.c.field_id == field_id).order_by(cell.c.seq)
    return [{**row, "box": _box(row)} for row in _read(engine, query)]


def _select_cells() -> Select[Any]:
    newest = select(verdict.c.id).where(verdict.c.cell_id == cell.c.id).order_by(verdict.c.seq.desc()).limit(1)
    joined = cell.join(field, cell.c.field_id == field.c.id)
    machine = verdict.alias("machine")
    joined = joined.outerjoin(machine, machine.c.id == newest.correlate(cell).scalar_subquery())
    said = ("cell_type", "confidence", "probabilities", "candidates")
    return select(
        *(cell.c[name] for name in ("id", "seq", "field_id", "x0", "y0", "x1", "y1", "attributes", *MEASURED)),
        *(func.coalesce(machine.c[name], cell.c[name], type_=cell.c[name].type).label(name) for name in said),
        latest_type().label("type_now"),
        *(field.c[name] for name in ("slide_id", "captured_at", "frame_seq", "um_per_px")),
        field.c.picture_path.is_not(None).label("picture_kept"),
    ).select_from(joined)


def _narrow(wish: Wish) -> list[ColumnElement[bool]]:
    narrow: list[ColumnElement[bool]] = []
    if wish.cell_type is not None:
        narrow.append(latest_type() == wish.cell_type)
    if wish.reviewed is not None:
        narrow.append(is_reviewed() if wish.reviewed else ~is_reviewed())
    return narrow


def _follows(key: tuple[Any, ...], place: tuple[float, ...], down: bool) -> ColumnElement[bool]:
    """Whether a row stands behind a place; written out, for it is what an index can use."""
    first: ColumnElement[bool] = key[0] < place[0] if down else key[0] > place[0]
    if len(key) == 1:
        return first
    return or_(first, and_(key[0] == place[0], _follows(key[1:], place[1:], down)))


def _write_place(row: RowMapping, parts: int) -> str:
    return f"{row['confidence']!r}~{row['seq']}" if parts == 2 else str(row["seq"])


def _read_place(after: str, parts: int) -> tuple[float, ...]:
    *confidence, seq = after.split("~")
    try:
        place = (*(float(one) for one in confidence), int(seq))
    except ValueError:
        place = ()
    if len(place) != parts or abs(place[-1]) >= 2**63:
        raise GalleryError(f"after: {after!r} (expected `next` of the page before, in the same order)")
    return place


def _tell_all(engine: Engine, rows: Sequence[RowMapping]) -> list[Entry]:
    said = _read_reviews(engine, [row["id"] for row in rows])
    return [_tell(row, said.get(row["id"], [])) for row in rows]


def _tell(row: RowMapping, reviews: list[Entry]) -> Entry:
    machine = {name: row[name] for name in ("cell_type", "confidence", "probabilities", "candidates")}
    kept = ("id", "seq", "field_id", "slide_id", "frame_seq", "um_per_px", "type_now", "attributes", "picture_kept")
    return {
        **{name: row[name] for name in kept},
        "captured_at": write_moment(row["captured_at"]),
        "box": _box(row),
        "machine": machine,
        "human": find_standing(reviews),
        "reviews": reviews,
        "measured": {name: row[name] for name in MEASURED},
    }


def _read_reviews(engine: Engine, cell_ids: Sequence[str]) -> dict[str, list[Entry]]:
    if not cell_ids:
        return {}
    said: dict[str, list[Entry]] = {}
    query = select(review).where(review.c.cell_id.in_(cell_ids), review.c.reader.is_(None)).order_by(review.c.seq)
    for row in _read(engine, query):
        said.setdefault(row["cell_id"], []).append({**row, "reviewed_at": write_moment(row["reviewed_at"])})
    return said


def _box(row: RowMapping) -> tuple[int, int, int, int]:
    return row["x0"], row["y0"], row["x1"], row["y1"]


def _read(engine: Engine, query: Select[Any]) -> list[RowMapping]:
    with engine.connect() as connection:
        return list(connection.execute(query).mappings())
