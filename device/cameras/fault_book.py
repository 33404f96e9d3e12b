"""The books of a live camera's faults: each is told once when it begins, and once more when all is well again."""

import time
from collections.abc import Callable

from device.cameras.source import Tell

STALLED, LOST, TRUNCATED, RECOVERED = "camera_stalled", "camera_lost", "camera_truncated", "camera_recovered"

CALM_S = 1.0
"""Sound pictures must come for so long before a fault is over: a loose plug would else fill the log."""


class FaultBook:
    """Written by the thread that watches the camera; any thread may read ``trouble``.

    Args:
        camera: its name.
        tell: takes an event.
        clock: seconds that never run backwards.
    """

    def __init__(self, camera: str, tell: Tell, clock: Callable[[], float] = time.monotonic) -> None:
        self._camera = camera
        self._tell = tell
        self._clock = clock
        self._kinds: list[str] = []
        self._words = ""
        self._begun_s = 0.0
        self._sound_since_s: float | None = None

    @property
    def trouble(self) -> str | None:
        """What is wrong now, in words; None: nothing."""
        return self._words or None

    def see(self, kind: str, words: str) -> None:
        """Enter that a fault shows, now; told only if it is a new one since all was well.

        Args:
            kind: of the event.
            words: what is wrong, for people; the newest stand in ``trouble``.
        """
        now_s = self._clock()
        self._words, self._sound_since_s = words, None
        if kind in self._kinds:
            return
        if not self._kinds:
            self._begun_s = now_s
        self._kinds.append(kind)
        self._tell("warning", kind, {"camera": self._camera, "what": words})

    def fail_to_open(self, words: str) -> None:
        """Enter that opening it again failed: another face of the fault that is told already, or a lost camera."""
        if self._kinds:
            self._words, self._sound_since_s = words, None
        else:
            self.see(LOST, words)

    def see_sound(self) -> None:
        """Enter that a sound picture was passed on, now."""
        if not self._kinds:
            return
        now_s = self._clock()
        if self._sound_since_s is None:
            self._sound_since_s = now_s
        if now_s - self._sound_since_s < CALM_S:
            return
        lasted_s = round(self._sound_since_s - self._begun_s, 1)
        detail = {"camera": self._camera, "faults": self._kinds, "lasted_s": lasted_s}
        self._kinds, self._words, self._sound_since_s = [], "", None
        self._tell("info", RECOVERED, detail)
