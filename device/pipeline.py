"""The live loop: one shot after the other becomes a frame, a prediction, a drawing, and a record where it is due."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from contract.image import encode_jpeg
from contract.prepare import PrepareError
from contract.settings import DeviceSettings
from device.cameras.source import Shot, Source, SourceError
from device.classifier import Classifier
from device.health import HealthBook
from device.judging import Judge
from device.latest import Latest
from device.overlay import draw_overlay
from device.quality import measure_quality
from device.recorder import Recorder
from device.records import Annotated, Frame, FrameError, Judged, make_frame
from device.slides import Slides

BAD_IN_A_ROW = 25
"""Pictures that may fail one after the other; more are no bad frame but a bad camera."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the recorder is given: a judged field, without its pixels, and the slide that lay on the stage."""

    slide_id: str
    judged: Judged


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where the loop's results go.

    Attributes:
        latest: the newest annotated frame, for the page.
        recorder: fields on their way to the store.
        health: the books of the loop.
        finished: called after each finished frame: watchdog and summary.
    """

    latest: Latest[Annotated]
    recorder: Recorder[Entry]
    health: HealthBook
    finished: Callable[[], None]


class Pipeline:
    """Runs in the main thread, which alone touches the model, the stage position and the count.

    Args:
        source: the opened camera.
        um_per_px: size of a pixel where the shot does not say, in micrometres.
        classifier: the opened bundle.
        slides: which slide lies on the stage.
        settings: the device's settings.
        outlets: where the results go.
    """

    def __init__(
        self,
        source: Source,
        um_per_px: float,
        classifier: Classifier,
        slides: Slides,
        settings: DeviceSettings,
        outlets: Outlets,
    ) -> None:
        self._source = source
        self._um_per_px = um_per_px
        self._classifier = classifier
        self._slides = slides
        self._settings = settings
        self._outlets = outlets
        self._judge = Judge(settings.counting)
        self._seq = 0
        self._bad_in_a_row = 0

    def run(self, stop: threading.Event) -> None:
        """Analyse shots until told to stop or until the source has no more.

        Args:
            stop: set by whoever wants the loop to end; seen after each frame.

        Raises:
            SourceError: the source fails, or picture after picture cannot be analysed.
            Refusal: the recorder's disk fails.
        """
        clock = _Clock()
        for shot in self._source.shots():
            clock.lap("wait")
            if stop.is_set():
                return
            self._outlets.recorder.check()
            if shot.skipped:
                self._outlets.health.skip(shot.skipped)
            try:
                self._show(shot, clock)
                self._bad_in_a_row = 0
            except (FrameError, PrepareError, cv2.error) as bad:
                self._skip(shot, bad)
            clock = _Clock()

    def _show(self, shot: Shot, clock: "_Clock") -> None:
        frame = self._make_frame(shot)
        prediction = self._classifier.predict(frame)
        clock.lap("predict")
        slide_id = self._slides.current.id
        judged = self._judge.judge(prediction, slide_id, shot.at_rest)
        annotated = Annotated(judged, encode_jpeg(draw_overlay(prediction), self._settings.page.jpeg_quality))
        clock.lap("draw")
        self._outlets.latest.put(frame.seq, annotated)
        if judged.new_place:
            self._outlets.recorder.record(Entry(slide_id, _without_pixels(judged)))
        clock.lap("hand_on")
        self._outlets.health.finish(
            time.monotonic(),
            clock.spent_ms,
            rejected=prediction.rejected is not None,
            counted=sum(judged.counted),
            recorded=judged.new_place,
            queued=self._outlets.recorder.waiting,
        )
        log.debug("frame %d (%s): %d cells, %d counted", frame.seq, shot.name, len(judged.counted), sum(judged.counted))
        self._outlets.finished()

    def _make_frame(self, shot: Shot) -> Frame:
        self._seq += 1
        um_per_px = shot.um_per_px or self._um_per_px
        quality = measure_quality(shot.image, um_per_px, self._settings.quality)
        return make_frame(
            shot.image, quality, um_per_px, seq=self._seq, captured_at=shot.captured_at, simulated=shot.simulated
        )

    def _skip(self, shot: Shot, bad: Exception) -> None:
        log.warning("skipped: %s: %s", shot.name, bad)
        self._outlets.health.skip()
        self._bad_in_a_row += 1
        if self._bad_in_a_row >= BAD_IN_A_ROW:
            raise SourceError(f"{self._source.name}: {BAD_IN_A_ROW} bad pictures in a row, the last: {bad}") from bad


class _Clock:
    """Tells how long each stage of one frame took."""

    def __init__(self) -> None:
        self._since_s = time.monotonic()
        self.spent_ms: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now_s = time.monotonic()
        self.spent_ms[stage] = (now_s - self._since_s) * 1000
        self._since_s = now_s


def _without_pixels(judged: Judged) -> Judged:
    # Rows need a frame's size and hash only; a full queue of pictures would fill a small computer's memory.
    frame = judged.prediction.frame
    hollow = replace(frame, image=np.broadcast_to(np.uint8(0), frame.image.shape))
    return replace(judged, prediction=replace(judged.prediction, frame=hollow, places=None))
