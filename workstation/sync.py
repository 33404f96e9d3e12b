"""How records travel: batch by batch, files before the rows that name them, and the lab remembers how far it came."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

from tqdm import tqdm

from contract.failures import Refusal
from contract.feed import FeedPage, FeedRow, row_from_json
from contract.tables import RECORD_TABLES
from workstation.files import CaptureFiles
from workstation.lab import Cursor, Lab
from workstation.sources import KINDS, DeletedError, Kind, Source


class SyncError(Refusal):
    """The source's records do not go on where the lab's end, or have gaps: was its file replaced?

    Where an older copy of a device's file was put back for good, start that device with a new data folder: it becomes
    another device, and what the lab has of the old one stays.
    """

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync brought.

    Attributes:
        device_id: whose records these are.
        device_name: what that device is called.
        rows: records that are new in the lab.
        files: files that are new in the lab.
        last_seq: the newest record in the lab.
    """

    device_id: str
    device_name: str
    rows: int
    files: int
    last_seq: int


def sync(source: Source, lab: Lab, files: CaptureFiles, batch_rows: int) -> Synced:
    """Bring what is new at a source into the lab.

    A batch is one transaction, and its files lie in the lab, with the right hash, before it. So it may be stopped at
    any moment and run as often as one likes.

    Args:
        source: open.
        lab: open.
        files: the lab's place for captures.
        batch_rows: most rows in a transaction, >= 1.

    Returns:
        What was brought.

    Raises:
        SyncError: the source's records are not those that follow the lab's.
        SourceError: the source fails, or a file has not the hash its record names.
        LabError: another sync of the same device is running.
        DatabaseError, FilesError: the destination cannot be written.
    """
    hello = source.read_records(0, 1)
    files.make_root()
    start = cursor = lab.find_cursor(hello.device.id)
    copied = 0
    with tqdm(total=hello.last_seq, initial=start.seq, unit="row", desc=hello.device.name, disable=None) as progress:
        for page in _read_pages(source, hello, start, batch_rows):
            copied += sum(_copy_files(source, files, item) for item in page.rows if item.table == "capture")
            cursor = lab.add_batch(page.device, page.rows, cursor)
            progress.update(len(page.rows))
    return Synced(hello.device.id, hello.device.name, cursor.seq - start.seq, copied, cursor.seq)


def place_file(capture: FeedRow, kind: Kind) -> str:
    """Say where a capture's file lies in the lab: in the device's folder, under the path it has on the device.

    Args:
        capture: the capture's record.
        kind: which of its files.

    Returns:
        A path relative to the lab's place for files.

    Raises:
        SyncError: the path would lead out of that folder.
    """
    path = PurePosixPath(str(capture.row[f"{kind}_path"]))
    if path.is_absolute() or ".." in path.parts or "\\" in str(path):
        raise SyncError(f"capture {capture.row['id']}: {path} (expected a path below the device's folder)")
    return str(PurePosixPath(str(capture.row["device_id"])) / path)


def _read_pages(source: Source, hello: FeedPage, start: Cursor, batch_rows: int) -> Iterator[FeedPage]:
    """Read page after page of what is new; each goes on exactly where the one before ended."""
    _check_anchor(source, hello, start)
    after, newest = start.seq, hello.last_seq
    while after < newest:
        page = source.read_records(after, batch_rows)
        _check_page(source, page, hello, after)
        yield page
        after, newest = page.rows[-1].seq, page.last_seq


def _check_anchor(source: Source, hello: FeedPage, start: Cursor) -> None:
    """Make sure that the newest record in the lab is still the same one at the source."""
    if start.seq == 0:
        return
    page = source.read_records(start.seq - 1, 1)
    if [item.row.get("id") for item in page.rows] != [start.row_id]:
        what = f"{source.name}: record {start.seq} of {hello.device.name} is not the one in the lab"
        raise SyncError(f"{what} (expected the same history; was an older copy of its file put back?)")


def _check_page(source: Source, page: FeedPage, hello: FeedPage, after: int) -> None:
    name = source.name
    if page.device.id != hello.device.id:
        raise SyncError(
            f"{name}: records of {page.device.name} now (expected {hello.device.name}, as at the beginning)"
        )
    found = [item.row.get("seq") for item in page.rows]
    if not found or found != list(range(after + 1, after + 1 + len(found))):
        raise SyncError(f"{name}: records {found[:3]}... after {after} (expected {after + 1} and on, without a gap)")
    for item in page.rows:
        if item.table not in RECORD_TABLES or item.row.get("device_id") != hello.device.id:
            raise SyncError(f"{name}: record {item.seq} of table {item.table!r} (expected one of {hello.device.name})")


def _copy_files(source: Source, files: CaptureFiles, capture: FeedRow) -> int:
    row_from_json(RECORD_TABLES["capture"], capture.row)  # whole, before its paths are believed
    copied = 0
    for kind in KINDS:
        place, sha256 = place_file(capture, kind), str(capture.row[f"{kind}_sha256"])
        if files.find_hash(place) == sha256:
            continue
        with suppress(DeletedError):  # its record travels all the same, and so does the event that says who deleted it
            files.put(place, source.read_file(capture.row, kind), sha256)
            copied += 1
    return copied
