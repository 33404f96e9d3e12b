"""The lab's database: records of many devices, and how far each of them has come."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from sqlalchemy import BigInteger, Column, Connection, Engine, MetaData, Table, Text, exc, func, inspect, select

from contract.database import DatabaseError, open_engine, open_reader, read_url, refuse_failures, show_url
from contract.feed import FeedDevice, FeedError, FeedRow, row_from_json
from contract.moments import Moment, now
from contract.schema import check_revision, lock_schema, migrate, read_revision
from contract.tables import CURSOR_TABLE, RECORD_TABLES, device

sync_cursor = Table(
    CURSOR_TABLE,
    MetaData(),
    Column("device_id", Text, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_id", Text, nullable=False),
    Column("synced_at", Moment, nullable=False),
)
"""How far each device has come: the newest record that is here, and when the last one came."""


class LabError(DatabaseError):
    """The destination is no lab's database, or two programs bring records of one device at once."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a device's records have come.

    Attributes:
        seq: of the newest record that is here; 0: none.
        row_id: its id; empty where there is none.
    """

    seq: int
    row_id: str


class Lab:
    """The lab's database, open for writing.

    Args:
        where: an SQLAlchemy URL, or the path of an SQLite file, which is made where it is missing.
    """

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> Self:
        """Open the database and bring it up to date, with a copy of an SQLite file before it changes.

        Raises:
            LabError: a device's own database.
            DatabaseError: it cannot be written, is no Leukoscope database or is newer than this program.
        """
        self.engine = open_engine(self._where)
        self.name = show_url(self.engine.url)
        try:
            with refuse_failures(self.name):
                with self.engine.begin() as connection:
                    refuse_device(connection, self.name)
                migrate(self.engine)
                with self.engine.begin() as connection:
                    lock_schema(connection)
                    sync_cursor.create(connection, checkfirst=True)
        except BaseException:
            self.engine.dispose()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database."""
        self.engine.dispose()

    def find_cursor(self, device_id: str) -> Cursor:
        """Say how far a device's records have come."""
        with refuse_failures(self.name), self.engine.begin() as connection:
            return read_cursor(connection, device_id)

    def add_batch(self, sender: FeedDevice, rows: Sequence[FeedRow], after: Cursor) -> Cursor:
        """Add the next rows of a device and move its cursor, in one transaction.

        Args:
            sender: the device.
            rows: the records that follow `after`, one or more.
            after: where the cursor must stand.

        Returns:
            Where the cursor stands now.

        Raises:
            LabError: the cursor stands elsewhere: another program is bringing the same records.
            FeedError: a row does not fit the tables.
            DatabaseError: the database cannot be written.
        """
        with refuse_failures(self.name), self.engine.begin() as connection:
            if read_cursor(connection, sender.id, lock=True) != after:
                raise LabError(f"{self.name}: another sync of {sender.name} is running (expected one at a time)")
            try:
                _keep_device(connection, sender)
                _insert(connection, rows)
            except (exc.IntegrityError, exc.DataError) as error:
                reason = " ".join(str(error.orig).split())
                raise FeedError(f"{sender.name}: {reason} (expected records that fit the tables)") from error
            return _move_cursor(connection, sender.id, rows[-1])


def refuse_device(connection: Connection, name: str) -> None:
    """Make sure that a database is not a device's own: gathering into it would mix up who wrote what.

    Raises:
        LabError: it is.
    """
    gathers = inspect(connection).has_table(CURSOR_TABLE)
    if read_revision(connection) is not None and not gathers:
        devices = connection.execute(select(func.count()).select_from(device)).scalar_one()
        if devices:
            raise LabError(f"{name}: a device's own database (expected a lab's, or a new one)")


def read_cursor(connection: Connection, device_id: str, *, lock: bool = False) -> Cursor:
    """Read how far a device's records have come; with `lock`, nobody else can move it until the transaction ends."""
    query = select(sync_cursor.c.last_seq, sync_cursor.c.last_id).where(sync_cursor.c.device_id == device_id)
    found = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return Cursor(found[0], found[1]) if found else Cursor(0, "")


def _keep_device(connection: Connection, sender: FeedDevice) -> None:
    row = row_from_json(device, sender.model_dump())
    known = connection.execute(select(device.c.name).where(device.c.id == sender.id)).scalar_one_or_none()
    if known is None:
        connection.execute(device.insert().values(row))
    elif known != sender.name:
        connection.execute(device.update().where(device.c.id == sender.id).values(name=sender.name))


def _insert(connection: Connection, rows: Sequence[FeedRow]) -> None:
    for name, table in RECORD_TABLES.items():  # parents first
        fitting = [row_from_json(table, item.row) for item in rows if item.table == name]
        if fitting:
            connection.execute(table.insert(), fitting)


def _move_cursor(connection: Connection, device_id: str, newest: FeedRow) -> Cursor:
    cursor = Cursor(newest.seq, str(newest.row["id"]))
    values = {"last_seq": cursor.seq, "last_id": cursor.row_id, "synced_at": now()}
    moved = connection.execute(sync_cursor.update().where(sync_cursor.c.device_id == device_id).values(values))
    if moved.rowcount == 0:
        connection.execute(sync_cursor.insert().values(device_id=device_id, **values))
    return cursor


@contextmanager
def read_lab(where: str) -> Iterator[Engine]:
    """Open a lab's database for reading only.

    Args:
        where: an SQLAlchemy URL, or the path of an SQLite file.

    Yields:
        An engine; its failures are refusals of one line.

    Raises:
        LabError: no lab's database.
        DatabaseError: missing, unreadable, or of another version than this program.
    """
    name, engine = show_url(read_url(where)), open_reader(where)
    try:
        with refuse_failures(name):
            with engine.connect() as connection:
                check_revision(connection, name)
                if not inspect(connection).has_table(CURSOR_TABLE):
                    raise LabError(f"{name}: not a lab's database (expected one that sync has written)")
            yield engine
    finally:
        engine.dispose()
