"""How records travel: pages of rows of all tables in one device's order, as plain JSON.

A device's page serves them, a workstation reads them from there or straight from the device's SQLite file.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import JSON, Column, Connection, Engine, Table, func, select, union_all

from contract.database import make_durable
from contract.failures import Refusal
from contract.moments import Moment, MomentError, read_moment, write_moment
from contract.schema import read_revision
from contract.tables import RECORD_TABLES
from contract.tables import device as device_table

Row = dict[str, Any]

MOST_ROWS = 500
"""Most rows that a device gives at once over the network, whatever it is asked for: about 0.5 MB, a tenth of a second
on a Pi, so that a receiver that is far behind does not take its processor from the picture."""


class FeedError(Refusal):
    """What should be a page of records is none, or a row does not fit its table. Look at the source named."""

    exit_code = 4


class FeedDevice(BaseModel):
    """Who wrote the records."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,64}$")]  # also the name of its folder of captures in the lab
    name: Annotated[str, Field(min_length=1)]
    created_at: str


class FeedRow(BaseModel):
    """One record and the table it belongs to."""

    model_config = ConfigDict(frozen=True)

    table: str
    row: Row

    @property
    def seq(self) -> int:
        """Its place in the device's sequence."""
        return int(self.row["seq"])


class FeedPage(BaseModel):
    """Records of one device in the order of their `seq`.

    Attributes:
        device: who wrote them.
        revision: version of the tables, called `schema` in JSON.
        rows: the records, none missing between the first and the last.
        last_seq: the device's newest record at the time of reading, whether on this page or not; 0: none yet.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    device: FeedDevice
    revision: Annotated[str, Field(alias="schema")]
    rows: tuple[FeedRow, ...]
    last_seq: int


def read_records(engine: Engine, after: int, limit: int, device_id: str | None = None) -> dict[str, Any]:
    """Read the next records of a device, none that a power cut could still undo.

    Args:
        engine: of a database that holds Leukoscope's tables.
        after: `seq` of the last record already known; 0: from the beginning.
        limit: most rows to return, 1 or more.
        device_id: whose records; None: the only device of the database.

    Returns:
        A page as plain JSON: {"device": {}, "schema": "0001", "rows": [{"table": "slide", "row": {}}], "last_seq": 1}.

    Raises:
        FeedError: no such device, or more than one and none named.
    """
    with engine.connect() as connection:
        device = _read_device(connection, device_id)
        rows: list[dict[str, Any]] = [
            {"table": name, "row": row}
            for name, table in RECORD_TABLES.items()
            for row in _read_rows(connection, table, device["id"], after, limit)
        ]
        page: dict[str, Any] = {
            "device": device,
            "schema": read_revision(connection),
            "rows": sorted(rows, key=lambda item: item["row"]["seq"]),
            "last_seq": find_last_seq(connection, device["id"]),
        }
        make_durable(connection)
        return page


def find_last_seq(connection: Connection, device_id: str) -> int:
    """Return the newest `seq` of a device over all tables, 0 where it has no records."""
    newest = (select(func.max(table.c.seq)).where(table.c.device_id == device_id) for table in RECORD_TABLES.values())
    return max(seq or 0 for seq in connection.execute(union_all(*newest)).scalars())


def parse_page(answer: object, source: str) -> FeedPage:
    """Check a page that came from elsewhere.

    Args:
        answer: decoded JSON.
        source: how to call the sender in a refusal.

    Returns:
        The page; its rows are checked against their tables by `row_from_json`.

    Raises:
        FeedError: not of the form that `read_records` gives.
    """
    try:
        return FeedPage.model_validate(answer)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"{source}: {where or 'answer'}: {first['msg']}"
        raise FeedError(f"{what} (expected a page of Leukoscope records)") from error


def row_to_json(table: Table, row: Row) -> Row:
    """Turn a row as the database gives it into plain JSON; times become text."""
    return {
        column.name: write_moment(row[column.name]) if isinstance(column.type, Moment) else row[column.name]
        for column in table.columns
    }


def row_from_json(table: Table, row: Row) -> Row:
    """Turn plain JSON back into a row that can be inserted.

    Args:
        table: one of the record tables, or `device`.
        row: a value for every column and nothing else; columns that an older program did not have may be missing.

    Returns:
        The row with aware datetimes.

    Raises:
        FeedError: columns missing or unknown, or a value of another kind than its column's.
    """
    names = set(table.columns.keys())
    row = {column.name: None for column in table.columns if "since" in column.info} | row
    if row.keys() != names:
        odd = ", ".join(sorted(row.keys() ^ names))
        what = f"{table.name} {row.get('id')}: columns {odd} missing or unknown"
        raise FeedError(f"{what} (expected those of this program)")
    return {column.name: _read_value(column, row[column.name]) for column in table.columns}


def _read_value(column: Column[Any], value: Any) -> Any:
    """Take a value of the column's own type only: SQLite would keep a word in a column of numbers."""
    if value is None or isinstance(column.type, JSON):
        return value
    if isinstance(column.type, Moment):
        try:
            return read_moment(value)
        except MomentError as error:
            raise FeedError(f"{column}: {error}") from error
    kind = column.type.python_type
    fits = isinstance(value, kind) or (kind is float and type(value) is int)
    if not fits or (kind is int and (isinstance(value, bool) or abs(value) >= 2**63)):
        raise FeedError(f"{column}: {value!r} (expected {kind.__name__})")
    return value


def _read_device(connection: Connection, device_id: str | None) -> Row:
    query = select(device_table)
    if device_id is not None:
        query = query.where(device_table.c.id == device_id)
    found = connection.execute(query.limit(2)).mappings().all()
    if len(found) != 1:
        whose = device_id or "its own device"
        raise FeedError(f"records of {len(found) or 'no'} devices (expected those of {whose})")
    return row_to_json(device_table, dict(found[0]))


def _read_rows(connection: Connection, table: Table, device_id: str, after: int, limit: int) -> list[Row]:
    # the sequence has no gaps over all tables, so a range of it holds exactly as many rows as it is wide
    wanted = (table.c.device_id == device_id) & table.c.seq.between(after + 1, after + limit)
    return [row_to_json(table, dict(row)) for row in connection.execute(select(table).where(wanted)).mappings()]
