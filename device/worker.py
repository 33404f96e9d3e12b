"""A thread with one owner: started by ``with``, stopped and joined at its end, its failure raised by the owner."""

import logging
import threading
from abc import ABC, abstractmethod
from typing import Self

from device.rank import BESIDE, step_back

log = logging.getLogger(__name__)


class WorkerStuck(RuntimeError):
    """A worker did not end in time when told to; what it was doing is in its name. The process has to be restarted."""


class Worker(ABC):
    """Work beside the main thread, which goes first (`device.rank`).

    ``__init__`` stores, ``__enter__`` starts the thread, ``__exit__`` tells it to stop and joins it. Whatever the work
    raises ends the thread and is raised again in the owner's thread, by ``check`` or by ``__exit__``.

    Args:
        name: the thread's name, as logs and the debugger show it.
        close_s: longest time in seconds that the work may take to end after ``stop``.
    """

    def __init__(self, name: str, close_s: float = 30.0) -> None:
        self._close_s = close_s
        self._thread = threading.Thread(target=self._guard, name=name, daemon=True)
        self._failure: BaseException | None = None

    @abstractmethod
    def work(self) -> None:
        """Do the work in the worker's own thread; return soon after ``stop`` was called."""

    @abstractmethod
    def stop(self) -> None:
        """Tell the work to end; called from the owner's thread, more than once perhaps."""

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: object) -> None:
        """Stop and join the thread; raise its failure unless something else is already on its way out."""
        self.stop()
        self._thread.join(self._close_s)
        if self._thread.is_alive():
            log.error("%s did not end within %.0f s", self._thread.name, self._close_s)
            if exc is None:
                raise WorkerStuck(f"{self._thread.name}: still at work {self._close_s:.0f} s after it was told to stop")
        elif exc is None:
            self.check()

    def check(self) -> None:
        """Raise in the caller's thread what the work raised in its own, if it did; once."""
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def ended(self) -> None:  # noqa: B027 - nothing to do is the usual case
        """Called last in the worker's own thread, when ``check`` already knows; wakes whoever waits for the work."""

    def _guard(self) -> None:
        try:
            step_back(BESIDE)
            self.work()
        except BaseException as failure:  # noqa: BLE001 - the one place where a thread's failure is kept for its owner
            self._failure = failure
            log.debug("%s ended by %r", self._thread.name, failure)
        finally:
            self.ended()
