"""The last stage of the live loop: what the network said becomes cells, a count, a record and a picture to look at."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from contract.outputs import Outputs
from device.cameras.source import Absence
from device.counting.judging import Judge
from device.frame import Frame
from device.keeping.pictures import Picture, take_picture
from device.keeping.slides import Slides
from device.loop.handover import Handover
from device.loop.health import HealthBook
from device.loop.live import Live
from device.loop.preparing import Ready
from device.loop.recorder import Recorder
from device.loop.skipping import Skipping
from device.network.classifier import Classifier
from device.preclassification import Judged, Prediction
from device.worker import Worker

SETTLE_S = 20.0
"""A card that has not written by then what waited when the camera was lost hangs; below the watchdog's 30 s."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the recorder is given: a judged field without its pixels.

    Attributes:
        slide_id: the slide that lay on the stage.
        judged: the field.
        picture: to be kept beside it; None where it shows no cell that counts.
    """

    slide_id: str
    judged: Judged
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where the loop's results go.

    Attributes:
        live: the newest frame, for the page.
        recorder: fields on their way to the store.
        health: the books of the loop.
        finished: called after each finished frame, and each absence of the camera that came through: watchdog, summary.
    """

    live: Live
    recorder: Recorder[Entry]
    health: HealthBook
    finished: Callable[[], None]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A frame with what the network said of it."""

    ready: Ready
    outputs: Outputs
    infer_ms: float


class Finishing(Worker):
    """Reads outputs in the order of their frames; alone it touches the stage's position and the count.

    Args:
        classifier: reads what its network said.
        judge: decides what counts.
        slides: which slide lies on the stage.
        outlets: where results go.
        take: frames as they leave the network.
        skipping: what happens to frames that cannot be read.
    """

    def __init__(
        self,
        classifier: Classifier,
        judge: Judge,
        slides: Slides,
        outlets: Outlets,
        take: Handover[Seen | Absence],
        skipping: Skipping,
    ) -> None:
        super().__init__("finishing")
        self._classifier = classifier
        self._judge = judge
        self._slides = slides
        self._outlets = outlets
        self._take = take
        self._skipping = skipping

    def work(self) -> None:
        """Finish frames until no more come."""
        while (seen := self._take.take()) is not None:
            if isinstance(seen, Absence):
                self._let_through()
            else:
                self._finish(seen)

    def stop(self) -> None:
        """Let the thread end as soon as what left the network is finished."""
        self._take.end()

    def ended(self) -> None:
        """Let the network's stage not wait for room that nobody makes."""
        self._take.leave()

    def _let_through(self) -> None:
        # With frames a disk that hangs shows in a full queue; without them nothing more is put into it.
        with self._outlets.health.working("record"):
            self._outlets.recorder.settle(SETTLE_S)
        self._outlets.finished()

    def _finish(self, seen: Seen) -> None:
        clock = _Clock(seen.ready.spent_ms | {"infer": seen.infer_ms})
        health = self._outlets.health
        try:
            with health.working("read"):
                prediction = self._read(seen)
        except cv2.error as bad:
            self._skipping.skip(f"frame {seen.ready.frame.seq}", bad)
            return
        clock.lap("read")
        slide_id = self._slides.current.id
        judged = self._judge.judge(prediction, slide_id, seen.ready.at_rest)
        clock.lap("judge")
        if judged.keep:
            # Before it is shown: whoever captures what is shown finds its field on the way to the store.
            with health.working("record"):
                picture = take_picture(judged.prediction.frame) if any(judged.counted) else None
                self._outlets.recorder.record(Entry(slide_id, _without_pixels(judged), picture))
        clock.lap("record")
        self._outlets.live.put(judged)
        self._tell(judged, clock.spent_ms)

    def _read(self, seen: Seen) -> Prediction:
        ready = seen.ready
        before_ms = ready.spent_ms["prepare"] + seen.infer_ms
        return self._classifier.read(ready.frame, ready.prepared, seen.outputs, before_ms)

    def _tell(self, judged: Judged, spent_ms: dict[str, float]) -> None:
        self._skipping.forget()
        self._outlets.health.finish(
            time.monotonic(),
            spent_ms,
            rejected=judged.prediction.rejected is not None,
            counted=sum(judged.counted),
            recorded=judged.new_place,
            queued=self._outlets.recorder.waiting,
        )
        seq = judged.prediction.frame.seq
        log.debug("frame %d: %d cells, %d counted", seq, len(judged.counted), sum(judged.counted))
        self._outlets.finished()


class _Clock:
    """Tells how long each stage of one frame took."""

    def __init__(self, spent_ms: dict[str, float]) -> None:
        self._since_s = time.monotonic()
        self.spent_ms = spent_ms

    def lap(self, stage: str) -> None:
        now_s = time.monotonic()
        self.spent_ms[stage] = (now_s - self._since_s) * 1000
        self._since_s = now_s


def _without_pixels(judged: Judged) -> Judged:
    # Rows need a frame's size and hash only; a full queue of pictures would fill a small computer's memory.
    frame = judged.prediction.frame
    frame.fingerprint.take()
    return replace(judged, prediction=replace(judged.prediction, frame=_hollow(frame), places=None))


def _hollow(frame: Frame) -> Frame:
    nothing = np.broadcast_to(np.uint8(0), frame.image.shape)
    return replace(frame, image=nothing, view=nothing)
