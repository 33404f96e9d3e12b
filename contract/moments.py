"""How a moment is written down: UTC text of one fixed width, the same in every database and in the sync feed."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from contract.failures import Refusal


class MomentError(Refusal):
    """A time without a zone, or text that is no time. Pass an aware datetime, such as `moments.now()`."""


def now() -> datetime:
    """Return the present as an aware UTC datetime."""
    return datetime.now(UTC)


def write_moment(moment: datetime) -> str:
    """Write a moment as `2026-01-31T23:59:59.000001+00:00`; of two texts the later one sorts last.

    Args:
        moment: aware datetime of any zone.

    Returns:
        ISO 8601 UTC with microseconds, always 32 characters.

    Raises:
        MomentError: the datetime names no zone.
    """
    if moment.tzinfo is None:
        raise MomentError(f"time: {moment.isoformat()} (expected one with a time zone)")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def read_moment(text: str) -> datetime:
    """Read what `write_moment` wrote.

    Args:
        text: ISO 8601 with a zone.

    Returns:
        Aware UTC datetime.

    Raises:
        MomentError: not a time, or one without a zone.
    """
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise MomentError(f"time: {text!r} (expected ISO 8601)") from error
    if moment.tzinfo is None:
        raise MomentError(f"time: {text!r} (expected one with a time zone)")
    return moment.astimezone(UTC)


class Moment(TypeDecorator[datetime]):
    """A column of aware UTC datetimes kept as text, for SQLite has no time of its own."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Turn the datetime into the text of the row."""
        return None if value is None else write_moment(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Turn the text of the row into an aware datetime."""
        return None if value is None else read_moment(value)
