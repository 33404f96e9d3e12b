"""What happens beside the frames, a camera that stalls for example: told from any thread, logged, kept as an event."""

import logging
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from device.keeping.store import Store
from device.worker import Worker

log = logging.getLogger(__name__)

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


@dataclass(frozen=True, slots=True)
class _Happening:
    level: str
    kind: str
    detail: dict[str, Any]


class Happenings(Worker):
    """Writes events in its own thread, so that whoever tells one never waits for the disk.

    The camera is opened before the store: what is told before ``write_to`` and ``with`` is kept and written then.
    """

    def __init__(self) -> None:
        super().__init__("happenings")
        self._changed = threading.Condition()
        self._waiting: deque[_Happening] = deque()
        self._stopping = False
        self._store: Store | None = None

    def tell(self, level: str, kind: str, detail: dict[str, Any]) -> None:
        """Log something that happened and keep it as an event.

        Args:
            level: one of `contract.tables.EVENT_LEVELS`.
            kind: short name, the same for the same thing.
            detail: plain JSON; no accession code.
        """
        log.log(_LEVELS[level], "%s: %s", kind, ", ".join(f"{key} {value}" for key, value in detail.items()))
        with self._changed:
            self._waiting.append(_Happening(level, kind, detail))
            self._changed.notify_all()

    def write_to(self, store: Store) -> "Happenings":
        """Say where events are kept; then ``with`` starts writing."""
        self._store = store
        return self

    def work(self) -> None:
        """Write until told to stop and nothing waits."""
        assert self._store is not None, "write_to comes before with"
        while (happening := self._take()) is not None:
            self._store.add_event(happening.level, happening.kind, happening.detail)

    def stop(self) -> None:
        """Let the thread end as soon as nothing waits."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def _take(self) -> _Happening | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            return self._waiting.popleft() if self._waiting else None
