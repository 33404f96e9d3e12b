"""Fields on their way to the disk: in order, none lost, and a disk that is too slow is noticed."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from contract.failures import Refusal
from device.worker import Worker

T = TypeVar("T")


class RecorderError(Refusal):
    """Records come faster than the disk takes them, for too long. Look at the card's free space and health."""

    exit_code = 5


class Recorder(Worker, Generic[T]):
    """Writes records one after the other in its own thread.

    A full queue makes the giver wait, so that nothing is lost; a queue that stays full ends the program, because what
    is shown would no longer be what is saved. When it is stopped it first writes what still waits.

    Args:
        write: stores one record for good; what it raises ends the recorder and is raised in the giver's thread.
        queue_fields: records that may wait, >= 1.
        full_queue_s: longest wait of the giver in seconds.
    """

    def __init__(self, write: Callable[[T], object], queue_fields: int, full_queue_s: float) -> None:
        super().__init__("recorder")
        self._write = write
        self._queue_fields = queue_fields
        self._full_queue_s = full_queue_s
        self._changed = threading.Condition()
        self._queue: deque[T] = deque()
        self._stopping = False
        self._over = False
        self._given = self._written = 0

    @property
    def waiting(self) -> int:
        """Records that wait to be written."""
        return len(self._queue)

    def record(self, item: T) -> None:
        """Hand over one record; waits while the queue is full.

        Args:
            item: what ``write`` takes.

        Raises:
            RecorderError: the queue stayed full for longer than the limit.
            Exception: whatever ended the recorder's thread.
        """
        with self._changed:
            has_room = self._changed.wait_for(self._takes_one_or_ended, self._full_queue_s)
            self.check()
            if self._over:
                raise RuntimeError("recorder: a field came after its end (expected none)")
            if not has_room:
                raise RecorderError(
                    f"recorder: {self.waiting} fields wait for the disk "
                    f"(expected one to be written within {self._full_queue_s:g} s)"
                )
            self._queue.append(item)
            self._given += 1
            self._changed.notify_all()

    def settle(self, timeout_s: float = 5.0) -> None:
        """Wait until all that was handed over before is written.

        Args:
            timeout_s: longest wait in seconds.

        Raises:
            RecorderError: the disk did not take it in time.
        """
        with self._changed:
            given = self._given
            if not self._changed.wait_for(lambda: self._over or self._written >= given, timeout_s):
                raise RecorderError(
                    f"recorder: {self.waiting} fields wait for the disk (expected none after {timeout_s:g} s)"
                )

    def work(self) -> None:
        """Write until told to stop and nothing waits."""
        while (item := self._take()) is not None:
            self._write(item)
            with self._changed:
                self._written += 1
                self._changed.notify_all()

    def stop(self) -> None:
        """Let the thread end as soon as nothing waits."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def ended(self) -> None:
        """Wake a giver that waits for room."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _take(self) -> T | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._stopping)
            item = self._queue.popleft() if self._queue else None
            self._changed.notify_all()
            return item

    def _takes_one_or_ended(self) -> bool:
        return self._over or len(self._queue) < self._queue_fields
