"""What was looked at of a slide, and how good the pictures were."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import Engine, select

from contract.tables import field


@dataclass(frozen=True, slots=True)
class FieldSummary:
    """The fields that were recorded of a slide.

    Attributes:
        analysed: fields that were read.
        rejected: fields that were not, by reason, most frequent first.
        first_at, last_at: when; None where there is no field.
        focus: median of the finest detail in percent of the luminance; None where nothing was analysed.
        mean_luminance: median grey level, 0..255; None likewise.
        saturated_percent: median share of saturated pixels; None likewise.
    """

    analysed: int
    rejected: tuple[tuple[str, int], ...]
    first_at: datetime | None
    last_at: datetime | None
    focus: float | None
    mean_luminance: float | None
    saturated_percent: float | None


def write_time(moment: datetime) -> str:
    """Write a moment as people read it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def write_span(fields: FieldSummary) -> str:
    """Write when the fields were taken; the empty text where there is none."""
    if fields.first_at is None or fields.last_at is None:
        return ""
    if fields.first_at.date() == fields.last_at.date():
        return f"{fields.first_at:%Y-%m-%d %H:%M}–{fields.last_at:%H:%M} UTC"
    return f"{write_time(fields.first_at)} – {write_time(fields.last_at)}"


def summarize_fields(engine: Engine, slide_id: str) -> FieldSummary:
    """Summarize the fields of a slide.

    Args:
        engine: `Store.readers`.
        slide_id: the slide.

    Returns:
        The summary.
    """
    columns = (field.c.captured_at, field.c.rejected, field.c.quality)
    with engine.connect() as connection:
        rows = connection.execute(select(*columns).where(field.c.slide_id == slide_id)).all()
    taken = [row.captured_at for row in rows]
    good = [row.quality for row in rows if row.rejected is None]
    saturated = _middle([one["saturated_fraction"] for one in good])
    return FieldSummary(
        analysed=len(good),
        rejected=tuple(Counter(row.rejected for row in rows if row.rejected is not None).most_common()),
        first_at=min(taken, default=None),
        last_at=max(taken, default=None),
        focus=_middle([one["focus"] for one in good]),
        mean_luminance=_middle([one["mean_luminance"] for one in good]),
        saturated_percent=None if saturated is None else 100 * saturated,
    )


def _middle(values: list[float]) -> float | None:
    return median(values) if values else None
