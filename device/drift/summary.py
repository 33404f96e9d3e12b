"""Hours and days of looks, each as median, quartiles and number."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Literal

import numpy as np
from sqlalchemy import Engine

from device.drift.looks import (
    MEASURES,
    Calibrated,
    Look,
    begin_stretch,
    choose_length,
    find_calibrations,
    read_looks,
)

Step = Literal["hour", "day"]

DAYS_BY_HOUR = 10
"""Up to so many days are shown by the hour; more would be more points than a screen has room for."""

LATE = timedelta(hours=1)
"""Fields reach the records seconds after they were taken; an hour later none is missing."""

MOST_KNOWN = 5000
"""Hours and days that are kept, some 7 MB."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one measure over one stretch of time."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """One hour or day in which something was recorded.

    Attributes:
        at: its beginning, in the device's own time zone.
        looks: number of fields that were read of it.
        spreads: median and quartiles by measure; what was never measured is missing.
    """

    at: datetime
    looks: int
    spreads: dict[str, Spread]


@dataclass(frozen=True, slots=True)
class Drift:
    """How one camera's pictures changed.

    Attributes:
        camera: as slides name it.
        step: length of a stretch.
        stretches: oldest first; those without fields are left out.
        calibrations: that fell into the span.
    """

    camera: str
    step: Step
    stretches: tuple[Stretch, ...]
    calibrations: tuple[Calibrated, ...]


def read_drift(engine: Engine, camera: str, days: int, now: datetime) -> Drift:
    """Read how a camera's pictures changed over the last days.

    Args:
        engine: of a device's database.
        camera: as slides name it.
        days: 1 or more.
        now: aware.

    Returns:
        The summary, by hour for few days and by day for many, the first of them whole.
    """
    return DriftBook(engine, camera).read(days, now)


class DriftBook:
    """Reads how a camera's pictures changed, again and again; any thread may ask.

    Records are never changed, so an hour or a day that is over for a while is read once, and of the one that is not
    yet over only what is new.

    Args:
        engine: of a device's database.
        camera: as slides name it.
    """

    def __init__(self, engine: Engine, camera: str) -> None:
        self._engine = engine
        self._camera = camera
        self._lock = threading.Lock()
        self._known: dict[tuple[timedelta, datetime], Stretch | None] = {}
        self._begun: dict[timedelta, _Begun] = {}

    def read(self, days: int, now: datetime) -> Drift:
        """Read as `read_drift` does."""
        step, length = _choose_step(days), choose_length(timedelta(days=days))
        since = _begin(now - timedelta(days=days), step)
        begins = list(_list_begins(since, now, step))
        with self._lock:
            found = {at: self._known[length, at] for at in begins if (length, at) in self._known}
            over = [at for at, end in pairwise(begins) if end <= now - LATE]
            for at, end in _join_missing(begins, found):
                looks = self._read(at, min(end, now), length)
                found |= {one.at: one for one in _summarise(looks, step)}
                self._keep_begun(max(at, begins[len(over)]), min(end, now - LATE), looks, length)
            self._known |= {(length, at): found.get(at) for at in over}
            for oldest in list(self._known)[: max(0, len(self._known) - MOST_KNOWN)]:
                del self._known[oldest]
        stretches = tuple(one for at in begins if (one := found.get(at)) is not None)
        calibrations = tuple(one for one in find_calibrations(self._engine) if since <= one.at < now)
        return Drift(self._camera, step, stretches, calibrations)

    def _read(self, at: datetime, end: datetime, length: timedelta) -> list[Look]:
        begun = self._begun.get(length)
        if begun is None or not begun.at <= at <= begun.until:
            return read_looks(self._engine, self._camera, at, end, length)
        new = read_looks(self._engine, self._camera, begun.until, end, length)
        return [*(look for look in begun.looks if look.at >= at), *new]

    def _keep_begun(self, at: datetime, settled: datetime, looks: Sequence[Look], length: timedelta) -> None:
        until = begin_stretch(settled, length)
        if until > at:
            self._begun[length] = _Begun(at, until, tuple(look for look in looks if at <= look.at < until))


@dataclass(frozen=True, slots=True)
class _Begun:
    """What was read of an hour or a day that may not be over: all looks from one moment until another."""

    at: datetime
    until: datetime
    looks: tuple[Look, ...]


def spread_of(looks: Sequence[Look], measure: str) -> Spread | None:
    """Give median and quartiles of one measure; None where no look has it."""
    values = [look.values[measure] for look in looks if measure in look.values]
    if not values:
        return None
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75))
    return Spread(float(median), float(low), float(high))


def _choose_step(days: int) -> Step:
    return "hour" if days <= DAYS_BY_HOUR else "day"


def _list_begins(since: datetime, until: datetime, step: Step) -> Iterator[datetime]:
    at = _begin(since, step)
    while at < until:
        yield at
        # past the next beginning however the clock is put forward or back that day
        at = _begin(at + timedelta(hours=1.5 if step == "hour" else 36), step)
    yield at


def _join_missing(begins: Sequence[datetime], found: Mapping[datetime, object]) -> Iterator[tuple[datetime, datetime]]:
    """Give beginning and end of what has to be read, neighbours as one."""
    for known, pairs in groupby(pairwise(begins), key=lambda pair: pair[0] in found):
        if not known:
            run = list(pairs)
            yield run[0][0], run[-1][1]


def _summarise(looks: Sequence[Look], step: Step) -> list[Stretch]:
    begin: Callable[[Look], datetime] = lambda look: _begin(look.at, step)  # noqa: E731 - a key for groupby
    return [_describe(at, list(own)) for at, own in groupby(looks, key=begin)]


def _begin(at: datetime, step: Step) -> datetime:
    local = at.astimezone().replace(minute=0, second=0, microsecond=0)
    return local if step == "hour" else local.replace(hour=0)


def _describe(at: datetime, looks: list[Look]) -> Stretch:
    spreads = {name: spread for name in MEASURES if (spread := spread_of(looks, name)) is not None}
    return Stretch(at, len(looks), spreads)
