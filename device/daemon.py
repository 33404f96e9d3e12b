"""The program at the microscope: opens everything in order, runs the loop, closes everything in reverse."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from types import FrameType

import cv2

from contract.failures import Refusal
from contract.notice import RESEARCH_USE
from contract.settings import Settings
from device.counting.past import read_past
from device.keeping.pictures import Pictures
from device.logs import Summary
from device.loop.finishing import Outlets
from device.loop.happenings import Happenings
from device.loop.pipeline import Pipeline
from device.loop.watchdog import Watchdog
from device.opening import begin_slide, make_instrument, make_recorder, open_eye, open_store
from device.page.instrument import Instrument
from device.page.server import PageServer
from device.settings.book import SettingsBook
from device.settings.page import CAMERA
from device.worker import Worker

SWITCH_S = 0.0005
"""How long a thread may keep the interpreter while another wants it: a tenth of a pass of the network, which would
otherwise wait for up to 5 ms to hand on what it found."""

log = logging.getLogger(__name__)


def run_daemon(settings: Settings, once: bool = False, book: SettingsBook | None = None, patient: bool = False) -> None:
    """Run until SIGTERM, SIGINT, or the end of a replay that is shown once.

    What can be refused is looked at before anything is written: bundle, camera, disk and port, then the database. A
    start that is refused with something on trial that was changed on the page is followed by one without it.

    Args:
        settings: all of them.
        once: a replay gives each picture once and the program ends with the last.
        book: where the settings come from, for the page.
        patient: a live camera that is not there is waited for, and the page says so.

    Raises:
        Refusal: something is missing, broken, taken or full.
    """
    book = book or SettingsBook()
    try:
        # a camera that was just chosen and is not there is not waited for: the one before may be
        _run(settings, once, book, patient and not book.is_on_trial(CAMERA, "device.sensor."))
    except Refusal as refusal:
        settings_without = book.leave_out(str(refusal))
        if settings_without is None:
            raise
        log.error("%s; starting without what was changed on the page", refusal)
        try:
            _run(settings_without, once, book, patient)
        except Refusal:
            book.put_back()
            raise
    book.end()


def _run(settings: Settings, once: bool, book: SettingsBook, patient: bool) -> None:
    with ExitStack() as opened:
        stop = opened.enter_context(_stop_on_signals())
        sys.setswitchinterval(SWITCH_S)
        cv2.setNumThreads(1)  # each stage has a thread already; a field is too small to be shared out further
        happenings = Happenings()
        for left_out in book.left_out:
            happenings.tell("warning", "settings_left_out", left_out.model_dump())
        eye = open_eye(opened, settings, happenings.tell, once, patient)
        store = open_store(opened, settings.device)
        opened.enter_context(happenings.write_to(store))
        pictures = Pictures(store.path.parent, settings.device.recorder.pictures_mb)
        recorder = opened.enter_context(make_recorder(store, pictures, settings.device.recorder))
        instrument = replace(make_instrument(settings.device, eye, store, recorder, pictures), book=book)
        begin_slide(instrument, eye, once)
        page = opened.enter_context(PageServer(instrument))
        opened.callback(instrument.live.close)  # frees the page's waiting requests before the page is closed
        watchdog = opened.enter_context(Watchdog())
        finished = _Finished(watchdog, (page, happenings), page.address, instrument)
        outlets = Outlets(instrument.live, recorder, instrument.health, finished)
        recall = partial(read_past, store.readers, pictures)
        pipeline = Pipeline(eye.source, eye.optics, eye.classifier, instrument.slides, settings.device, outlets, recall)
        pipeline.run(stop)
        log.info("%s; closing", "told to stop" if stop.is_set() else "the source has no more pictures")


class _Finished:
    """What happens after each finished frame or absence: the first tells that all is ready, each feeds the watchdog."""

    def __init__(self, watchdog: Watchdog, workers: tuple[Worker, ...], address: str, instrument: Instrument) -> None:
        self._watchdog = watchdog
        self._workers = workers
        self._health = instrument.health
        self._book: SettingsBook | None = instrument.book
        self._find_trouble = instrument.find_camera_trouble
        camera = "simulated camera, no real smear" if instrument.simulated else instrument.camera
        self._ready: str | None = f"{address}/  ({camera}; {RESEARCH_USE})"
        self._summary = Summary()

    def __call__(self) -> None:
        for worker in self._workers:
            worker.check()
        if self._ready is not None:
            print(f"Leukoscope is at {self._ready}", flush=True)
            if trouble := self._find_trouble():
                log.warning("waiting for the camera: %s", trouble)
            self._watchdog.report_ready(self._ready)
            self._ready = None
        if self._book is not None and self._health.snapshot().frames:
            self._book.prove()
            self._book = None
        self._watchdog.beat()
        self._summary.tell(self._health.snapshot())


@contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    stop = threading.Event()

    def ask_to_stop(number: int, _frame: FrameType | None) -> None:
        stop.set()
        # Whoever asks twice means it: the second time the system's own way of ending a program applies.
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
