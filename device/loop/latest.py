"""The newest value only, for any number of readers."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """A slot that one thread fills and many threads read.

    A reader never holds the writer up and never sees a queue of old values: it gets the newest one, or waits for it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._value: T | None = None
        self._seq = 0
        self._closed = False

    @property
    def closed(self) -> bool:
        """True once no newer value will come."""
        with self._changed:
            return self._closed

    def put(self, seq: int, value: T) -> None:
        """Replace the value and wake every waiting reader.

        Args:
            seq: number of the value, greater than 0 and than that of every value before it.
            value: shared by all readers, so never changed afterwards.
        """
        with self._changed:
            if seq <= self._seq:
                raise ValueError(f"seq: {seq} (expected more than {self._seq})")
            self._seq, self._value = seq, value
            self._changed.notify_all()

    def get(self) -> T | None:
        """Give the newest value at once, or None if there was none yet."""
        with self._changed:
            return self._value

    def wait_newer(self, after: int, timeout_s: float) -> T | None:
        """Give a value newer than ``after``, waiting for it if need be.

        Args:
            after: number of the value the reader has; 0 for none.
            timeout_s: longest wait in seconds.

        Returns:
            The newest value, or None if none newer came in time or the slot was closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._seq > after, timeout_s)
            return self._value if self._seq > after else None

    def close(self) -> None:
        """Say that nothing newer will come: waiting readers return at once. May be called twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
