"""How the device keeps its records: one SQLite file, one writer, all of one event in one transaction."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine

from contract.database import open_engine, open_reader, refuse_failures
from contract.moments import now
from contract.schema import migrate
from contract.tables import capture, event, slide, verdict
from device.keeping.identity import claim_file, identify
from device.keeping.pictures import Picture
from device.keeping.rows import make_field_row, make_verdict_rows
from device.keeping.transaction import Transaction
from device.loop.watchdog import ask_for_time
from device.preclassification import Judged, Prediction
from device.review.reviewing import write_reviews, write_undo
from device.review.signed import leave_signed

DATABASE_NAME = "leukoscope.sqlite"
"""The file in the data folder; captures lie in folders beside it."""

log = logging.getLogger(__name__)


class Store:
    """The only writer of a device's records. Any thread may call it; one writes at a time.

    Each method is one transaction, done when it returns; a power cut can cost the newest rows, never the file.

    Attributes:
        path: the SQLite file.
        device_id: who this device is, for ever.
        readers: a read-only engine for everybody who only looks (`contract.counts`, `contract.feed`).

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
            copied = migrate(self._engine, begin=ask_for_time)
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

    def add_field(self, slide_id: str, judged: Judged, picture: Picture | None = None) -> str | None:
        """Keep what is due of a judged frame, all of it or nothing: its field with all cells, and its verdicts.

        Args:
            slide_id: the slide it belongs to.
            judged: the frame, what the bundle said of it, and which of its cells count.
            picture: of the field, where one was kept.

        Returns:
            The field's id; None where only verdicts on cells of earlier fields are kept.

        Raises:
            DatabaseError: the rows cannot be written, a full disk for example.
        """
        prediction, field_id = judged.prediction, None
        with self._write() as writing:
            judged = leave_signed(writing.connection, slide_id, judged)
            if judged.new_place:
                row = make_field_row(slide_id, prediction, judged.position, picture)
                field_id = writing.insert_field(row, prediction, judged.counted, judged.marks)
            if judged.verdicts:
                writing.insert(verdict, *make_verdict_rows(judged))
        return field_id

    def add_capture(self, slide_id: str, prediction: Prediction, files: dict[str, str], operator: str) -> str:
        """Keep the row of a capture whose files are safely on disk; `device.keeping.captures` makes them.

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
            UnknownCellError: there is no such cell.
        """
        with self._write() as writing:
            return write_reviews(writing, [cell_id], operator, new_type, comment)

    def add_reviews(self, cell_ids: Sequence[str], *, operator: str, new_type: str | None, comment: str = "") -> None:
        """Keep what a person calls several cells, all of them or none; together they are one action.

        Args:
            cell_ids: the cells, each once.
            operator: who says so; not empty.
            new_type: what they are called from now on; None: what the bundle calls each of them.
            comment: free text, no patient's name.

        Raises:
            UnknownCellError: one of them is no stored cell.
        """
        with self._write() as writing:
            write_reviews(writing, cell_ids, operator, new_type, comment)

    def undo_reviews(self, slide_id: str, *, operator: str, reason: str = "") -> tuple[str, ...]:
        """Take back the last action of an operator on a slide: new reviews name the types from before.

        Args:
            slide_id: the slide.
            operator: whose action.
            reason: why; may be empty unless the slide is signed.

        Returns:
            The cells that have their name from before again.

        Raises:
            ReviewError: there is nothing to take back, or others have named the cells since.
        """
        with self._write() as writing:
            return write_undo(writing, slide_id, operator, reason)

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

    def write(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction for what its caller puts together: what is read in it still holds when it is written."""
        return self._write()

    @contextmanager
    def _write(self) -> Iterator[Transaction]:
        with self._lock, refuse_failures(str(self.path)), self._engine.begin() as connection:
            yield Transaction(connection, self.device_id)
