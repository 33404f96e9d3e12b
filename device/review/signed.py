"""What is signed: who answered for a slide's differential, what was changed since, and why that needs a reason."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, func, select

from contract.counts import is_counted
from contract.failures import Refusal
from contract.tables import cell, field, review, signature
from device.preclassification import Judged

SIGNER = "signer"
SECOND_READER = "second reader"


class SignedError(Refusal):
    """A signed slide is changed without a word. Say why, in the comment: the change becomes an amendment."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A person's word for a differential.

    Attributes:
        seq: place in the device's records; it holds for those of the slide that are smaller.
        version: 1 for the first signature of its role on the slide.
        operator: who signed.
        signed_at: when, aware UTC.
        role: `SIGNER`, or `SECOND_READER` for a second reading.
        override_reason: why it was signed though cells were unidentified or unread; None: none were.
        differential: what was signed: `counts` by type, `total`, `unidentified`, `target`, `reference`.
        statement: the words that were signed.
    """

    seq: int
    version: int
    operator: str
    signed_at: datetime
    role: str
    override_reason: str | None
    differential: dict[str, Any]
    statement: str


@dataclass(frozen=True, slots=True)
class Amendment:
    """A cell that was named otherwise after the newest signature."""

    cell_id: str
    operator: str
    reviewed_at: datetime
    old_type: str
    new_type: str
    comment: str


def find_signatures(engine: Engine, slide_id: str, role: str = SIGNER) -> tuple[Signature, ...]:
    """Find who signed a slide.

    Args:
        engine: `Store.readers`.
        slide_id: the slide.
        role: of those who signed.

    Returns:
        Every version, oldest first.
    """
    with engine.connect() as connection:
        return read_signatures(connection, slide_id, role)


def find_signature(engine: Engine, slide_id: str) -> Signature | None:
    """Find the newest signature of a slide's differential, None while nobody signed."""
    found = find_signatures(engine, slide_id)
    return found[-1] if found else None


def read_signatures(connection: Connection, slide_id: str, role: str) -> tuple[Signature, ...]:
    """Read as `find_signatures` does, within a transaction."""
    rows = connection.execute(_signatures_of_slide(), {"slide": slide_id, "role": role}).mappings()
    names = ("seq", "operator", "signed_at", "role", "override_reason", "differential", "statement")
    return tuple(
        Signature(version=version, **{name: row[name] for name in names}) for version, row in enumerate(rows, start=1)
    )


@cache
def _signatures_of_slide() -> Select[*tuple[Any, ...]]:
    of_slide = (signature.c.slide_id == bindparam("slide")) & (signature.c.role == bindparam("role"))
    return select(signature).where(of_slide).order_by(signature.c.seq)


def find_amendments(engine: Engine, slide_id: str, after_seq: int) -> tuple[Amendment, ...]:
    """Find what people changed of a slide after it was signed; a confirmation of a name is no change.

    Args:
        engine: `Store.readers`.
        slide_id: the slide.
        after_seq: `seq` of the signature.

    Returns:
        Changes of counted cells, oldest first.
    """
    with engine.connect() as connection:
        return read_amendments(connection, slide_id, after_seq)


def read_amendments(connection: Connection, slide_id: str, after_seq: int) -> tuple[Amendment, ...]:
    """Read as `find_amendments` does, within a transaction."""
    columns = ("cell_id", "operator", "reviewed_at", "old_type", "new_type", "comment")
    query = (
        select(*(review.c[name] for name in columns))
        .select_from(review.join(cell, review.c.cell_id == cell.c.id).join(field, cell.c.field_id == field.c.id))
        .where(field.c.slide_id == slide_id, is_counted(), review.c.seq > after_seq, review.c.reader.is_(None))
        .where(review.c.old_type != review.c.new_type)
        .order_by(review.c.seq)
    )
    return tuple(Amendment(**row) for row in connection.execute(query).mappings())


def require_reason(connection: Connection, cell_ids: Sequence[str], comment: str) -> None:
    """Refuse to rename cells of a signed slide without a reason; asked in the transaction that writes the names.

    Args:
        connection: in the transaction.
        cell_ids: the cells.
        comment: the reason that is given.

    Raises:
        SignedError: one of them belongs to a signed slide, and no reason is given.
    """
    if comment.strip():
        return
    query = (
        select(signature.c.operator, signature.c.signed_at)
        .select_from(signature.join(field, signature.c.slide_id == field.c.slide_id).join(cell))
        .where(cell.c.id.in_(cell_ids), signature.c.role == SIGNER)
        .order_by(signature.c.seq.desc())
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    if found is not None:
        raise SignedError(_refusal(found.operator, found.signed_at))


def leave_signed(connection: Connection, slide_id: str, judged: Judged) -> Judged:
    """Keep a signed slide's count as it was signed, whatever still passes under the camera.

    Args:
        connection: in the transaction that writes the field.
        slide_id: the slide that is open.
        judged: a frame, and what of it was to be counted.

    Returns:
        The same where the slide is not signed; else nothing of it counts and nothing is named anew.
    """
    wanted = (signature.c.slide_id == slide_id) & (signature.c.role == SIGNER)
    if not connection.execute(select(func.count()).select_from(signature).where(wanted)).scalar_one():
        return judged
    return replace(judged, counted=(False,) * len(judged.counted), verdicts=())


def _refusal(operator: str, signed_at: datetime) -> str:
    return f"comment: none, and {operator} signed the slide {signed_at:%Y-%m-%d %H:%M} UTC (expected a reason to amend)"
