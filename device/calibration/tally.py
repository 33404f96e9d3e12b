"""How many cells people named, by class; however many there are, only what is new is read."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, func, select

from contract.reviewing import count_step
from contract.tables import cell, device, field, review
from device.calibration.reviewed import find_mark

CELLS_AT_ONCE = 500
"""Cells whose reviews are read in one query; SQLite of old took 999 values in one."""


class _Kind(NamedTuple):
    drawn: bool
    new_type: str
    confirmed: bool
    mark: str


@dataclass(frozen=True, slots=True)
class Tallied:
    """What a tally counted.

    Attributes:
        drawn: these are drawn cells, for there are no others.
        counts: (confirmed, corrected) for each class as people name it.
        seen: cells of each class that one network saw, by that network's mark; empty: their features were not kept.
    """

    drawn: bool
    counts: dict[str, tuple[int, int]]
    seen: dict[str, Counter[str]]


class ReviewTally:
    """Counts the cells that `device.calibration.reviewed.find_reviewed` finds; any thread may ask.

    Reviews are never changed, so what was counted up to one of them stays counted; of cells that were named since,
    what they were is taken off and what they are is added.

    Args:
        engine: `Store.readers`.
        classes: of the bundle; cells named otherwise are left out.
        operators: whose reviews count; none given: everybody's.
    """

    def __init__(self, engine: Engine, classes: Sequence[str], operators: Sequence[str] = ()) -> None:
        self._engine = engine
        self._counting: ColumnElement[bool] = review.c.reader.is_(None)  # a second reading is for comparison only
        if operators:
            self._counting &= review.c.operator.in_(operators)
        self._classes = tuple(classes)
        self._lock = threading.Lock()
        self._seq = 0
        self._counts = Counter[_Kind]()

    def read(self) -> Tallied:
        """Count."""
        with self._lock:
            with self._engine.connect() as connection:
                self._bring_up(connection)
            drawn = not any(count for kind, count in self._counts.items() if not kind.drawn)
            said = {name: [0, 0] for name in self._classes}
            seen = {name: Counter[str]() for name in self._classes}
            for kind, count in self._counts.items():
                if kind.drawn == drawn:
                    said[kind.new_type][not kind.confirmed] += count
                    seen[kind.new_type][kind.mark] += count
            return Tallied(drawn, {name: (one[0], one[1]) for name, one in said.items()}, seen)

    def _bring_up(self, connection: Connection) -> None:
        last = connection.execute(select(func.max(review.c.seq)).where(_is_own())).scalar() or 0
        if self._seq == 0:
            self._counts = self._count(connection, last)
        else:
            new = select(review.c.cell_id).distinct().where(_is_own(), review.c.seq > self._seq)
            changed = connection.execute(new).scalars().all()
            for at in range(0, len(changed), CELLS_AT_ONCE):
                cell_ids = changed[at : at + CELLS_AT_ONCE]
                self._counts.subtract(self._count(connection, self._seq, cell_ids))
                self._counts.update(self._count(connection, last, cell_ids))
        self._seq = last

    def _count(self, connection: Connection, last: int, cell_ids: Sequence[str] | None = None) -> Counter[_Kind]:
        """Count cells by what their reviews up to one of them say, all or some; left out where all were taken back."""
        said = self._counting & (review.c.seq <= last)
        if cell_ids is not None:
            said &= review.c.cell_id.in_(cell_ids)
        standing = (
            select(func.max(review.c.seq).label("seq"))
            .where(said)
            .group_by(review.c.cell_id)
            .having(func.sum(count_step()) > 0)
            .subquery()
        )
        kinds = (field.c.simulated, review.c.new_type, review.c.new_type == cell.c.cell_type, find_mark())
        newest = standing.join(review, _is_own() & (review.c.seq == standing.c.seq))
        joined = newest.join(cell, review.c.cell_id == cell.c.id).join(field, cell.c.field_id == field.c.id)
        query = select(*kinds, func.count()).select_from(joined).where(review.c.new_type.in_(self._classes))
        return Counter({_Kind(*row[:4]): row[4] for row in connection.execute(query.group_by(*kinds))})


def _is_own() -> ColumnElement[bool]:
    return review.c.device_id == select(device.c.id).scalar_subquery()  # its sequence has an index
