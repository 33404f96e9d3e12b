"""How results appear on disk: whole, or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from contract.failures import Refusal


class OutputError(Refusal):
    """A result cannot be written: no room, no right, or something is in the way. Choose another place, or make room."""

    exit_code = 5


@contextmanager
def write_whole(path: Path) -> Iterator[TextIO]:
    """Open a text file that takes its name only when the block ends well.

    Args:
        path: of the finished file; its folder is made where it is missing.

    Yields:
        The file, UTF-8, to be written to.

    Raises:
        OutputError: it cannot be written, or `path` is a folder.
    """
    if path.is_dir():
        raise OutputError(f"{path}: a folder (expected the name of a file to write)")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with _explained(path), _made(path.parent):
        try:
            with part.open("w", encoding="utf-8", newline="\n") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def fill_whole(folder: Path) -> Iterator[Path]:
    """Collect files that move into a folder together when the block ends well.

    Files that the folder already holds stay, unless one of the same name moves in.

    Args:
        folder: made where it is missing.

    Yields:
        An empty folder on the same disk, to be filled, with subfolders where they are wanted.

    Raises:
        OutputError: files cannot be written or moved, or `folder` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: a file (expected a folder)")
    with _explained(folder), _made(folder.parent):
        waiting = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
        try:
            yield waiting
            for file in sorted(path for path in waiting.rglob("*") if path.is_file()):
                place = folder / file.relative_to(waiting)
                place.parent.mkdir(parents=True, exist_ok=True)
                file.replace(place)
        finally:
            shutil.rmtree(waiting, ignore_errors=True)


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for place in missing:
            # Somebody else may have put something there meanwhile: only what is empty goes.
            with suppress(OSError):
                place.rmdir()
        raise


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror} (expected a place that can be written)") from error
