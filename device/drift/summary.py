"""Hours and days of looks, each as median, quartiles and number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal

import numpy as np
from sqlalchemy import Engine

from device.drift.looks import MEASURES, Calibrated, Look, find_calibrations, read_looks

Step = Literal["hour", "day"]

DAYS_BY_HOUR = 10
"""Up to so many days are shown by the hour; more would be more points than a screen has room for."""


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
        The summary, by hour for few days and by day for many.
    """
    since, step = now - timedelta(days=days), _choose_step(days)
    looks = read_looks(engine, camera, since, now)
    calibrations = tuple(one for one in find_calibrations(engine) if since <= one.at < now)
    return Drift(camera, step, tuple(_summarise(looks, step)), calibrations)


def spread_of(looks: Sequence[Look], measure: str) -> Spread | None:
    """Give median and quartiles of one measure; None where no look has it."""
    values = [look.values[measure] for look in looks if measure in look.values]
    if not values:
        return None
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75))
    return Spread(float(median), float(low), float(high))


def _choose_step(days: int) -> Step:
    return "hour" if days <= DAYS_BY_HOUR else "day"


def _summarise(looks: Sequence[Look], step: Step) -> list[Stretch]:
    begin: Callable[[Look], datetime] = lambda look: _begin(look.at, step)  # noqa: E731 - a key for groupby
    return [_describe(at, list(own)) for at, own in groupby(looks, key=begin)]


def _begin(at: datetime, step: Step) -> datetime:
    local = at.astimezone().replace(minute=0, second=0, microsecond=0)
    return local if step == "hour" else local.replace(hour=0)


def _describe(at: datetime, looks: list[Look]) -> Stretch:
    spreads = {name: spread for name in MEASURES if (spread := spread_of(looks, name)) is not None}
    return Stretch(at, len(looks), spreads)
