"""Weeks of recorded fields in a real SQLite file: made, not waited for."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from contract.database import open_engine
from contract.tables import event, field
from device.drift.looks import begin_id
from device.frame import Quality
from device.keeping.rows import make_field_row
from tests.made_records import make_judged, open_slide

BEGIN = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
PLAIN = Quality(150.0, 0.0, 20.0, 5.0, None, (200.0, 180.0, 170.0), cover=0.4, overlap=0.1, stain=0.8)


def make_id(at, number):
    """A UUIDv7 as it would have been made then."""
    return f"{begin_id(at)}-7{number & 0xFFF:03x}-8000-{number:012x}"


def add_fields(store, moments, qualities, slide_id=None):
    """Insert fields as if they had been recorded at these moments; returns the slide they belong to."""
    slide_id = slide_id or open_slide(store)
    judged = make_judged(types=())
    plain = make_field_row(slide_id, judged.prediction, judged.position)
    engine = open_engine(store.path)
    with engine.begin() as connection:
        last = connection.exec_driver_sql("SELECT max(seq) FROM (SELECT seq FROM field UNION SELECT seq FROM slide)")
        first = last.scalar() + 1
        rows = [
            plain
            | {"id": make_id(at, seq), "device_id": store.device_id, "seq": seq, "captured_at": at}
            | {"quality": asdict(quality)}
            for seq, (at, quality) in enumerate(zip(moments, qualities, strict=True), start=first)
        ]
        connection.execute(field.insert(), rows)
    engine.dispose()
    return slide_id


def add_event(store, at, kind):
    """Insert an event as if it had happened then; its number lies far above those of fields."""
    engine = open_engine(store.path)
    with engine.begin() as connection:
        seq = 10_000_000 + int((at - BEGIN).total_seconds())
        row = {"id": make_id(at, seq), "device_id": store.device_id, "seq": seq, "at": at, "level": "info"}
        connection.execute(event.insert(), row | {"kind": kind, "detail": {}})
    engine.dispose()


def shine(share, red=1.0):
    """A field's quality under a lamp of this share of its first light, its red changed by a factor."""
    levels = tuple(share * level for level in PLAIN.background)
    return replace(PLAIN, background=(levels[0] * red, *levels[1:]), mean_luminance=150 * share)


def work_days(days, fields_a_day, begin=BEGIN):
    """Moments of eight hours a day, evenly spread."""
    step = timedelta(hours=8) / fields_a_day
    return [begin + timedelta(days=day) + step * n for day in range(days) for n in range(fields_a_day)]


def fade(moments, a_day, sd=0.02, begin=BEGIN):
    """Qualities of fields under a lamp that loses this share of its first light each day; fields scatter."""
    rng = np.random.default_rng(1)
    days = [(at - begin) / timedelta(days=1) for at in moments]
    return [shine((1 - a_day * day) * float(np.exp(rng.normal(0, sd)))) for day in days]
