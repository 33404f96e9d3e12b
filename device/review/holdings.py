"""What slides hold, counted once: records are never changed, so only slides that got new ones are counted again."""

import threading
from collections.abc import Sequence

from sqlalchemy import Connection, Engine, Select, case, func, select, union

from contract.cell_types import UNIDENTIFIED
from contract.counts import is_counted, latest_type
from contract.reviewing import is_reviewed
from contract.tables import cell, device, field, review, verdict

Held = dict[str, int]

MOST_NEW = 5000
"""Records since the last look beyond which all slides are counted anew: to find out whose they are takes longer."""

MOST_KNOWN = 2000
"""Slides whose counts are kept, under 1 MB."""

NOTHING: Held = dict.fromkeys(("fields", "counted_cells", "unidentified", "reviewed"), 0)


class Holdings:
    """Counts what slides hold, again and again; any thread may ask.

    Args:
        engine: `Store.readers`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._seq = 0
        self._known: dict[str, Held] = {}

    def read(self, slide_ids: Sequence[str]) -> dict[str, Held]:
        """Count.

        Args:
            slide_ids: of a page of slides.

        Returns:
            For each slide its `fields`, `counted_cells`, and how many of these are `unidentified` and `reviewed` now.
        """
        with self._lock, self._engine.connect() as connection:  # what is read is no older than what is known
            self._forget_changed(connection)
            missing = [one for one in slide_ids if one not in self._known]
            self._known |= _count(connection, missing) if missing else {}
            held = {one: self._known[one] for one in slide_ids}
            for oldest in list(self._known)[: max(0, len(self._known) - MOST_KNOWN)]:
                del self._known[oldest]
            return held

    def _forget_changed(self, connection: Connection) -> None:
        own = select(device.c.id).scalar_subquery()  # whose sequence has an index
        of_field = field.join(cell, cell.c.field_id == field.c.id)
        said = {table: of_field.join(table, table.c.cell_id == cell.c.id) for table in (verdict, review)}
        places = {field: field, **said}
        ends = (select(func.max(table.c.seq)).where(table.c.device_id == own) for table in places)
        last = max(connection.execute(end).scalar() or 0 for end in ends)
        if last - self._seq > MOST_NEW:
            self._known.clear()
        elif last > self._seq:
            new = (
                select(field.c.slide_id).select_from(place).where(table.c.device_id == own, table.c.seq > self._seq)
                for table, place in places.items()
            )
            for slide_id in connection.execute(union(*new)).scalars():
                self._known.pop(slide_id, None)
        self._seq = last


def _count(connection: Connection, slide_ids: Sequence[str]) -> dict[str, Held]:
    held = {one: dict(NOTHING) for one in slide_ids}
    fields = select(field.c.slide_id, func.count().label("fields")).where(field.c.slide_id.in_(slide_ids))
    cells = (
        select(
            field.c.slide_id,
            func.count().label("counted_cells"),
            func.sum(case((latest_type() == UNIDENTIFIED, 1), else_=0)).label("unidentified"),
            func.sum(case((is_reviewed(), 1), else_=0)).label("reviewed"),
        )
        .select_from(field.join(cell, cell.c.field_id == field.c.id))
        .where(field.c.slide_id.in_(slide_ids), is_counted())
    )
    queries: tuple[Select[tuple[str, int]], ...] = (fields, cells)
    for query in queries:
        for row in connection.execute(query.group_by(field.c.slide_id)).mappings():
            held[row["slide_id"]] |= {name: row[name] for name in NOTHING if name in row}
    return held
