"""How reviews are written: many cells at once, and the taking back of what was said last; always new rows."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select

from contract.counts import decided_type, latest_type
from contract.database import DatabaseError
from contract.failures import Refusal
from contract.moments import now
from contract.reviewing import find_standing, is_undo, word_undo
from contract.tables import cell, field, review
from device.keeping.transaction import Transaction
from device.review.signed import require_reason

Row = dict[str, Any]


class UnknownCellError(DatabaseError):
    """A review names a cell that is not stored. Look the cell up again; it may be another device's."""


class ReviewError(Refusal):
    """A review cannot be meant: there is nothing to take back, or another has named the cell since. Look again."""


def write_reviews(
    writing: Transaction, cell_ids: Sequence[str], operator: str, new_type: str | None, comment: str
) -> str:
    """Write one review for each cell; all of them carry the same moment, by which they are one action.

    Args:
        writing: the transaction they belong to.
        cell_ids: cells, each once.
        operator: who says so.
        new_type: what they are called from now on; None: what the bundle calls each.
        comment: free text, for a signed slide the reason; never `contract.reviewing.UNDO`.

    Returns:
        The id of the last review.

    Raises:
        UnknownCellError: one of them is not stored.
        SignedError: one of them belongs to a signed slide, and there is no comment.
    """
    names = select(cell.c.id, latest_type().label("old"), decided_type().label("decided"))
    known = {row.id: row for row in writing.connection.execute(names.where(cell.c.id.in_(cell_ids)))}
    for cell_id in cell_ids:
        if cell_id not in known:
            raise UnknownCellError(f"cell: {cell_id} (expected the id of a stored cell)")
    require_reason(writing.connection, cell_ids, comment)
    said = {"operator": operator, "reviewed_at": now(), "comment": comment}
    rows = [
        said | {"cell_id": one, "old_type": known[one].old, "new_type": new_type or known[one].decided}
        for one in cell_ids
    ]
    return writing.insert(review, *rows)


def write_undo(writing: Transaction, slide_id: str, operator: str, reason: str) -> tuple[str, ...]:
    """Take back what an operator said last on a slide and has not taken back yet.

    Args:
        writing: the transaction it belongs to.
        slide_id: the slide.
        operator: whose word is taken back.
        reason: why; may be empty unless the slide is signed.

    Returns:
        The cells that have their name from before again.

    Raises:
        ReviewError: nothing to take back, or others have named all these cells since.
        SignedError: the slide is signed, and no reason is given.
    """
    action = _find_last_action(writing, slide_id, operator)
    require_reason(writing.connection, [row["cell_id"] for row in action], reason)
    history = _read_histories(writing, [row["cell_id"] for row in action])
    ours = [row for row in action if (find_standing(history[row["cell_id"]]) or row)["id"] == row["id"]]
    if not ours:
        raise ReviewError(f"undo: {len(action)} cells were named by somebody else since (expected none of them)")
    said = {"operator": operator, "reviewed_at": now(), "comment": word_undo(reason)}
    rows = [{"cell_id": row["cell_id"], "old_type": row["new_type"], "new_type": row["old_type"]} for row in ours]
    writing.insert(review, *(said | row for row in rows))
    return tuple(row["cell_id"] for row in ours)


def _find_last_action(writing: Transaction, slide_id: str, operator: str) -> list[Row]:
    """The newest action that no undo stands against: each undo cancels one before it."""
    of_slide = select(cell.c.id).join(field, cell.c.field_id == field.c.id).where(field.c.slide_id == slide_id)
    query = _select_reviews().where(review.c.cell_id.in_(of_slide), review.c.operator == operator)
    undone = 0
    for action in _group_actions(_read(writing, query.order_by(review.c.seq.desc()))):
        if is_undo(action[0]["comment"]):
            undone += 1
        elif undone:
            undone -= 1
        else:
            return action
    raise ReviewError(f"undo: nothing that {operator} said of this slide (expected a review to take back)")


def _read_histories(writing: Transaction, cell_ids: Sequence[str]) -> dict[str, list[Row]]:
    query = _select_reviews().where(review.c.cell_id.in_(cell_ids)).order_by(review.c.seq)
    histories: dict[str, list[Row]] = {}
    for row in _read(writing, query):
        histories.setdefault(row["cell_id"], []).append(row)
    return histories


def _select_reviews() -> Select[Any]:
    return select(review).where(review.c.reader.is_(None))  # a second reading names no cell


def _group_actions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    for _, action in groupby(rows, key=lambda row: row["reviewed_at"]):
        yield list(action)


def _read(writing: Transaction, query: Select[Any]) -> Iterator[Row]:
    return (dict(row) for row in writing.connection.execute(query).mappings())
