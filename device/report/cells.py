"""Which cells stand for a slide in its report, and what people made of the bundle's names."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Engine, Select, func, select

from contract.agreement import order_types
from contract.cell_types import APART, UNIDENTIFIED
from contract.counts import decided_type, is_counted, latest_type
from contract.reviewing import is_reviewed
from contract.tables import cell, field, verdict

MOST_OF_TYPE = 3
"""Cells of one type on the page; more would not fit on one."""

MOST_CELLS = 14
"""Cells on the page, two rows of it; types take turns."""


@dataclass(frozen=True, slots=True)
class Picked:
    """A cell that stands for its type.

    Attributes:
        cell_id: its row.
        cell_type: what it is called now.
        confidence: of the bundle, 0..1, in its own name for the cell.
        confirmed: a person looked and called it as the bundle does.
        renamed: a person calls it otherwise than the bundle.
        jpeg: its picture; None: no longer kept.
    """

    cell_id: str
    cell_type: str
    confidence: float
    confirmed: bool
    renamed: bool
    jpeg: bytes | None


@dataclass(frozen=True, slots=True)
class People:
    """What people did to the bundle's names of the counted cells.

    Attributes:
        counted: cells that joined the differential, unidentified ones among them.
        confirmed: looked at by a person who left the name.
        renamed: of an identified cell, given another name.
        identified: left open by the bundle, named by a person.
        opened: named by the bundle, called unidentified by a person.
        apart: taken out of the differential by a person: no white cell, or none to name.
    """

    counted: int
    confirmed: int
    renamed: int
    identified: int
    opened: int
    apart: int

    @property
    def untouched(self) -> int:
        """Cells that nobody confirmed or renamed one by one."""
        return self.counted - self.confirmed - self.renamed - self.identified - self.opened - self.apart


def compare_people(engine: Engine, slide_id: str) -> People:
    """Count what people did to the bundle's names.

    Args:
        engine: `Store.readers`.
        slide_id: the slide.

    Returns:
        The numbers.
    """
    said = select(decided_type().label("machine"), latest_type().label("now"), is_reviewed().label("reviewed"))
    cells = said.select_from(cell.join(field, cell.c.field_id == field.c.id))
    cells_of = cells.where(field.c.slide_id == slide_id, is_counted()).subquery()
    names = (cells_of.c.machine, cells_of.c.now, cells_of.c.reviewed)
    with engine.connect() as connection:
        rows = connection.execute(select(*names, func.count()).group_by(*names)).all()
    found = dict.fromkeys(("counted", "confirmed", "renamed", "identified", "opened", "apart"), 0)
    for machine, named, reviewed, cells_so in rows:
        found["counted"] += cells_so
        kind = _find_kind(machine, named, bool(reviewed))
        if kind:
            found[kind] += cells_so
    return People(**found)


def pick_cells(
    engine: Engine, slide_id: str, cut: Callable[[str], bytes | None], most: int = MOST_CELLS
) -> tuple[tuple[str, tuple[Picked, ...]], ...]:
    """Pick the cells that stand for a slide: of each type those that a person confirmed, then the surest.

    Args:
        engine: `Store.readers`.
        slide_id: the slide.
        cut: gives the picture of a cell as JPEG, or None where it is no longer kept.
        most: cells on the page.

    Returns:
        Types in the order of a differential, each with one cell or more.
    """
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(_select_cells(slide_id)).mappings()]
    by_type: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=_rank):
        by_type.setdefault(row["now"], []).append(row)
    types = order_types(set(by_type) - set(APART))
    room = _share_room([min(MOST_OF_TYPE, len(by_type[name])) for name in types], most)
    return tuple(
        (name, tuple(_pick(row, cut) for row in by_type[name][:places]))
        for name, places in zip(types, room, strict=True)
        if places
    )


def _select_cells(slide_id: str) -> Select[Any]:
    newest = (
        select(verdict.c.confidence)
        .where(verdict.c.cell_id == cell.c.id)
        .order_by(verdict.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            cell.c.id,
            decided_type().label("machine"),
            latest_type().label("now"),
            is_reviewed().label("reviewed"),
            func.coalesce(newest, cell.c.confidence).label("confidence"),
            field.c.picture_path.is_not(None).label("kept"),
        )
        .select_from(cell.join(field, cell.c.field_id == field.c.id))
        .where(field.c.slide_id == slide_id, is_counted())
        .order_by(cell.c.seq)
    )


def _rank(row: dict[str, Any]) -> tuple[bool, bool, bool, float]:
    confirmed = row["reviewed"] and row["machine"] == row["now"]
    renamed = row["machine"] != row["now"]
    return not row["kept"], not confirmed, renamed, -row["confidence"]


def _share_room(wanted: list[int], most: int) -> list[int]:
    """Give every type one place, then a second, until the page is full."""
    given = [0] * len(wanted)
    for turn in range(MOST_OF_TYPE):
        for at, cells in enumerate(wanted):
            if cells > turn and sum(given) < most:
                given[at] += 1
    return given


def _pick(row: dict[str, Any], cut: Callable[[str], bytes | None]) -> Picked:
    cell_id, machine, named, reviewed, confidence, _ = itemgetter(
        "id", "machine", "now", "reviewed", "confidence", "kept"
    )(row)
    same = machine == named
    return Picked(cell_id, named, confidence, bool(reviewed and same), not same, cut(cell_id))


def _find_kind(machine: str, named: str, reviewed: bool) -> str:
    if machine == named:
        return "confirmed" if reviewed else ""
    if named in APART:
        return "apart"
    if machine == UNIDENTIFIED:
        return "identified"
    return "opened" if named == UNIDENTIFIED else "renamed"
