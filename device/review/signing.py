"""How a slide is signed: what stands in the way, and the record that a person's word leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from contract.cell_types import APART, UNIDENTIFIED
from contract.counts import read_counts
from contract.differential import Differential
from contract.failures import Refusal
from contract.moments import now
from contract.tables import signature
from device.keeping.transaction import Transaction
from device.review.second_reading import count_reading
from device.review.signed import SECOND_READER, read_amendments, read_signatures


class SigningError(Refusal):
    """A slide cannot be signed as asked: cells are unidentified, or the count is not what was looked at. Look again."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a person signs.

    Attributes:
        operator: who signs; not empty.
        role: `device.review.signed.SIGNER`, or `SECOND_READER` for the signer's own second reading.
        seen: cells for each type, as the person saw them; signed is this or nothing.
        override_reason: why it is signed though cells are unidentified or unread; empty: none are.
        statement: the words that are signed.
        context: what is kept beside the counts: target, reference ranges.
    """

    operator: str
    role: str
    seen: Mapping[str, int]
    override_reason: str
    statement: str
    context: Mapping[str, Any]


def find_obstacles(counts: Mapping[str, int], unread: int = 0) -> tuple[str, ...]:
    """Say what a reason must be given for.

    Args:
        counts: cells for each type.
        unread: counted cells that a second reader has not looked at.

    Returns:
        A phrase for each; none where nothing stands in the way.
    """
    unidentified = counts.get(UNIDENTIFIED, 0)
    phrases = ((unidentified, "unidentified"), (unread, "not read"))
    return tuple(f"{number} {'cell' if number == 1 else 'cells'} {what}" for number, what in phrases if number)


def write_signature(writing: Transaction, slide_id: str, word: Word) -> str:
    """Write a signature: what is counted at this moment, and nothing that comes later.

    Args:
        writing: the transaction it belongs to; what is counted cannot change within it.
        slide_id: a stored slide.
        word: what is signed.

    Returns:
        The signature's id.

    Raises:
        SigningError: nothing is counted, it is not what the person saw, something is unidentified or unread and no
            reason given, or the same person signed the same already.
    """
    connection = writing.connection
    if word.role == SECOND_READER:
        unread, counts = count_reading(connection, slide_id, word.operator)
        obstacles = find_obstacles({}, unread)  # that a reader cannot name a cell is an answer to the question
    else:
        counts = read_counts(connection, slide_id)
        obstacles = find_obstacles(counts)
    _check_count(counts, word)
    _check_reason(obstacles, word)
    if _says_the_same(connection, slide_id, word, counts):
        raise SigningError(f"slide: signed by {word.operator} already (expected a change since, or another person)")
    counted = Differential.of(counts)
    signed = {"counts": counts, "total": counted.total, "unidentified": counted.unidentified}
    row = {"slide_id": slide_id, "signed_at": now(), "operator": word.operator, "role": word.role}
    row |= {"override_reason": word.override_reason.strip() or None, "statement": word.statement}
    return writing.insert(signature, row | {"differential": signed | dict(word.context)})


def _says_the_same(connection: Connection, slide_id: str, word: Word, counts: Mapping[str, int]) -> bool:
    before = [one for one in read_signatures(connection, slide_id, word.role) if one.operator == word.operator]
    if not before or before[-1].differential["counts"] != counts:
        return False
    return word.role == SECOND_READER or not read_amendments(connection, slide_id, before[-1].seq)


def _check_count(counts: Mapping[str, int], word: Word) -> None:
    if not word.operator.strip():
        raise SigningError("operator: nobody (expected who signs)")
    if counts.keys() <= set(APART):
        raise SigningError("slide: no cell is counted (expected one or more to sign for)")
    if counts != {name: count for name, count in word.seen.items() if count}:
        now_at, seen_at = sum(counts.values()), sum(word.seen.values())
        raise SigningError(f"count: {now_at} cells now, {seen_at} when you looked (expected the count as it is shown)")


def _check_reason(obstacles: tuple[str, ...], word: Word) -> None:
    given = bool(word.override_reason.strip())
    if obstacles and not given:
        raise SigningError(f"slide: {' and '.join(obstacles)} (expected none, or a reason to sign all the same)")
    if given and not obstacles:
        raise SigningError("override_reason: nothing to override (expected none)")
