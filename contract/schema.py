"""Which version of the tables a database holds, and how it is brought to this program's version."""

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, column, inspect, select, table, text

from contract.database import DatabaseError, open_engine, refuse_failures, show_url

VERSION_TABLE = "leukoscope_schema"
"""Holds the revision; that it exists is how a database is known as one of ours."""

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

_LOCK = 0x1E0C0  # any number, the same for all: two programs that migrate one PostgreSQL database take turns


def read_revision(connection: Connection) -> str | None:
    """Say which version of the tables a database holds.

    Args:
        connection: to any database.

    Returns:
        The revision, or None where the database is not (yet) one of ours.
    """
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar_one_or_none()


def find_head() -> str:
    """Return the revision this program writes."""
    head = ScriptDirectory.from_config(_configure()).get_current_head()
    assert head is not None
    return head


def is_known(revision: str) -> bool:
    """Say whether this program knows a revision; one it does not know comes from a newer program."""
    try:
        return ScriptDirectory.from_config(_configure()).get_revision(revision) is not None
    except CommandError:
        return False


def check_revision(connection: Connection, name: str) -> None:
    """Make sure that a database can be read as it stands: it is one of ours and of this program's version.

    Args:
        connection: to the database.
        name: how it is called in a refusal.

    Raises:
        DatabaseError: not a Leukoscope database, newer than this program, or older.
    """
    revision, head = read_revision(connection), find_head()
    if revision is None:
        raise DatabaseError(f"{name}: no tables of Leukoscope in it (expected one of its databases)")
    if not is_known(revision):
        raise DatabaseError(_newer(name, revision))
    if revision != head:
        advice = "start the program that writes it once, to bring it up to date"
        raise DatabaseError(f"{name}: tables of version {revision} (expected {head}; {advice})")


def migrate(engine: Engine, *, backup: bool = True, begin: Callable[[], object] = lambda: None) -> Path | None:
    """Bring a database to this program's version of the tables; an empty one gets them all.

    All steps are one transaction: it arrives or stays as it was.

    Args:
        engine: from `open_engine`.
        backup: copy an SQLite file that already holds records before the first step.
        begin: called before an older database is changed, which takes minutes where it is large and the disk slow.

    Returns:
        The copy, or None where none was needed.

    Raises:
        DatabaseError: newer than this program, not a Leukoscope database, or it cannot be copied or written.
    """
    name = show_url(engine.url)
    # rebuilding a table drops the old one, which foreign keys would forbid
    stepping = open_engine(engine.url, foreign_keys=False)
    try:
        with refuse_failures(name), stepping.begin() as connection:
            return _step(connection, name, backup=backup, begin=begin)
    finally:
        stepping.dispose()


def lock_schema(connection: Connection) -> None:
    """Keep other programs from making or changing tables until the transaction ends; on SQLite they wait anyway."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _step(connection: Connection, name: str, *, backup: bool, begin: Callable[[], object]) -> Path | None:
    on_sqlite = connection.dialect.name == "sqlite"
    lock_schema(connection)
    revision, head = read_revision(connection), find_head()
    if revision == head:
        return None
    if revision is None and inspect(connection).get_table_names():
        raise DatabaseError(f"{name}: holds other tables (expected a Leukoscope database, or a new one)")
    if revision is not None and not is_known(revision):
        raise DatabaseError(_newer(name, revision))
    if revision is not None:
        begin()
    copied = _copy(Path(name), revision) if on_sqlite and backup and revision is not None else None
    command.upgrade(_configure(connection), "head")
    if on_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise DatabaseError(f"{name}: rows without their parents (expected none after moving to {head})")
    return copied


def _newer(name: str, revision: str) -> str:
    return f"{name}: tables of version {revision}, newer than this program (expected {find_head()} at most)"


def _configure(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))  # a percent sign is alembic's own
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _copy(path: Path, revision: str) -> Path:
    """Copy an SQLite file, with what still stands in its log, to a name beside it; whole or not at all."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copied = path.with_name(f"{path.name}.{revision}.{stamp}.bak")
    partial = copied.with_name(f"{copied.name}.part")
    try:
        source, target = sqlite3.connect(path), sqlite3.connect(partial)
        try:
            source.backup(target)
        finally:
            source.close()
            target.close()
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        return partial.rename(copied)
    except (OSError, sqlite3.Error) as error:
        partial.unlink(missing_ok=True)
        raise DatabaseError(f"{copied}: {error} (expected room for a copy before the tables change)") from error
