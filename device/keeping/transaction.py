"""How rows get their numbers: within one transaction, so that a device's sequence has no gap and no double."""

from collections.abc import Sequence

from sqlalchemy import Connection, Table, select
from uuid6 import uuid7

from contract.feed import find_last_seq
from contract.tables import cell, field
from device.keeping.rows import Row, is_frame, make_cell_rows
from device.preclassification import Mark, Prediction


class Transaction:
    """Inserts records within one transaction on the database; the caller begins and commits it.

    Args:
        connection: in a transaction that holds the write lock already, so that the next number stays the next.
        device_id: whose records these are.
    """

    def __init__(self, connection: Connection, device_id: str) -> None:
        self.connection = connection
        self._device_id = device_id
        self._last_seq = find_last_seq(connection, device_id)

    def insert(self, table: Table, *rows: Row) -> str:
        """Insert rows of one table in their order.

        Args:
            table: one of `contract.tables.RECORD_TABLES`.
            rows: one or more, without `device_id` and `seq`; with an `id` where it is known already.

        Returns:
            The id of the last row.
        """
        numbered = [
            {"id": str(uuid7())} | row | {"device_id": self._device_id, "seq": seq}
            for seq, row in enumerate(rows, start=self._last_seq + 1)
        ]
        self.connection.execute(table.insert(), numbered)
        self._last_seq += len(rows)
        return str(numbered[-1]["id"])

    def insert_field(
        self, row: Row, prediction: Prediction, counted: Sequence[bool], marks: Sequence[Mark | None] = ()
    ) -> str:
        """Insert a field and its cells.

        Args:
            row: of the field, from `device.keeping.rows.make_field_row`.
            prediction: whose cells these are.
            counted: for each cell, whether it enters the differential.
            marks: for each cell which of the slide's it is, and under which id it enters; empty: not known.

        Returns:
            The field's id.
        """
        field_id = self.insert(field, row)
        if prediction.cells:
            rows = make_cell_rows(field_id, prediction.cells, counted, prediction.network)
            for row, counts, mark in zip(rows, counted, marks, strict=False):
                if counts and mark is not None:
                    row["id"] = mark.cell_id
            self.insert(cell, *rows)
        return field_id

    def find_field(self, slide_id: str, prediction: Prediction) -> str | None:
        """Return the id of the field that keeps this very frame, None where it was not kept."""
        query = select(field.c.id).where(is_frame(slide_id, prediction.frame)).order_by(field.c.seq).limit(1)
        return self.connection.execute(query).scalar_one_or_none()
