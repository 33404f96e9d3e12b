"""Whether lamp and colour have left the band around what they were when they were last set."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from contract.moments import now
from contract.settings import DriftSettings
from device.drift.looks import Look, find_calibrations, find_first, find_last, read_looks
from device.drift.summary import spread_of

SETTING_KINDS = {"optics_dark": "dark frame", "optics_flat": "flat field", "optics_white": "white balance"}
"""After these the lamp's level is a new one."""

DAY = timedelta(days=1)

FEWEST_LOOKS = 20
"""Fields without which a day says nothing: their median of the lamp lies within 1 % of the day's."""

KEPT_S = 300.0
"""How long an answer is kept: a lamp drifts over days, and the page asks every two seconds."""


@dataclass(frozen=True, slots=True)
class Change:
    """The last day against the first.

    Attributes:
        since: beginning of the first day.
        after: what stands at its beginning, in words.
        lamp: relative change of the lamp's level.
        red, blue: relative change of red and of blue over green.
    """

    since: datetime
    after: str
    lamp: float
    red: float
    blue: float


class DriftWatch:
    """Tells of drift whenever it is asked; reads the records at most every few minutes.

    Args:
        engine: of the device's database.
        camera: as slides name it.
        limits: the settings' section `device.drift`.
        keep_s: how long an answer is kept.
    """

    def __init__(self, engine: Engine, camera: str, limits: DriftSettings, keep_s: float = KEPT_S) -> None:
        self._engine = engine
        self._camera = camera
        self._limits = limits
        self._keep_s = keep_s
        self._lock = threading.Lock()
        self._words: tuple[str, ...] = ()
        self._due_s = 0.0

    def find_warnings(self) -> tuple[str, ...]:
        """Say what has drifted, each in a sentence; any thread may ask, one at a time reads."""
        with self._lock:
            if time.monotonic() >= self._due_s:
                change = measure_change(self._engine, self._camera, now())
                self._words = () if change is None else describe_change(change, self._limits)
                self._due_s = time.monotonic() + self._keep_s
            return self._words


def measure_change(engine: Engine, camera: str, at: datetime) -> Change | None:
    """Compare the last day in which fields were recorded with the first after the light was last set.

    Args:
        engine: of a device's database.
        camera: as slides name it.
        at: aware; later fields do not count.

    Returns:
        The change; None where either day has too few fields, or they are one and the same.
    """
    settings = [one for one in find_calibrations(engine) if one.kind in SETTING_KINDS and one.at < at]
    begun = find_first(engine, camera, settings[-1].at if settings else None)
    ended = find_last(engine, camera, at)
    if begun is None or ended is None or begun + DAY >= ended:
        return None
    before = read_looks(engine, camera, begun, begun + DAY)
    last = read_looks(engine, camera, max(begun + DAY, ended - DAY), at)
    if min(len(before), len(last)) < FEWEST_LOOKS:
        return None
    after = f"the last {SETTING_KINDS[settings[-1].kind]}" if settings else "its first day"
    return _compare(before, last, begun, after)


def describe_change(change: Change, limits: DriftSettings) -> tuple[str, ...]:
    """Say what of a change is more than the limits allow.

    Args:
        change: of lamp and colour.
        limits: the settings' section `device.drift`.

    Returns:
        A sentence for each.
    """
    since = f"since {change.after} ({change.since.astimezone():%Y-%m-%d})"
    told = []
    if abs(change.lamp) > limits.max_lamp_change:
        how = "brighter" if change.lamp > 0 else "darker"
        told.append(f"lamp has drifted: {abs(change.lamp):.0%} {how} {since} (at most {limits.max_lamp_change:.0%})")
    name, most = max((("red", change.red), ("blue", change.blue)), key=lambda one: abs(one[1]))
    if abs(most) > limits.max_colour_change:
        how = "more" if most > 0 else "less"
        told.append(
            f"colour has drifted: {abs(most):.0%} {how} {name} {since} (at most {limits.max_colour_change:.0%})"
        )
    return tuple(told)


def _compare(before: Sequence[Look], last: Sequence[Look], begun: datetime, after: str) -> Change | None:
    def ratio(measure: str) -> float:
        then, today = spread_of(before, measure), spread_of(last, measure)
        return today.median / then.median if then and today and then.median > 0 else 0.0

    lamp, red, green, blue = (ratio(name) for name in ("lamp", "red", "green", "blue"))
    if not (lamp and green):
        return None
    return Change(begun, after, lamp - 1, red / green - 1, blue / green - 1)
