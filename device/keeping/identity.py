"""Whose file this is: one program writes it at a time, and it belongs to one device for ever."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, inspect, select
from uuid6 import uuid7

from contract.database import DatabaseError
from contract.moments import now
from contract.tables import CURSOR_TABLE, device


class IdentityError(DatabaseError):
    """The file is in use by another program, or is a lab's database. Stop the other program, or name another folder."""


@contextmanager
def claim_file(path: Path) -> Iterator[None]:
    """Keep other programs from writing the file; the system ends the claim with the process, however that ends.

    Args:
        path: the database file; the lock is a file beside it.

    Raises:
        IdentityError: another program holds it, or the folder cannot be written.
    """
    lock_path = path.with_name(f"{path.name}.lock")
    try:
        lock = lock_path.open("wb")
    except OSError as error:
        raise IdentityError(f"{lock_path}: {error.strerror} (expected a folder that can be written)") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IdentityError(f"{path}: in use by another program (expected one for each data folder)") from error
        yield


def identify(engine: Engine, path: Path, name: str) -> str:
    """Find or make a device's one row about itself.

    Args:
        engine: of the device's own file.
        path: the file, for a refusal.
        name: how the device is called now; replaces an older name.

    Returns:
        The device's id.

    Raises:
        IdentityError: the file gathers the records of other devices.
    """
    with engine.begin() as connection:
        if inspect(connection).has_table(CURSOR_TABLE):
            raise IdentityError(f"{path}: a lab's database (expected a device's own)")
        known = connection.execute(select(device)).mappings().one_or_none()
        if known is None:
            device_id = str(uuid7())
            connection.execute(device.insert().values(id=device_id, name=name, created_at=now()))
            return device_id
        if known["name"] != name:
            connection.execute(device.update().values(name=name))
        return str(known["id"])
