"""Where records come from: a device's address, or the SQLite file it writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from sqlalchemy import inspect

from contract.database import DatabaseError, open_reader, refuse_failures
from contract.deleting import find_deletion
from contract.failures import Refusal
from contract.feed import FeedPage, parse_page, read_records
from contract.schema import check_revision
from contract.tables import CURSOR_TABLE

Kind = Literal["raw", "annotated"]
"""The two files of a capture: the pixels as they were, and as they were shown."""

KINDS: tuple[Kind, ...] = ("raw", "annotated")

CHUNK_BYTES = 1 << 18


class SourceError(Refusal):
    """Records or files cannot be had from the source: missing, unreachable, of another version, damaged."""

    exit_code = 4


class DeletedError(SourceError):
    """A capture's files were deleted on the device by a person who may; its record and who did it remain."""


class Source(Protocol):
    """A device's records and the files of its captures; opened by `with`."""

    @property
    def name(self) -> str:
        """What a person calls it; holds no password."""

    def __enter__(self) -> Self:
        """Open it."""

    def __exit__(self, *_: object) -> None:
        """Close it."""

    def read_records(self, after: int, limit: int) -> FeedPage:
        """Read the records that follow `after`, at most `limit`, fewer if the source says so."""

    def read_file(self, capture: dict[str, Any], kind: Kind) -> Iterator[bytes]:
        """Read a file of a capture piece by piece; DeletedError where deleted, SourceError where missing."""


class DeviceFile:
    """The SQLite file of a device, read beside the program that writes it; never changed.

    Args:
        path: the file; captures lie below its folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    def __enter__(self) -> Self:
        """Open the file and look whether it is a device's, of this program's version."""
        with self._refusing():
            self._engine = open_reader(self._path)
            try:
                with self._engine.connect() as connection:
                    check_revision(connection, self.name)
                    if inspect(connection).has_table(CURSOR_TABLE):
                        raise SourceError(f"{self.name}: a lab's database (expected a device's own)")
            except BaseException:
                self._engine.dispose()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._engine.dispose()

    def read_records(self, after: int, limit: int) -> FeedPage:
        """Read the records that follow `after`, at most `limit`."""
        with self._refusing():
            return parse_page(read_records(self._engine, after, limit), self.name)

    def read_file(self, capture: dict[str, Any], kind: Kind) -> Iterator[bytes]:
        """Read a file of a capture piece by piece."""
        path = self._path.parent / capture[f"{kind}_path"]
        try:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk
        except OSError as error:
            if isinstance(error, FileNotFoundError) and find_deletion(self._engine, capture["id"]) is not None:
                raise DeletedError(f"{path}: deleted on the device (expected no file any more)") from error
            raise SourceError(f"{path}: {error.strerror} (expected the file of capture {capture['id']})") from error

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            with refuse_failures(self.name):
                yield
        except DatabaseError as error:
            raise SourceError(str(error)) from error
