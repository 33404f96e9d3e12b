"""How many requests may wait at once, so that waiting ones leave threads for all others."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Places:
    """A number of places; whoever finds none free is told so at once and never queues.

    Args:
        count: places, >= 1.
    """

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)

    def take(self) -> bool:
        """Take a place if one is free."""
        return self._free.acquire(blocking=False)

    def give_back(self) -> None:
        """Give back a place that was taken."""
        self._free.release()

    @contextmanager
    def borrow(self) -> Iterator[bool]:
        """Take a place for a while.

        Yields:
            True if one was free.
        """
        has_place = self.take()
        try:
            yield has_place
        finally:
            if has_place:
                self.give_back()
