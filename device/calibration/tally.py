"""How many cells people named, by class; however many there are, only what is new is read."""

import threading
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Engine, func, select

from contract.reviewing import count_step
from contract.tables import cell, device, field, review

CELLS_AT_ONCE = 500
"""Cells whose reviews are read in one query; SQLite of old took 999 values in one."""

_Kind = tuple[bool, str, bool]


class ReviewTally:
    """Counts confirmed and corrected cells as `device.calibration.reviewed.count_reviewed` does; any thread may ask.

    Reviews are never changed, so what was counted up to one of them stays counted; of cells that were named since,
    what they were is taken off and what they are is added.

    Args:
        engine: `Store.readers`.
        classes: of the bundle; cells named otherwise are left out.
    """

    def __init__(self, engine: Engine, classes: Sequence[str]) -> None:
        self._engine = engine
        self._classes = tuple(classes)
        self._lock = threading.Lock()
        self._seq = 0
        self._counts = Counter[_Kind]()

    def read(self) -> dict[str, tuple[int, int]]:
        """Count.

        Returns:
            (confirmed, corrected) for each class as people name it; of drawn cells only where there are no others.
        """
        with self._lock:
            with self._engine.connect() as connection:
                self._bring_up(connection)
            drawn = not any(count for (simulated, _, _), count in self._counts.items() if not simulated)
            return {name: (self._counts[drawn, name, True], self._counts[drawn, name, False]) for name in self._classes}

    def _bring_up(self, connection: Connection) -> None:
        last = connection.execute(select(func.max(review.c.seq)).where(_is_own())).scalar() or 0
        if self._seq == 0:
            self._counts = _count(connection, self._classes, last)
        else:
            new = select(review.c.cell_id).distinct().where(_is_own(), review.c.seq > self._seq)
            changed = connection.execute(new).scalars().all()
            for at in range(0, len(changed), CELLS_AT_ONCE):
                cell_ids = changed[at : at + CELLS_AT_ONCE]
                self._counts.subtract(_count(connection, self._classes, self._seq, cell_ids))
                self._counts.update(_count(connection, self._classes, last, cell_ids))
        self._seq = last


def _is_own() -> ColumnElement[bool]:
    return review.c.device_id == select(device.c.id).scalar_subquery()  # its sequence has an index


def _count(
    connection: Connection, classes: Sequence[str], last: int, cell_ids: Sequence[str] | None = None
) -> Counter[_Kind]:
    """Count cells by what their reviews up to one of them say, all or some; left out where all were taken back."""
    said = (review.c.seq <= last) & review.c.reader.is_(None)
    if cell_ids is not None:
        said &= review.c.cell_id.in_(cell_ids)
    standing = (
        select(func.max(review.c.seq).label("seq"))
        .where(said)
        .group_by(review.c.cell_id)
        .having(func.sum(count_step()) > 0)
        .subquery()
    )
    kinds = (field.c.simulated, review.c.new_type, review.c.new_type == cell.c.cell_type)
    newest = standing.join(review, _is_own() & (review.c.seq == standing.c.seq))
    joined = newest.join(cell, review.c.cell_id == cell.c.id).join(field, cell.c.field_id == field.c.id)
    query = select(*kinds, func.count()).select_from(joined).where(review.c.new_type.in_(classes)).group_by(*kinds)
    return Counter({(row[0], row[1], row[2]): row[3] for row in connection.execute(query)})
