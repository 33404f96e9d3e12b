"""What the program at the microscope is made of, opened in such an order that what is refused has written nothing."""

import logging
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from contract.bundle import load_bundle
from contract.settings import DeviceSettings, RecorderSettings, Settings
from device.bundles.choice import choose_bundle
from device.cameras.opening import open_source
from device.cameras.source import Source, Tell
from device.counting.resuming import find_resumable
from device.data_dir import check_data_dir
from device.drift.warning import DriftWatch
from device.keeping.captures import Captures
from device.keeping.pictures import Pictures
from device.keeping.slides import Slides
from device.keeping.store import DATABASE_NAME, Store
from device.loop.finishing import Entry
from device.loop.health import HealthBook
from device.loop.live import Live
from device.loop.recorder import Recorder
from device.network.classifier import Classifier
from device.optics.loading import load_optics
from device.optics.setting import Optics
from device.page.access import open_accounts
from device.page.instrument import Instrument
from device.page.server import listen

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Eye:
    """What looks: the opened bundle, the opened camera, and its optics."""

    classifier: Classifier
    source: Source
    optics: Optics


def open_eye(opened: ExitStack, settings: Settings, tell: Tell, once: bool, patient: bool) -> Eye:
    """Open bundle, camera and optics.

    Args:
        opened: closes them again, in reverse.
        settings: all of them.
        tell: is told what happens to the camera.
        once: a replay ends with its last picture.
        patient: a live camera that is not there is waited for.

    Returns:
        What looks.

    Raises:
        Refusal: one of them is missing or broken.
    """
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
    source = opened.enter_context(open_source(device.camera, settings, once, tell, patient))
    return Eye(classifier, source, load_optics(Path(device.data_dir), source, device.um_per_px, patient))


def open_store(opened: ExitStack, device: DeviceSettings) -> Store:
    """Open the records, once folder, page and port are known to be usable.

    Args:
        opened: closes them again.
        device: the device's settings.

    Returns:
        The store.

    Raises:
        Refusal: the folder, the database, the password file or the port cannot be used.
    """
    data_dir = Path(device.data_dir)
    check_data_dir(data_dir, device.recorder.min_free_mb)
    # what the page would refuse is told before a database is made
    open_accounts(device.page)
    listen(device.page.host, device.page.port).close()
    return opened.enter_context(Store(data_dir / DATABASE_NAME, _find_name(device)))


def make_instrument(
    device: DeviceSettings, eye: Eye, store: Store, recorder: Recorder[Entry], pictures: Pictures
) -> Instrument:
    """Put together what the page shows and acts on.

    Args:
        device: the device's settings.
        eye: what looks.
        store: of the records.
        recorder: settles before a capture is written.
        pictures: of counted fields.

    Returns:
        The instrument; it has no slide yet.
    """
    bundle, source, health = eye.classifier.bundle, eye.source, HealthBook()
    return Instrument(
        name=_find_name(device),
        settings=device,
        bundle=bundle,
        camera=source.name,
        simulated=source.simulated,
        live=Live(device.page.jpeg_quality, device.page.max_fps, health.drew),
        health=health,
        store=store,
        slides=Slides(store, bundle_id=bundle.bundle_id, camera=source.name, simulated=source.simulated),
        captures=Captures(store, device.recorder.min_free_mb, recorder.settle),
        optics=eye.optics,
        pictures=pictures,
        drift=DriftWatch(store.readers, source.name, device.drift),
        find_camera_trouble=lambda: source.trouble,
    )


def begin_slide(instrument: Instrument, eye: Eye, once: bool) -> None:
    """Go on with the slide that was open when the program was stopped, or begin one; an event tells of the start.

    Args:
        instrument: whose slides they are.
        eye: what looks.
        once: a folder that is counted once is a slide of its own.
    """
    settings = instrument.settings
    known = None if once else find_resumable(instrument.store.readers, instrument.slides, settings.counting.resume_h)
    if known is not None:
        slide = instrument.slides.resume(known)
        log.info("going on with the slide that was open; its cells are not counted again")
    else:
        accession = f"start-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        slide = instrument.slides.open(accession=accession, operator=settings.operator, target=settings.counting.target)
    detail = {
        "resumed": known is not None,
        "bundle": instrument.bundle.bundle_id,
        "camera": instrument.camera,
        "runtime": eye.classifier.runtime,
        "um_per_px": eye.optics.setting.um_per_px or None,
    }
    instrument.store.add_event("info", "start", detail, slide.id)


def make_recorder(store: Store, pictures: Pictures, settings: RecorderSettings) -> Recorder[Entry]:
    """Make what writes fields behind the loop's back.

    Args:
        store: takes the rows.
        pictures: takes the pictures of counted fields.
        settings: the section `device.recorder`.

    Returns:
        The recorder, to be opened by ``with``.
    """

    def write(entry: Entry) -> None:
        kept = entry.picture if entry.picture and pictures.write(entry.picture) else None
        store.add_field(entry.slide_id, entry.judged, kept)

    return Recorder(write, settings.queue_fields, settings.full_queue_s)


def _find_name(device: DeviceSettings) -> str:
    return device.name or socket.gethostname()
