"""How the live loop is doing, as a snapshot that any thread may read."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

STAGES = ("wait", "predict", "draw", "hand_on")
"""A frame's time: waiting for the camera; quality, preparation and inference; overlay and JPEG; recorder and page."""

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


class HealthBook:
    """Keeps the books of the live loop; written by the loop alone, read as a snapshot by anyone.

    ``snapshot`` needs no lock: the loop replaces the whole frozen record in one assignment.
    """

    def __init__(self) -> None:
        self._health = Health(started_at=datetime.now(UTC))
        self._stages: deque[dict[str, float]] = deque(maxlen=WINDOW)
        self._finished: deque[float] = deque(maxlen=WINDOW)

    def snapshot(self) -> Health:
        """Give the newest snapshot."""
        return self._health

    def skip(self, count: int = 1) -> None:
        """Count pictures that were left out."""
        self._health = replace(self._health, skipped=self._health.skipped + count)

    def finish(
        self, at_s: float, stage_ms: dict[str, float], *, rejected: bool, counted: int, recorded: bool, queued: int
    ) -> None:
        """Enter one finished frame.

        Args:
            at_s: ``time.monotonic()`` when it was finished.
            stage_ms: milliseconds spent, by the names in ``STAGES``.
            rejected: True if the field was not analysed.
            counted: cells that it added to the count.
            recorded: True if it went to the recorder.
            queued: frames that wait for the recorder now.
        """
        self._stages.append(stage_ms)
        self._finished.append(at_s)
        old = self._health
        self._health = replace(
            old,
            frames=old.frames + 1,
            rejected=old.rejected + rejected,
            recorded=old.recorded + recorded,
            counted=old.counted + counted,
            queued=queued,
            frames_per_s=self._rate(),
            stage_ms={name: sum(s[name] for s in self._stages) / len(self._stages) for name in STAGES},
            last_frame_at=datetime.now(UTC),
        )

    def _rate(self) -> float:
        span_s = self._finished[-1] - self._finished[0]
        return (len(self._finished) - 1) / span_s if span_s > 0 else 0.0
