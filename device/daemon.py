"""The program at the microscope: opens everything in order, runs the loop, closes everything in reverse."""

import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from contract.bundle import load_bundle
from contract.notice import RESEARCH_USE
from contract.settings import RecorderSettings, Settings
from device.bundles.choice import choose_bundle
from device.cameras.opening import open_source
from device.cameras.scaling import find_um_per_px
from device.cameras.source import Source
from device.captures import Captures
from device.classifier import Classifier
from device.data_dir import check_data_dir
from device.health import HealthBook
from device.latest import Latest
from device.logs import Summary
from device.page.access import open_passwords
from device.page.instrument import Instrument
from device.page.server import PageServer, listen
from device.pipeline import Entry, Outlets, Pipeline
from device.recorder import Recorder
from device.slides import Slides
from device.store import DATABASE_NAME, Store
from device.watchdog import Watchdog

log = logging.getLogger(__name__)


def run_daemon(settings: Settings, once: bool = False) -> None:
    """Run until SIGTERM, SIGINT, or the end of a replay that is shown once.

    What can be refused is looked at before anything is written: bundle, camera, disk and port, then the database.

    Args:
        settings: all of them.
        once: a replay gives each picture once and the program ends with the last.

    Raises:
        Refusal: something is missing, broken, taken or full.
    """
    with ExitStack() as opened:
        stop = opened.enter_context(_stop_on_signals())
        eye = _open_eye(opened, settings, once)
        instrument = _open_instrument(opened, settings, eye)
        _begin_slide(instrument, eye)
        page = opened.enter_context(PageServer(instrument))
        opened.callback(instrument.live.close)  # frees the page's waiting requests before the page is closed
        recorder = opened.enter_context(_make_recorder(instrument.store, settings.device.recorder))
        watchdog = opened.enter_context(Watchdog())
        finished = _Finished(watchdog, page, instrument)
        outlets = Outlets(instrument.live, recorder, instrument.health, finished)
        Pipeline(eye.source, eye.um_per_px, eye.classifier, instrument.slides, settings.device, outlets).run(stop)
        log.info("%s; closing", "told to stop" if stop.is_set() else "the source has no more pictures")


@dataclass(frozen=True, slots=True)
class _Eye:
    """What looks: the opened bundle, the opened camera, and the size of its pixels."""

    classifier: Classifier
    source: Source
    um_per_px: float


def _open_eye(opened: ExitStack, settings: Settings, once: bool) -> _Eye:
    device = settings.device
    choice = choose_bundle(device.bundle, Path(device.data_dir))
    bundle = load_bundle(choice.folder)
    classifier = opened.enter_context(Classifier(bundle, device.threads))
    log.info(
        "bundle %s (%s) on %s, one inference %.1f ms",
        bundle.bundle_id,
        choice.why,
        classifier.runtime,
        classifier.self_test.median_ms,
    )
    source = opened.enter_context(open_source(device.camera, settings, once))
    return _Eye(classifier, source, find_um_per_px(source, device.um_per_px))


def _open_instrument(opened: ExitStack, settings: Settings, eye: _Eye) -> Instrument:
    device, bundle, source = settings.device, eye.classifier.bundle, eye.source
    data_dir, name = Path(device.data_dir), device.name or socket.gethostname()
    check_data_dir(data_dir, device.recorder.min_free_mb)
    # what the page would refuse is told before a database is made
    open_passwords(device.page)
    listen(device.page.host, device.page.port).close()
    store = opened.enter_context(Store(data_dir / DATABASE_NAME, name))
    return Instrument(
        name=name,
        settings=device,
        bundle=bundle,
        camera=source.name,
        simulated=source.simulated,
        live=Latest(),
        health=HealthBook(),
        store=store,
        slides=Slides(store, bundle_id=bundle.bundle_id, camera=source.name, simulated=source.simulated),
        captures=Captures(store, device.recorder.min_free_mb),
    )


def _begin_slide(instrument: Instrument, eye: _Eye) -> None:
    # Always a new slide: how the stage stands to what an earlier run has counted nobody knows, and the same cells
    # would be counted again.
    settings = instrument.settings
    accession = f"start-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    slide = instrument.slides.open(accession=accession, operator=settings.operator, target=settings.counting.target)
    detail = {
        "bundle": instrument.bundle.bundle_id,
        "camera": instrument.camera,
        "runtime": eye.classifier.runtime,
        "um_per_px": eye.um_per_px,
    }
    instrument.store.add_event("info", "start", detail, slide.id)


class _Finished:
    """What happens after each finished frame: the first tells that all is ready, each feeds the watchdog."""

    def __init__(self, watchdog: Watchdog, page: PageServer, instrument: Instrument) -> None:
        self._watchdog = watchdog
        self._page = page
        self._health = instrument.health
        camera = "simulated camera, no real smear" if instrument.simulated else instrument.camera
        self._ready: str | None = f"{page.address}/  ({camera}; {RESEARCH_USE})"
        self._summary = Summary()

    def __call__(self) -> None:
        self._page.check()
        if self._ready is not None:
            print(f"Leukoscope is at {self._ready}", flush=True)
            self._watchdog.report_ready(self._ready)
            self._ready = None
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


def _make_recorder(store: Store, settings: RecorderSettings) -> Recorder[Entry]:
    def write(entry: Entry) -> None:
        store.add_field(entry.slide_id, entry.judged)

    return Recorder(write, settings.queue_fields, settings.full_queue_s)
