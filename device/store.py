"""How the device keeps its records: one SQLite file, one writer, all of one event in one transaction."""

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine, select

from contract.counts import latest_type
from contract.database import DatabaseError, open_engine, open_reader, refuse_failures
from contract.moments import now
from contract.schema import migrate
from contract.tables import capture, cell, event, review, slide
from device.identity import claim_file, identify
from device.records import Judged, Prediction
from device.rows import make_field_row
from device.transaction import Transaction

DATABASE_NAME = "leukoscope.sqlite"
"""The file in the data folder; captures lie in folders beside it."""

log = logging.getLogger(__name__)


class StoreError(DatabaseError):
    """The store is told of something it does not hold. Look the record up again; it may be another device's."""


class Store:
    """The only writer of a device's records. Any thread may call it; one writes at a time.

    Each method is one transaction, done when it returns; a power cut can cost the newest rows, never the file.

    Attributes:
        path: the SQLite file.
        device_id: who this device is, for ever.
        readers: a read-only engine for everybody who only looks (`contract.counts`, `contract.feed`, `device.history`).

    Args:
        path: the SQLite file, made with its folder where missing, migrated (after a copy) where older.
        name: how this microscope is called in the lab's records; may change from one run to the next.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.device_id: str
        self.readers: Engine
        self._name = name
        self._engine: Engine
        self._lock = threading.Lock()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Open the file.

        Raises:
            IdentityError: in use by another program, or a lab's database.
            DatabaseError: it cannot be written, is no Leukoscope database or is newer than this program.
        """
        with ExitStack() as opening:
            self._engine = open_engine(self.path)  # makes the folder; connects only when it is used
            opening.enter_context(claim_file(self.path))
            opening.callback(self._engine.dispose)
            copied = migrate(self._engine)
            if copied:
                log.info("database brought up to date; as it was before, it is kept as %s", copied)
            with refuse_failures(str(self.path)):
                self.device_id = identify(self._engine, self.path, self._name)
            self.readers = open_reader(self.path)
            opening.callback(self.readers.dispose)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file; SQLite folds its log into it."""
        self._open.close()

    def open_slide(
        self, *, accession: str, operator: str, bundle_id: str, target: int, camera: str, simulated: bool
    ) -> str:
        """Begin a slide; the one before it is thereby done.

        Args:
            accession: code of the slide, never a patient's name; not empty.
            operator: who counts; may be empty.
            bundle_id: the bundle in use, with its short hash.
            target: white cells to count.
            camera: the source of the frames.
            simulated: the frames are drawn, not photographed.

        Returns:
            The slide's id.
        """
        row = {"accession": accession, "operator": operator, "bundle_id": bundle_id, "target": target}
        with self._write() as writing:
            return writing.insert(slide, row | {"camera": camera, "simulated": simulated, "opened_at": now()})

    def add_field(self, slide_id: str, judged: Judged) -> str:
        """Keep a field of view with all its cells, or nothing of it.

        Args:
            slide_id: the slide it belongs to.
            judged: the frame, what the bundle said of it, and which of its cells count.

        Returns:
            The field's id.

        Raises:
            DatabaseError: the rows cannot be written, a full disk for example.
        """
        with self._write() as writing:
            return writing.insert_field(
                make_field_row(slide_id, judged.prediction, judged.position), judged.prediction, judged.counted
            )

    def add_capture(self, slide_id: str, prediction: Prediction, files: dict[str, str], operator: str) -> str:
        """Keep the row of a capture whose files are safely on disk; `device.captures` makes them.

        Where the frame was not kept for the differential its field is added too, with no cell counted.

        Args:
            slide_id: the slide it belongs to.
            prediction: the captured frame and what the bundle said of it.
            files: raw_path, annotated_path, raw_sha256, annotated_sha256.
            operator: who captured; may be empty.

        Returns:
            The capture's id.
        """
        row = {"captured_at": prediction.frame.captured_at, "operator": operator}
        with self._write() as writing:
            field_id = writing.find_field(slide_id, prediction) or writing.insert_field(
                make_field_row(slide_id, prediction, None), prediction, [False] * len(prediction.cells)
            )
            return writing.insert(capture, row | files | {"field_id": field_id})

    def add_review(self, cell_id: str, *, operator: str, new_type: str, comment: str = "") -> str:
        """Keep what a person calls a cell; what the bundle called it stays as it is.

        Args:
            cell_id: the cell.
            operator: who says so; not empty.
            new_type: what it is called from now on.
            comment: free text, no patient's name.

        Returns:
            The review's id.

        Raises:
            StoreError: there is no such cell.
        """
        row = {"cell_id": cell_id, "operator": operator, "reviewed_at": now(), "comment": comment}
        with self._write() as writing:
            old = writing.connection.execute(select(latest_type()).where(cell.c.id == cell_id)).scalar_one_or_none()
            if old is None:
                raise StoreError(f"cell: {cell_id} (expected the id of a stored cell)")
            return writing.insert(review, row | {"old_type": old, "new_type": new_type})

    def add_event(self, level: str, kind: str, detail: dict[str, Any], slide_id: str | None = None) -> str:
        """Keep something that happened: a start, another bundle, a full disk.

        Args:
            level: one of `contract.tables.EVENT_LEVELS`.
            kind: short name, the same for the same thing.
            detail: plain JSON.
            slide_id: the slide it concerns, if any.

        Returns:
            The event's id.
        """
        row = {"at": now(), "level": level, "kind": kind, "detail": detail, "slide_id": slide_id}
        with self._write() as writing:
            return writing.insert(event, row)

    @contextmanager
    def _write(self) -> Iterator[Transaction]:
        with self._lock, refuse_failures(str(self.path)), self._engine.begin() as connection:
            yield Transaction(connection, self.device_id)
