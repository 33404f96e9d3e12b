"""What becomes of a capture's files later: taken out together as one archive, or deleted for good."""

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import RawIOBase
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from contract.deleting import CAPTURE_DELETED
from contract.moments import read_moment
from device.keeping.captures import place_facts
from device.keeping.store import Store

Entry = dict[str, Any]

CHUNK_BYTES = 256 * 1024

log = logging.getLogger(__name__)


def list_files(entry: Entry) -> tuple[str, ...]:
    """List the files of a capture, relative to the folder of the database; the last, its JSON, older ones lack."""
    return entry["raw_path"], entry["annotated_path"], place_facts(entry["raw_path"])


def delete_capture(store: Store, entry: Entry, operator: str) -> None:
    """Delete the files of a capture. Its row stays, for records are never changed; an event says who deleted it.

    The event comes first: were the power cut between the two, files would remain that nobody is shown, rather than a
    capture that is shown and has no files.

    Args:
        store: holds the row; the files lie beside its database.
        entry: from `device.keeping.history.find_capture`.
        operator: who deletes; may be empty.
    """
    detail = {"capture_id": entry["id"], "operator": operator, "raw_sha256": entry["raw_sha256"]}
    store.add_event("info", CAPTURE_DELETED, detail, entry["slide_id"])
    for path in list_files(entry):
        place = _find_inside(store.path.parent, path)
        try:
            if place is not None:
                place.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s: %s (the capture is marked as deleted, this file remains)", place, error.strerror)


def zip_captures(root: Path, entries: Iterable[Entry]) -> Iterator[bytes]:
    """Write an archive of captures piece by piece; no more than one piece is held in memory and nothing on the disk.

    Args:
        root: folder of the database.
        entries: from `device.keeping.history.search_captures`.

    Yields:
        The archive's bytes: the files of each capture, and `captures.json` with their records.
    """
    records: list[Entry] = []
    drain = _Drain()
    with ZipFile(drain, "w") as archive:  # it goes forward only
        for entry in entries:
            records.append(entry)
            for path in list_files(entry):
                yield from _add_file(archive, drain, root, path, entry)
        listed = ZipInfo("captures.json", _LISTED_AT)
        listed.compress_type = ZIP_DEFLATED
        archive.writestr(listed, json.dumps(records, indent=1))
        yield drain.take()
    yield drain.take()


_LISTED_AT = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can name: the list is of no particular moment


def _add_file(archive: ZipFile, drain: "_Drain", root: Path, path: str, entry: Entry) -> Iterator[bytes]:
    place = _find_inside(root, path)
    with suppress(FileNotFoundError):  # deleted while the archive was on its way, or a JSON that older captures lack
        if place is None:
            return
        with place.open("rb") as file:
            info = ZipInfo(place.name, read_moment(entry["captured_at"]).timetuple()[:6])
            info.compress_type = ZIP_DEFLATED if place.suffix == ".json" else ZIP_STORED  # pictures are packed already
            with archive.open(info, "w", force_zip64=True) as inside:
                while chunk := file.read(CHUNK_BYTES):
                    inside.write(chunk)
                    yield drain.take()
            yield drain.take()


def _find_inside(root: Path, path: str) -> Path | None:
    """Find a file below a folder; None where the path leads out of it."""
    place = (root / path).resolve()
    return place if place.is_relative_to(root.resolve()) else None


class _Drain(RawIOBase):
    """What an archive is written to: it cannot go back, and what was written is taken out at once."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
