"""How the live loop is doing, as a snapshot that any thread may read."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

FRAME_STAGES = ("wait", "prepare", "infer", "read", "judge", "record")
"""What each frame goes through: waiting for the camera; optics, quality, shading and scale; the network; cells and
types from its outputs; place on the slide and count; handing to the recorder."""

VIEW_STAGES = ("draw", "encode")
"""What only a frame that somebody looks at goes through."""

STAGES = FRAME_STAGES + VIEW_STAGES

WINDOW = 50
"""Frames over which rate and stage times are averaged: some seconds at the rate of a Raspberry Pi."""


@dataclass(frozen=True, slots=True)
class Health:
    """The live loop at one moment.

    Attributes:
        started_at: aware UTC time at which the loop began.
        frames: frames finished since then.
        skipped: pictures that could not be read or analysed and were left out.
        rejected: frames that were shown but not analysed (no smear, out of focus, too dark, ...).
        recorded: frames handed to the recorder.
        counted: cells counted since the loop began.
        queued: frames that wait for the recorder.
        frames_per_s: rate over the last frames; 0 until there are two.
        stage_ms: mean time in milliseconds over the last frames, by the names in ``STAGES``.
        last_frame_at: aware UTC time at which the last frame was finished, None before the first.
    """

    started_at: datetime
    frames: int = 0
    skipped: int = 0
    rejected: int = 0
    recorded: int = 0
    counted: int = 0
    queued: int = 0
    frames_per_s: float = 0.0
    stage_ms: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    last_frame_at: datetime | None = None

    def age_s(self, now: datetime) -> float:
        """Give the seconds since the last finished frame, or since the start if there was none."""
        return (now - (self.last_frame_at or self.started_at)).total_seconds()


class _Mean:
    """Mean of the last ``WINDOW`` values."""

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=WINDOW)
        self._sum = 0.0

    def add(self, value: float) -> float:
        if len(self._values) == WINDOW:
            self._sum -= self._values[0]
        self._values.append(value)
        self._sum += value
        return max(0.0, self._sum / len(self._values))


class HealthBook:
    """Keeps the books of the live loop; its stages write from their own threads, anyone reads a snapshot."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._health = Health(started_at=datetime.now(UTC))
        self._means = {name: _Mean() for name in STAGES}
        self._finished: deque[float] = deque(maxlen=WINDOW)
        self._at_work: dict[str, float] = {}

    def snapshot(self) -> Health:
        """Give the newest snapshot."""
        return self._health

    @contextmanager
    def working(self, stage: str) -> Iterator[None]:
        """Enter that a stage is at work, so that one which never ends can be named.

        Args:
            stage: what is done.
        """
        self._at_work[stage] = time.monotonic()
        try:
            yield
        finally:
            self._at_work.pop(stage, None)

    def find_longest(self) -> tuple[str, float] | None:
        """Give the stage that has been at its present piece of work for longest, and for how many seconds."""
        at_work = sorted(self._at_work.copy().items(), key=lambda item: item[1])
        return (at_work[0][0], time.monotonic() - at_work[0][1]) if at_work else None

    def skip(self, count: int = 1) -> None:
        """Count pictures that were left out."""
        with self._lock:
            self._health = replace(self._health, skipped=self._health.skipped + count)

    def drew(self, draw_ms: float, encode_ms: float) -> None:
        """Enter what a picture for viewers took.

        Args:
            draw_ms: the overlay.
            encode_ms: the JPEG.
        """
        with self._lock:
            spent = {"draw": self._means["draw"].add(draw_ms), "encode": self._means["encode"].add(encode_ms)}
            self._health = replace(self._health, stage_ms=self._health.stage_ms | spent)

    def finish(
        self, at_s: float, stage_ms: dict[str, float], *, rejected: bool, counted: int, recorded: bool, queued: int
    ) -> None:
        """Enter one finished frame.

        Args:
            at_s: ``time.monotonic()`` when it was finished.
            stage_ms: milliseconds spent, by the names in ``FRAME_STAGES``.
            rejected: True if the field was not analysed.
            counted: cells that it added to the count.
            recorded: True if it went to the recorder.
            queued: frames that wait for the recorder now.
        """
        with self._lock:
            self._finished.append(at_s)
            old = self._health
            spent = {name: self._means[name].add(stage_ms[name]) for name in FRAME_STAGES}
            self._health = Health(
                started_at=old.started_at,
                frames=old.frames + 1,
                skipped=old.skipped,
                rejected=old.rejected + rejected,
                recorded=old.recorded + recorded,
                counted=old.counted + counted,
                queued=queued,
                frames_per_s=self._rate(),
                stage_ms=old.stage_ms | spent,
                last_frame_at=datetime.now(UTC),
            )

    def _rate(self) -> float:
        span_s = self._finished[-1] - self._finished[0]
        return (len(self._finished) - 1) / span_s if span_s > 0 else 0.0
