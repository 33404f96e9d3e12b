"""What people said of a cell, once what they took back is left out.

Reviews are append-only. Taking one back is a review too: it names the type from before, and its comment is `UNDO`, or
begins with it where a reason is given. Second readings (`reader`) are no names of a cell and are left out.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select

from contract.tables import cell, review

UNDO = "undo"
"""Comment of a review that takes back its operator's one before; nobody may write it by hand."""

_WITH_REASON = f"{UNDO}: "


def word_undo(reason: str = "") -> str:
    """Give the comment of a review that takes one back."""
    return f"{_WITH_REASON}{reason}" if reason else UNDO


def is_undo(comment: str) -> bool:
    """Say whether a comment is that of a review that takes one back."""
    return comment == UNDO or comment.startswith(_WITH_REASON)


def is_reviewed() -> ColumnElement[bool]:
    """Return whether somebody named a cell and stands by it (an expression over `cell`)."""
    said = (review.c.cell_id == cell.c.id) & review.c.reader.is_(None)
    standing = select(func.sum(count_step())).where(said).correlate(cell).scalar_subquery()
    return func.coalesce(standing, 0) > 0


def count_step() -> ColumnElement[int]:
    """Return what a review adds to the names of a cell that stand: one, or minus one where it takes one back."""
    undoes = or_(review.c.comment == UNDO, review.c.comment.startswith(_WITH_REASON))
    return case((undoes, -1), else_=1)


def find_standing(reviews: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Find the review by which a cell has its name.

    Args:
        reviews: all of one cell, oldest first, with at least `comment`.

    Returns:
        The newest that was not taken back; None where a person has not named the cell, or has taken that back.
    """
    standing: list[dict[str, Any]] = []
    for one in reviews:
        if not is_undo(one["comment"]):
            standing.append(one)
        elif standing:
            standing.pop()
    return standing[-1] if standing else None
