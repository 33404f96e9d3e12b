"""How a database is opened: the device's SQLite file, or the lab's SQLite file or PostgreSQL."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url

from contract.failures import Refusal

BUSY_S = 30.0
"""How long a writer waits for another program's transaction; ours take milliseconds, a copy of the file seconds."""

_NOT_ALLOWED = "42501"  # PostgreSQL's code for a missing privilege, which its driver files under programming errors


class DatabaseError(Refusal):
    """A database cannot be opened, written or brought up to date. The line says which, and why."""

    exit_code = 5


def read_url(where: str | Path | URL) -> URL:
    """Say which database is meant.

    Args:
        where: an SQLAlchemy URL, or a plain path, which means an SQLite file.

    Returns:
        The URL, for PostgreSQL with the driver that the lab installs (psycopg 3).

    Raises:
        DatabaseError: it looks like a URL and is none, or names neither SQLite nor PostgreSQL.
    """
    if isinstance(where, Path) or (isinstance(where, str) and "://" not in where):
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
        backend = url.get_backend_name()
    except exc.ArgumentError as error:
        raise DatabaseError(f"database: {where} (expected a path or an SQLAlchemy URL)") from error
    if backend not in ("sqlite", "postgresql"):
        raise DatabaseError(f"database: {show_url(url)} (expected sqlite:/// or postgresql://)")
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def show_url(url: URL) -> str:
    """Write a URL as a person may see it: the path of an SQLite file, else the URL without its password."""
    if url.get_backend_name() == "sqlite" and "uri" not in url.query:
        return url.database or "sqlite://"
    return url.render_as_string(hide_password=True)


def open_engine(where: str | Path | URL, *, foreign_keys: bool = True) -> Engine:
    """Open a database for reading and writing; an SQLite file and its folder are made where they are missing.

    Transactions on SQLite take the write lock at once (BEGIN IMMEDIATE), so what one reads it may rely on when writing.

    Args:
        where: as for `read_url`.
        foreign_keys: False only while tables are rebuilt.

    Returns:
        An engine; `dispose()` closes its connections.

    Raises:
        DatabaseError: a bad URL, a folder that cannot be made, or PostgreSQL without its driver.
    """
    url = read_url(where)
    if url.get_backend_name() != "sqlite":
        return _create(url, pool_pre_ping=True)
    _make_folder(url)
    engine = _create(url, connect_args={"timeout": BUSY_S})

    def tune(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy says when a transaction begins, the driver never on its own
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        # in WAL a power cut costs at most the last rows; without it (some network shares) NORMAL could cost the file
        connection.execute(f"PRAGMA synchronous={'NORMAL' if mode == 'wal' else 'FULL'}")

    _listen(engine, tune, "BEGIN IMMEDIATE")
    return engine


def open_reader(where: str | Path | URL) -> Engine:
    """Open a database for reading only; it is never created or changed.

    Args:
        where: as for `read_url`; another program may be writing it.

    Returns:
        An engine whose transactions each see one state of the database.

    Raises:
        DatabaseError: a bad URL, or there is no such file.
    """
    url = read_url(where)
    if url.get_backend_name() != "sqlite":
        return _create(url, pool_pre_ping=True, isolation_level="REPEATABLE READ").execution_options(
            postgresql_readonly=True
        )
    path = Path(url.database or "")
    if not path.is_file():
        raise DatabaseError(f"{path}: no such file (expected an SQLite database)")
    query = {"mode": "ro", "uri": "true"}
    wal = path.with_name(f"{path.name}-wal")
    if not wal.exists() and not os.access(path.parent, os.W_OK):
        query["immutable"] = "1"  # a medium without write access: nobody can be writing, and SQLite could not lock
    read_only = URL.create("sqlite", database=f"file:{quote(str(path.absolute()))}", query=query)
    engine = _create(read_only, connect_args={"timeout": BUSY_S})

    def tune(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None

    _listen(engine, tune, "BEGIN")
    return engine


@contextmanager
def refuse_failures(name: str) -> Iterator[None]:
    """Turn what the machine does to a database (full disk, no rights, no connection) into one line.

    Args:
        name: how the database is called in that line.

    Raises:
        DatabaseError: the block failed for a reason outside the program; errors of ours pass through unchanged.
    """
    try:
        yield
    except exc.DBAPIError as error:
        if not _is_outside(error):
            raise
        reason = " ".join(str(error.orig).split())
        raise DatabaseError(f"{name}: {reason} (expected a database that can be read and written)") from error


def make_durable(connection: Connection) -> None:
    """Bring to the disk what was committed before: after that not even a power cut takes it back.

    Our commits on SQLite do not wait for the disk, so a power cut may undo the newest ones. Who hands records on calls
    this first: the receiver would otherwise hold records that never were, and later ones would bear their numbers.

    Args:
        connection: in the transaction that has read the records.
    """
    if connection.dialect.name != "sqlite":
        return
    _, _, path = connection.exec_driver_sql("PRAGMA database_list").all()[0]
    try:
        log = os.open(f"{path}-wal", os.O_RDONLY)  # all that is not yet in the file itself, which SQLite has synced
    except FileNotFoundError:
        return
    try:
        os.fsync(log)
    finally:
        os.close(log)


def _is_outside(error: exc.DBAPIError) -> bool:
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:  # our SQL is wrong
        return False
    not_allowed = getattr(error.orig, "sqlstate", None) == _NOT_ALLOWED
    return isinstance(error, exc.OperationalError) or type(error) is exc.DatabaseError or not_allowed


def _create(url: URL, **options: Any) -> Engine:
    try:
        return create_engine(url, json_serializer=_write_json, **options)
    except ModuleNotFoundError as error:
        raise DatabaseError(f"database: {show_url(url)} needs {error.name} (expected leukoscope[lab])") from error


def _write_json(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def _listen(engine: Engine, tune: Any, begin: str) -> None:
    event.listen(engine, "connect", tune)

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "begin", start)


def _make_folder(url: URL) -> None:
    if not url.database or url.database == ":memory:":
        raise DatabaseError("database: SQLite in memory (expected a file, for records must last)")
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(f"{url.database}: {error.strerror} (expected a folder that can be written)") from error
