"""How the files of a new bundle come to this machine: from a folder or a zip archive, never more than is sensible."""

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from contract.failures import Refusal
from contract.seal import is_plain_name
from device.zip_faults import ZIP_FAULTS

LARGEST_BYTES = 64_000_000
"""Of an archive and of what is in it: fifty times the shipped bundle; a Pi's memory and card bear it."""

MOST_FILES = 64

FINDER_LEAVINGS = ("__MACOSX/", ".DS_Store")
"""A Mac adds these to what it packs; they are not unpacked."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CHUNK = 1 << 20


class GatherError(Refusal):
    """What is to be installed is no folder of a bundle and no zip archive of one. Pack the bundle's files alone."""

    exit_code = 3


def gather(source: Path, into: Path) -> None:
    """Copy a bundle's files, whatever they hold.

    Args:
        source: a folder, or a zip archive of one or of its files.
        into: new folder that takes them.

    Raises:
        GatherError: nothing is there, or something that no bundle holds: a link, a folder, a path that leads out, too
            much, a broken archive.
        OSError: `into` cannot be written.
    """
    into.mkdir()
    if source.is_dir():
        _copy_folder(source, into)
    elif source.is_file():
        _unpack(source, into)
    else:
        raise GatherError(f"{source}: not found (expected a bundle's folder, or a zip archive of one)")


def _copy_folder(source: Path, into: Path) -> None:
    with _explained(source):
        entries = sorted(os.scandir(source), key=lambda entry: entry.name)
    _require_few(source, len(entries))
    room = LARGEST_BYTES
    for entry in entries:
        if not entry.is_file(follow_symlinks=False):
            raise GatherError(f"{entry.path}: no plain file (expected only the files of a bundle)")
        with _opened(Path(entry.path)) as file:
            room -= _copy(file, into / entry.name, room, entry.path)


def _unpack(source: Path, into: Path) -> None:
    if source.stat().st_size > LARGEST_BYTES:
        raise GatherError(f"{source}: {source.stat().st_size} bytes (expected {LARGEST_BYTES} at most)")
    with _explained(source):
        archive = zipfile.ZipFile(source)
    with archive:
        room = LARGEST_BYTES
        for name, member in _choose_members(source, archive).items():
            with _explained(source):
                file = archive.open(member)
            with file:
                room -= _copy(file, into / name, room, f"{source}: {name}")


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with ExitStack() as opened:
        with _explained(path):
            file = opened.enter_context(path.open("rb"))
        yield file


@contextmanager
def _explained(what: object) -> Iterator[None]:
    """Only reading is done in here: that `into` cannot be written is no fault of the source."""
    try:
        yield
    except ZIP_FAULTS as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        line = " ".join(reason.split())[:200]
        raise GatherError(f"{what}: {line} (expected a bundle's folder, or a whole zip archive of one)") from error


def _choose_members(source: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members by the plain name that each is to have; all lie at the top, or all in one folder."""
    found = [member for member in archive.infolist() if not _is_leaving(member.filename)]
    _require_few(source, len(found))
    chosen: dict[str, zipfile.ZipInfo] = {}
    tops = set()
    for member in found:
        top, slash, name = member.filename.rpartition("/")
        kind = stat.S_IFMT(member.external_attr >> 16)
        if slash and not name and is_plain_name(top):
            continue
        if not is_plain_name(name) or (slash and not is_plain_name(top)) or name in chosen:
            raise GatherError(f"{source}: {member.filename!r} (expected a bundle's files, once each, in one folder)")
        if kind not in (0, stat.S_IFREG) or member.compress_type not in _METHODS:
            raise GatherError(f"{source}: {member.filename!r} (expected a plain file, deflated or stored)")
        chosen[name] = member
        tops.add(top)
    if len(tops) != 1:
        raise GatherError(f"{source}: {len(tops)} folders with files (expected one bundle)")
    return chosen


def _is_leaving(name: str) -> bool:
    return name.startswith(FINDER_LEAVINGS[0]) or name.rpartition("/")[2] == FINDER_LEAVINGS[1]


def _require_few(source: Path, count: int) -> None:
    if count > MOST_FILES:
        raise GatherError(f"{source}: {count} files (expected {MOST_FILES} at most)")


def _copy(file: IO[bytes], to: Path, room: int, name: str) -> int:
    """Copy as much as there is room for; what an archive says of its own size is not believed."""
    written = 0
    with to.open("xb") as copy:
        while True:
            with _explained(name):
                chunk = file.read(_CHUNK)
            if not chunk:
                return written
            written += len(chunk)
            if written > room:
                raise GatherError(f"{name}: too large (expected {LARGEST_BYTES} bytes at most in the whole bundle)")
            copy.write(chunk)
