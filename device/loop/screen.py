"""Which frame is on the screens: changed at most so often, and all who wait for the change are woken once."""

import threading
import time
from collections.abc import Callable

from device.preclassification import Judged

Ready = Callable[[Judged], object]


class Screen:
    """The newest frame, and the one that viewers see; any thread may call.

    One of the viewers who wait makes the change for all: it waits until the next frame is due, makes ready what it
    wants of it, and only then wakes the others. Whoever puts frames wakes at most that one.

    Args:
        interval_s: least time between two changes, in seconds.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._lock = threading.Lock()
        self._came = threading.Condition(self._lock)  # told to the one who makes the change
        self._changed = threading.Condition(self._lock)  # told to all others
        self._newest: Judged | None = None
        self._shown: Judged | None = None
        self._due_s = 0.0
        self._is_changing = False
        self._closed = False

    @property
    def newest(self) -> Judged | None:
        """The newest frame; None before the first."""
        return self._newest

    @property
    def closed(self) -> bool:
        """True once no newer frame will come."""
        return self._closed

    def put(self, judged: Judged) -> None:
        """Take a frame; its number is greater than those before."""
        with self._lock:
            if self._newest is not None and number(judged) <= number(self._newest):
                raise ValueError(f"seq: {number(judged)} (expected more than {number(self._newest)})")
            self._newest = judged
            self._came.notify()

    def wait_newer(self, after: int, timeout_s: float, ready: Ready) -> Judged | None:
        """Give a frame newer than ``after``, waiting for it if need be.

        Args:
            after: number of the frame the viewer has; 0 for none.
            timeout_s: longest wait in seconds for a frame to come; one that is there is waited for until it is due.
            ready: done with the next frame before it is on the screens, unless another viewer makes the change.

        Returns:
            The frame on the screens, the newest where a change was due; None if none newer came in time, or none will
            come.
        """
        until_s = time.monotonic() + timeout_s
        with self._lock:
            while not self._closed:
                now_s, shown, is_there = time.monotonic(), self._shown, self._is_newer(after)
                is_over = self._newest is not shown and now_s >= self._due_s
                if shown is not None and number(shown) > after and not is_over:
                    return shown
                if not is_there and now_s >= until_s:
                    return None
                if self._is_changing:
                    self._changed.wait(None if is_there else until_s - now_s)
                else:
                    self._change(until_s, ready)
            return self._newest if self._is_newer(after) else None

    def close(self) -> None:
        """Say that nothing newer will come: whoever waits is answered at once. May be called twice."""
        with self._lock:
            self._closed = True
            self._came.notify_all()
            self._changed.notify_all()

    def _is_newer(self, after: int) -> bool:
        return self._newest is not None and number(self._newest) > after

    def _change(self, until_s: float, ready: Ready) -> None:
        self._is_changing = True
        try:
            judged = self._wait_due(until_s)
            if judged is not None:
                self._make(judged, ready)
                self._shown = judged
        finally:
            self._is_changing = False
            self._changed.notify_all()

    def _wait_due(self, until_s: float) -> Judged | None:
        while not self._closed:
            now_s, is_there = time.monotonic(), self._newest is not self._shown
            if is_there and now_s >= self._due_s:
                self._due_s = now_s + self._interval_s
                return self._newest
            if not is_there and now_s >= until_s:
                return None
            if now_s < self._due_s:  # first, for most often a frame came meanwhile: one wait instead of two
                self._changed.wait(self._due_s - now_s if is_there else min(self._due_s, until_s) - now_s)
            else:
                self._came.wait(until_s - now_s)
        return None

    def _make(self, judged: Judged, ready: Ready) -> None:
        self._lock.release()  # frames come and go meanwhile
        try:
            ready(judged)
        finally:
            self._lock.acquire()


def number(judged: Judged) -> int:
    """Give the number of a frame."""
    return judged.prediction.frame.seq
