"""How a field is captured: raw PNG and annotated JPEG of one very frame safe on the disk, then their row."""

import hashlib
import os
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from contract.database import DatabaseError
from contract.image import encode_png
from device.data_dir import check_data_dir
from device.frame import Frame
from device.keeping.history import find_frame_capture
from device.keeping.store import Store
from device.preclassification import Annotated

FOLDER = "captures"
"""Below the folder of the database; one folder for each day (UTC) in it."""


class CaptureError(DatabaseError):
    """A capture cannot be written: full or failing disk, or no rights. Nothing of it stays behind."""


class Captures:
    """Writes captures; any thread may ask for one.

    Args:
        store: open; the files lie in `FOLDER` beside its database.
        min_free_mb: refuse below this free space, so that the database can still be written.
        settle: waits until fields on their way to the store are there, so that a captured one is not kept twice.
    """

    def __init__(self, store: Store, min_free_mb: int, settle: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._root = store.path.parent
        self._min_free_mb = min_free_mb
        self._settle = settle
        self._lock = threading.Lock()

    def save(self, slide_id: str, annotated: Annotated, operator: str, facts: str = "") -> str:
        """Capture a frame; a frame that is captured already gives its first capture again.

        Args:
            slide_id: the slide it belongs to.
            annotated: what the person saw: the frame, what the bundle said of it, and the drawn JPEG.
            operator: who captures; may be empty.
            facts: JSON of the frame, kept beside its pictures; empty: none is kept.

        Returns:
            The capture's id.

        Raises:
            DataDirError: the disk is nearly full.
            CaptureError: the files cannot be written.
            DatabaseError: the row cannot be written; the files are gone again.
        """
        frame = annotated.prediction.frame
        with self._lock, ExitStack() as undoing:
            known = find_frame_capture(self._store.readers, slide_id, frame)
            if known is not None:
                return known
            check_data_dir(self._root, self._min_free_mb)
            self._settle()
            stem = f"{FOLDER}/{_name(frame)}"
            raw = self._write(f"{stem}_raw.png", encode_png(frame.image), undoing)
            drawn = self._write(f"{stem}_annotated.jpg", annotated.jpeg, undoing)
            if facts:
                self._write(place_facts(raw.path), facts.encode(), undoing)
            files = {"raw_path": raw.path, "annotated_path": drawn.path}
            files |= {"raw_sha256": raw.sha256, "annotated_sha256": drawn.sha256}
            capture_id = self._store.add_capture(slide_id, annotated.prediction, files, operator)
            undoing.pop_all()
            return capture_id

    def _write(self, path: str, content: bytes, undoing: ExitStack) -> "_Written":
        _write_safely(self._root / path, content)
        undoing.callback(_remove, self._root / path)
        return _Written(path, hashlib.sha256(content).hexdigest())


def place_facts(raw_path: str) -> str:
    """Say where the JSON of a capture lies: beside its raw picture, under the same name."""
    return f"{raw_path.removesuffix('_raw.png')}.json"


@dataclass(frozen=True, slots=True)
class _Written:
    path: str
    sha256: str


def _name(frame: Frame) -> str:
    """Day and frame; the frame's number starts again with each run, so time and hash stand beside it."""
    taken = frame.captured_at.astimezone(UTC)
    return f"{taken:%Y-%m-%d}/{taken:%Y%m%dT%H%M%S_%fZ}_frame{frame.seq:07d}_{frame.digest[:8]}"


def _write_safely(path: Path, content: bytes) -> None:
    """Write a file so that under its name it is whole, even after a power cut; or not there at all."""
    partial = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            _remove(partial)
        for folder in (path.parent, path.parent.parent, path.parent.parent.parent):  # the day's folder may be new too
            _sync_folder(folder)
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror} (expected a disk with room that can be written)") from error


def _remove(path: Path) -> None:
    with suppress(OSError):  # where it cannot be removed it was not written either, and that has been said
        path.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
