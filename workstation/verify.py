"""Whether the lab holds what the source holds: every row compared, every file hashed again at both ends."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Engine
from tqdm import tqdm

from contract.failures import Refusal
from contract.feed import FeedRow, read_records
from workstation.files import CaptureFiles
from workstation.lab import read_cursor
from workstation.sources import KINDS, DeletedError, Kind, Source, SourceError
from workstation.sync import place_file


class VerifyError(Refusal):
    """The two ends differ; the lines before say where. Keep both as they are until it is clear which is right."""

    exit_code = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same at both ends.

    Attributes:
        what: table and id, or file.
        how: what was found.
    """

    what: str
    how: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a comparison found.

    Attributes:
        device_name: whose records were compared.
        rows: records compared.
        files: files hashed, each at both ends.
        waiting: newer records at the source, which were not synced yet.
        differences: in the order of the records.
    """

    device_name: str
    rows: int
    files: int
    waiting: int
    differences: tuple[Difference, ...]


def verify(source: Source, lab: Engine, files: CaptureFiles, batch_rows: int) -> Verified:
    """Compare everything of a device that was synced.

    Args:
        source: open.
        lab: the lab's database, open for reading.
        files: the lab's place for captures.
        batch_rows: rows to compare at a time, >= 1.

    Returns:
        What was compared, and where the ends differ.

    Raises:
        SourceError: the source fails.
        FilesError: the place for files cannot be read.
    """
    hello = source.read_records(0, 1)
    with lab.connect() as connection:
        last_seq = read_cursor(connection, hello.device.id).seq
    found: list[Difference] = []
    rows = captures = after = 0
    with tqdm(total=last_seq, unit="row", desc=hello.device.name, disable=None) as progress:
        while after < last_seq:
            theirs = source.read_records(after, min(batch_rows, last_seq - after)).rows
            end = theirs[-1].seq if theirs else last_seq  # a device may give fewer than it was asked for
            found += _compare(theirs, _read_lab(lab, after, end, hello.device.id))
            for capture in (item for item in theirs if item.table == "capture"):
                found += _compare_files(source, files, capture)
                captures += 1
            rows += len(theirs)
            progress.update(end - after)
            after = end
    waiting = max(0, hello.last_seq - last_seq)
    return Verified(hello.device.name, rows, captures * len(KINDS), waiting, tuple(found))


def _read_lab(lab: Engine, after: int, end: int, device_id: str) -> list[FeedRow]:
    return [FeedRow.model_validate(item) for item in read_records(lab, after, end - after, device_id)["rows"]]


def _compare(theirs: Iterable[FeedRow], ours: Iterable[FeedRow]) -> Iterator[Difference]:
    at_source, in_lab = ({item.seq: item for item in rows} for rows in (theirs, ours))
    for seq in sorted(at_source.keys() | in_lab.keys()):
        one, two = at_source.get(seq), in_lab.get(seq)
        known = one or two
        assert known is not None
        what = f"record {seq}, {known.table} {known.row.get('id')}"
        if one is None or two is None:
            yield Difference(what, "missing at the source" if one is None else "missing in the lab")
        elif one != two:
            columns = sorted(name for name in one.row.keys() | two.row.keys() if one.row.get(name) != two.row.get(name))
            yield Difference(what, f"differs in {', '.join(columns) or 'its table'}")


def _compare_files(source: Source, files: CaptureFiles, capture: FeedRow) -> Iterator[Difference]:
    for kind in KINDS:
        place, expected = place_file(capture, kind), capture.row[f"{kind}_sha256"]
        in_lab, (at_source, trouble) = files.find_hash(place), _hash_source(source, capture, kind)
        never_came = in_lab is None and at_source is None and trouble is None  # deleted before a sync
        if in_lab != expected and not never_came:
            yield Difference(f"file {place} in the lab", "missing" if in_lab is None else f"sha256 {in_lab}")
        if trouble is not None:
            yield Difference(f"file {place} at the source", trouble)
        elif at_source not in (expected, None):
            yield Difference(f"file {place} at the source", f"sha256 {at_source}")


def _hash_source(source: Source, capture: FeedRow, kind: Kind) -> tuple[str | None, str | None]:
    """Return a file's sha256 at the source, None where a person deleted it; and why it cannot be had, or None."""
    digest = hashlib.sha256()
    try:
        for chunk in source.read_file(capture.row, kind):
            digest.update(chunk)
    except DeletedError:
        return None, None
    except SourceError as error:
        return None, str(error)
    return digest.hexdigest(), None
