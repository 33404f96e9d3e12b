"""When the next picture is due."""

import time

EARLY_SHARE = 0.25
"""So much of an interval early is in time: a camera at the very rate asked for would else lose every other picture."""


class Pace:
    """Keeps pictures at a rate in the long run; who was late once is not hurried afterwards.

    Args:
        fps: pictures a second at most; 0: no limit.
    """

    def __init__(self, fps: float) -> None:
        self._interval_s = 1 / fps if fps else 0.0
        self._due_s: float | None = None  # the first picture is due whenever it comes

    def rest_s(self) -> float:
        """Give the seconds until the next picture is due; 0 if it is."""
        return 0.0 if self._due_s is None else max(0.0, self._due_s - time.monotonic())

    def is_due(self) -> bool:
        """Tell whether a picture that comes now is one to take."""
        return self.rest_s() <= EARLY_SHARE * self._interval_s

    def take(self) -> None:
        """Enter that a picture is taken now."""
        now_s = time.monotonic()
        due_s = now_s if self._due_s is None else max(self._due_s, now_s - self._interval_s)
        self._due_s = due_s + self._interval_s
