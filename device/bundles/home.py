"""The folder of installed bundles: one writer at a time, nothing half-done left lying, everything on the disk."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contract.failures import Refusal

INCOMING = ".incoming"
"""Where a bundle is gathered and tried before it gets its name."""

OUTGOING = ".outgoing"
"""Where a bundle goes to be deleted, so that no half of one is ever found under its name."""

_LOCK = ".lock"


class HomeError(Refusal):
    """The folder of installed bundles cannot be written, or is in use. Make room, or wait for the other to end."""

    exit_code = 5


@contextmanager
def open_home(data_dir: Path) -> Iterator[Path]:
    """Hold the folder of installed bundles for writing, cleared of what a cut of power left.

    Args:
        data_dir: the device's data folder; made where it is missing.

    Yields:
        The folder.

    Raises:
        HomeError: somebody else holds it, or it cannot be written.
    """
    home = data_dir / "bundles"
    try:
        home.mkdir(parents=True, exist_ok=True)
        hand_over(home, data_dir)
        with _locked(home):
            _clear(home)
            try:
                yield home
            finally:
                _clear(home)
    except OSError as error:
        where = error.filename or home
        raise HomeError(f"{where}: {error.strerror} (expected a place that can be written)") from error


def sync_folder(folder: Path) -> None:
    """Wait until the disk holds the names in a folder.

    Args:
        folder: whose entries were made, renamed or removed.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(folder: Path) -> None:
    """Wait until the disk holds every file in a folder, and their names.

    Args:
        folder: of files only.
    """
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)


def hand_over(path: Path, data_dir: Path) -> None:
    """Give what root has written to the owner of the data folder, whose program must read and replace it.

    Args:
        path: a file or folder below `data_dir`.
        data_dir: the device's data folder.
    """
    if os.geteuid() == 0:
        owner = data_dir.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _clear(home: Path) -> None:
    for name in (INCOMING, OUTGOING):
        if (home / name).exists():
            shutil.rmtree(home / name)
    for part in home.glob(".*.part"):
        part.unlink()


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    # The lock ends with the process, however that ends; the file stays.
    descriptor = os.open(home / _LOCK, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        hand_over(home / _LOCK, home)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise HomeError(f"{home}: in use by another installation (expected one at a time)") from error
    finally:
        os.close(descriptor)
