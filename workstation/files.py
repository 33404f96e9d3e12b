"""Where the files of captures go: a folder, or whatever fsspec reaches (SFTP, S3, a USB stick)."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

import fsspec
from fsspec.implementations.local import LocalFileSystem

from contract.failures import Refusal
from workstation.sources import SourceError


class FilesError(Refusal):
    """The place for files cannot be reached or written, or needs a driver that is missing. See its rights and room."""

    exit_code = 5


class CaptureFiles:
    """The lab's place for files. A file appears under its name only when it is whole and has the right hash.

    Args:
        url: plain path of a folder, or an fsspec URL.

    Raises:
        FilesError: an unknown kind of URL, or its driver is missing.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        try:
            self._fs, root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError, OSError) as error:
            raise FilesError(f"files: {error} (expected a folder or an fsspec URL)") from error
        self._root = str(root).rstrip("/")

    def make_root(self) -> None:
        """Make the folder where it is missing.

        Raises:
            FilesError: it cannot be made.
        """
        with self._refusing(self._root):
            self._fs.makedirs(self._root, exist_ok=True)

    def find_hash(self, path: str) -> str | None:
        """Return the sha256 of a file as it lies there now, None where there is none.

        Args:
            path: relative to the root.

        Raises:
            FilesError: it cannot be read.
        """
        place = f"{self._root}/{path}"
        digest = hashlib.sha256()
        with self._refusing(place):
            try:
                with self._fs.open(place, "rb") as file:
                    while chunk := file.read(1 << 20):
                        digest.update(chunk)
            except FileNotFoundError:
                return None
        return digest.hexdigest()

    def put(self, path: str, chunks: Iterable[bytes], sha256: str) -> None:
        """Write a file under another name, look at its hash, and move it to its own.

        Args:
            path: relative to the root.
            chunks: the content.
            sha256: what its hash must be, hexadecimal.

        Raises:
            SourceError: the content has another, or cannot be had; nothing is kept.
            FilesError: it cannot be written.
        """
        place = f"{self._root}/{path}"
        partial = f"{place}.part"
        with self._refusing(place):
            self._fs.makedirs(str(PurePosixPath(place).parent), exist_ok=True)
            try:
                found = self._write(partial, chunks)
            except SourceError:
                self._fs.rm(partial)
                raise
            if found != sha256:
                self._fs.rm(partial)
                raise SourceError(f"{path}: sha256 {found} (expected {sha256}, as its record says)")
            self._fs.mv(partial, place)

    def _write(self, place: str, chunks: Iterable[bytes]) -> str:
        digest = hashlib.sha256()
        with self._fs.open(place, "wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
            if isinstance(self._fs, LocalFileSystem):  # the row that follows must not outlive the file in a power cut
                file.flush()
                os.fsync(file.fileno())
        return digest.hexdigest()

    @contextmanager
    def _refusing(self, place: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise FilesError(f"{place}: {reason} (expected a place that can be read and written)") from error
