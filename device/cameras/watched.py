"""A source made of a live camera: it gives the newest sound picture only, and lives on when the camera fails."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Self

from contract.failures import Refusal
from device.cameras.fault_book import FaultBook
from device.cameras.live import LiveCamera
from device.cameras.source import Absence, Shot, SourceError, Tell
from device.cameras.watching import OPEN_S, STUCK_S, Watch

SILENT_S = 2.5
"""Without a sound picture for so long the camera is opened again: whatever is wrong is noticed within 3 s."""

START_S = OPEN_S + 2.0

log = logging.getLogger(__name__)


def tell_log(level: str, kind: str, detail: dict[str, Any]) -> None:
    """Write an event to the log, for who keeps no records.

    Args:
        level: one of `contract.tables.EVENT_LEVELS`.
        kind: short name.
        detail: plain JSON.
    """
    words = ", ".join(f"{key}: {value}" for key, value in detail.items())
    log.log(logging.getLevelNamesMapping()[level.upper()], "%s: %s", kind, words)


class WatchedSource:
    """Watches a live camera; what comes out is each time the newest picture, never a frozen, cut or odd-sized one.

    The camera lives in a thread that may get stuck in its driver, supervised by another that cannot. A fault is one
    event when it begins and one when sound pictures have come again for a second.

    Args:
        name: in the words a person would give to ``--camera``.
        make: makes the camera, not yet opened.
        fps: pictures a second that it gives at least; a slow camera is given more time. 0: not known.
        tell: takes events.
        patient: a camera that is not there when the program starts is waited for, as one that is lost later.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], LiveCamera],
        fps: float = 0.0,
        tell: Tell | None = None,
        patient: bool = False,
    ) -> None:
        self._name = name
        self._make = make
        self._silent_s = max(SILENT_S, 3 / fps if fps else 0.0)
        self._book = FaultBook(name, tell_log if tell is None else tell)
        self._patient = patient
        self._watch: Watch | None = None

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    @property
    def simulated(self) -> bool:
        """False: what is live is photographed."""
        return False

    @property
    def trouble(self) -> str | None:
        """What is wrong with the camera now; None: pictures come."""
        return self._book.trouble

    def __enter__(self) -> Self:
        """Open the camera and wait for its first picture, or for the first attempt to come back where it is patient.

        Raises:
            SourceError: it cannot be opened or gives none; where it is patient, only if the attempt does not come back.
        """
        watch = self._watch = Watch(self._make, self._silent_s, self._book, self._patient)
        watch.__enter__()
        within_s = STUCK_S if self._patient else START_S
        if watch.newest.wait_newer(0, within_s) is None:
            self.__exit__()
            raise self._refuse(watch, within_s)
        return self

    def __exit__(self, *exc: object) -> None:
        """Close the camera, waiting some seconds for its driver at most; shots end at once."""
        watch, self._watch = self._watch, None
        if watch is not None:
            failure = exc[1] if len(exc) > 1 and isinstance(exc[1], BaseException) else None
            watch.__exit__(type(failure) if failure else None, failure, None)

    def shots(self) -> Iterator[Shot | Absence]:
        """Yield the newest picture again and again, each once, until the source is closed; it waits through faults."""
        watch = self._watch
        if watch is None:
            return
        newest = watch.newest.get()
        number, spoiled = (newest.number, newest.spoiled) if newest else (0, 0)
        while not watch.newest.closed:
            taken = watch.newest.wait_newer(number, SILENT_S)
            if taken is None:
                continue
            number = taken.number
            if isinstance(taken.shot, Absence):
                yield taken.shot
                continue
            yield replace(taken.shot, skipped=taken.spoiled - spoiled)
            spoiled = taken.spoiled
        watch.check()

    def _refuse(self, watch: Watch, within_s: float) -> BaseException:
        if isinstance(watch.refusal, Refusal):
            return watch.refusal
        if watch.refusal is not None:
            failure = watch.refusal
            return SourceError(f"{self._name}: {type(failure).__name__}: {failure} (expected a camera that opens)")
        return SourceError(
            f"{self._name}: {self._book.trouble or 'no picture'} (expected pictures within {within_s:.0f} s)"
        )
