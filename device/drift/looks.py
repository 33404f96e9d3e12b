"""What was measured of recorded fields, a few of each stretch of time, however many there are."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, select, text

from contract.moments import read_moment
from contract.tables import event, field, slide

STRETCHES = 2000
"""A span is read in about so many stretches of equal length; a Pi looks them all up in well under a second."""

SHORTEST_STRETCH = timedelta(minutes=5)

FIELDS_A_STRETCH = 5
"""Fields read of each stretch: its first. Sixty an hour say its median within a few percent of its spread."""

MEASURES = ("lamp", "red", "green", "blue", "mean_luminance", "saturated_fraction", "focus", "cover", "stain")
"""What is read of a field: the lamp is the luminance of empty plasma."""

LUMINANCE = (0.299, 0.587, 0.114)
"""Share of red, green and blue in luminance, as OpenCV reckons it (ITU-R BT.601)."""

_CALIBRATIONS = "optics_"
_AFTER_CALIBRATIONS = "optics`"  # the first text that does not begin so


@dataclass(frozen=True, slots=True)
class Look:
    """One recorded field.

    Attributes:
        at: when it was taken.
        values: by the names in `MEASURES`; what was not measured is missing.
    """

    at: datetime
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A moment from which pictures are corrected otherwise.

    Attributes:
        at: when.
        kind: of the event, such as optics_flat.
    """

    at: datetime
    kind: str


def read_looks(
    engine: Engine, camera: str, since: datetime, until: datetime, length: timedelta | None = None
) -> list[Look]:
    """Read what was measured of one camera's fields.

    Records have UUIDv7 ids, whose order is that of time, so a stretch is found by its ids without reading the others.

    Args:
        engine: of a device's database.
        camera: as slides name it.
        since: aware; first moment.
        until: aware; first moment after the span.
        length: of a stretch; None: as the span's length asks for.

    Returns:
        A few looks of each stretch of the span, oldest first.
    """
    stretches = _divide(since, until, length or choose_length(until - since))
    bounds = [(begin_id(start), begin_id(end)) for start, end in stretches]
    wanted = {"bounds": json.dumps(bounds), "most": FIELDS_A_STRETCH, "camera": camera}
    with engine.connect() as connection:
        looks = [_read_look(at, quality) for at, quality in connection.execute(_FIRST_OF_EACH, wanted)]
    return sorted((look for look in looks if since <= look.at < until), key=lambda look: look.at)


def find_first(engine: Engine, camera: str, after: datetime | None = None) -> datetime | None:
    """Find when the first field of a camera was taken.

    Args:
        engine: of a device's database.
        camera: as slides name it.
        after: aware; fields before it do not count.

    Returns:
        The moment, or None where there is none.
    """
    start = "" if after is None else begin_id(after)
    # slides are opened one after the other: the one that lay there at that moment is the last from before it
    there = select(func.max(slide.c.id)).where(slide.c.camera == camera, slide.c.id < start).scalar_subquery()
    ours = (slide.c.camera == camera) & (slide.c.id >= func.coalesce(there, ""))
    return _find_field(engine, ours & (field.c.id >= start), (slide.c.id, field.c.id))


def find_last(engine: Engine, camera: str, before: datetime) -> datetime | None:
    """Find when the newest field of a camera was taken.

    Args:
        engine: of a device's database.
        camera: as slides name it.
        before: aware; later fields do not count.

    Returns:
        The moment, or None where there is none.
    """
    wanted = (slide.c.camera == camera) & (field.c.id < begin_id(before))
    return _find_field(engine, wanted, (slide.c.id.desc(), field.c.id.desc()))


def find_calibrations(engine: Engine) -> list[Calibrated]:
    """Find when the optics were calibrated, oldest first."""
    # said as a range, which finds its place in the index
    kinds = (event.c.kind >= _CALIBRATIONS) & (event.c.kind < _AFTER_CALIBRATIONS)
    query = select(event.c.at, event.c.kind).where(kinds).order_by(event.c.seq)
    with engine.connect() as connection:
        return [Calibrated(at, kind) for at, kind in connection.execute(query)]


def find_last_camera(engine: Engine) -> str | None:
    """Find which camera the newest slide was looked at with; None where there is no slide."""
    with engine.connect() as connection:
        return connection.execute(select(slide.c.camera).order_by(slide.c.id.desc()).limit(1)).scalar()


def begin_id(moment: datetime) -> str:
    """Give the text that sorts before every UUIDv7 made from a moment on.

    Args:
        moment: aware.

    Returns:
        The first 48 bits, milliseconds since 1970, as such an id writes them.

    Source: RFC 9562, 5.7.
    """
    digits = f"{max(0, int(moment.timestamp() * 1000)):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def _find_field(engine: Engine, wanted: ColumnElement[bool], order: tuple[Any, Any]) -> datetime | None:
    """Go through slides in order until one has such a field."""
    by_slide = slide.join(field, field.c.slide_id == slide.c.id)
    query = select(field.c.captured_at).select_from(by_slide).where(wanted).order_by(*order).limit(1)
    with engine.connect() as connection:
        return connection.execute(query).scalar()


_FIRST_OF_EACH = text(
    "SELECT f.captured_at, f.quality FROM json_each(:bounds) AS stretch CROSS JOIN field AS f "
    "CROSS JOIN slide ON slide.id = f.slide_id AND slide.camera = :camera "
    "WHERE f.id IN (SELECT id FROM field WHERE id >= json_extract(stretch.value, '$[0]') "
    "AND id < json_extract(stretch.value, '$[1]') ORDER BY id LIMIT :most)"
)


def choose_length(span: timedelta) -> timedelta:
    """Say into stretches of which length a span is divided."""
    return max(SHORTEST_STRETCH, span / STRETCHES)


def begin_stretch(at: datetime, length: timedelta) -> datetime:
    """Find the beginning of a moment's stretch, counted from a fixed one on: the same fields are chosen at any time."""
    return datetime.fromtimestamp(at.timestamp() // length.total_seconds() * length.total_seconds(), UTC)


def _divide(since: datetime, until: datetime, length: timedelta) -> Iterator[tuple[datetime, datetime]]:
    start = begin_stretch(since, length)
    while start < until:
        yield start, start + length
        start += length


def _read_look(at: str, quality: str) -> Look:
    return Look(read_moment(at), dict(_read_values(json.loads(quality))))


def _read_values(quality: dict[str, Any]) -> Iterable[tuple[str, float]]:
    if background := quality.get("background"):
        yield "lamp", sum(share * level for share, level in zip(LUMINANCE, background, strict=True))
        yield from zip(("red", "green", "blue"), background, strict=True)
    for name in MEASURES[4:]:
        if quality.get(name) is not None:
            yield name, quality[name]
