"""A page's instrument of real parts: a real store, real slides and captures; frames are put where the loop would."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from contract.attributes import AttributeReading
from contract.bundle import Abstention, Bundle, Heads, Manifest
from contract.cell import Cell, Details
from contract.cell_types import DIFFERENTIAL_ORDER, UNIDENTIFIED
from contract.contributions import PlaceLogits
from contract.image import encode_jpeg
from contract.later import Later
from contract.settings_files import load_settings
from device.drawing.overlay import draw_overlay
from device.drift.warning import DriftWatch
from device.frame import Quality, make_frame
from device.keeping.captures import Captures
from device.keeping.pictures import Pictures
from device.keeping.slides import Slides
from device.keeping.store import DATABASE_NAME, Store
from device.loop.health import FRAME_STAGES, HealthBook
from device.loop.live import Live
from device.optics.setting import Optics, Setting
from device.page.instrument import Instrument
from device.preclassification import Annotated, Judged, Prediction, StagePosition
from tests.made_records import SHAPE, leave_uncounted

FITTED_ON = "120 cells of two Raspberry Pi slides held out"


def make_bundle(task="differential"):
    """A bundle's facts without its files: the page shows them and runs nothing."""
    classes = ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")
    if task == "screening":
        classes = ("benign", "early_pre_b", "pre_b", "pro_b")
    abstention = Abstention(temperature=1.0, threshold=0.5)
    screening = task == "screening"
    manifest = Manifest(
        format_version=1,
        name="wbc5" if not screening else "all4",
        version="1.0",
        task=task,
        classes=classes,
        input_height=368,
        input_width=576,
        um_per_px=0.25,
        mask_stride=4,
        type_stride=8,
        heads=Heads(mask="m", interior="i", cell_type="t", features="f"),
        cell=abstention,
        field=abstention if screening else None,
        conformal=dict.fromkeys(classes, 0.9),
        confidence_fitted_on=FITTED_ON,
        data={},
        files=dict.fromkeys(("model.tflite", "selftest.npz", "parity.json", "card.md"), "0" * 64),
        created="2026-01-01T00:00:00+00:00",
        made_with="tests",
    )
    return Bundle(Path("nowhere"), manifest, "0a1b2c3d4e5f")


def make_settings(page=None, **more):
    """The shipped settings of the device with some changed."""
    settings = load_settings().device
    recorder = settings.recorder.model_copy(update={"min_free_mb": 0})
    changes = {"page": settings.page.model_copy(update={"port": 0} | (page or {})), "recorder": recorder}
    return settings.model_copy(update=changes | more)


@contextmanager
def open_instrument(folder: Path, *, simulated=True, task="differential", page=None) -> Iterator[Instrument]:
    """Open an instrument with one slide that counts to 100."""
    bundle = make_bundle(task)
    camera = "simulated" if simulated else "replay:fields"
    with Store(folder / DATABASE_NAME, "scope 1") as store:
        slides = Slides(store, bundle_id=bundle.bundle_id, camera=camera, simulated=simulated)
        slides.open(accession="H-2041", operator="ab", target=100)
        live = Live(jpeg_quality=85, most_per_s=1000)
        yield Instrument(
            name="scope 1",
            settings=make_settings(page),
            bundle=bundle,
            camera=camera,
            simulated=simulated,
            live=live,
            health=HealthBook(),
            store=store,
            slides=slides,
            captures=Captures(store, 0),
            optics=Optics(Setting(0.15)),
            pictures=Pictures(folder, keep_mb=100),
            drift=DriftWatch(store.readers, camera, load_settings().device.drift),
            find_camera_trouble=lambda: None,
        )
        live.close()


def draw_cell(image, x, y, cell_type, radius=26, confidence=0.94, um_per_px=0.15):
    """Paint a purple disc with a darker nucleus, and give the cell that is there."""
    turns = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    rings = [tuple((int(x + r * np.cos(t)), int(y + r * np.sin(t))) for t in turns) for r in (radius, radius * 0.62)]
    for ring, colour in zip(rings, ((186, 160, 208), (96, 58, 150)), strict=True):
        cv2.fillPoly(image, [np.array(ring, np.int32)], colour, cv2.LINE_AA)
    return make_cell(rings[0], (rings[1],), cell_type, confidence, um_per_px)


def make_cell(contour, nuclei, cell_type, confidence, um_per_px):
    """Give a cell with this outline."""
    xs, ys = zip(*contour, strict=True)
    rest = (1 - confidence) / 4
    named = "neutrophil" if cell_type == UNIDENTIFIED else cell_type
    area = cv2.contourArea(np.array(contour, np.int32))
    return Cell(
        box=(max(0, min(xs)), max(0, min(ys)), max(xs) + 1, max(ys) + 1),
        cell_type=cell_type,
        confidence=confidence,
        probabilities={name: confidence if name == named else rest for name in DIFFERENTIAL_ORDER},
        candidates=("neutrophil", "eosinophil") if cell_type == UNIDENTIFIED else (cell_type,),
        nucleus_fraction=0.38,
        area_um2=float(area * um_per_px**2),
        touches_border=False,
        outside=-3.0,
        features=(0.0,),
        details=Later.of(Details(contour, nuclei, SHAPE, {"granule_type": AttributeReading("small", 0.9)})),
    )


def make_annotated(seq, types=("neutrophil", "lymphocyte"), rejected=None, simulated=True, shape=(240, 384)):
    """A drawn field with cells of these types, annotated as the device does."""
    image = np.full((*shape, 3), (222, 214, 220), np.uint8)
    rng = np.random.default_rng(seq)
    for _ in range(60):
        x, y = rng.integers(0, shape[1]), rng.integers(0, shape[0])
        cv2.circle(image, (int(x), int(y)), 16, (214, 170, 172), -1, cv2.LINE_AA)
    places = [(60 + 110 * at, shape[0] // 2) for at in range(len(types))]
    cells = tuple(draw_cell(image, x, y, name) for (x, y), name in zip(places, types, strict=True))
    return annotate(seq, image, cells, rejected, simulated)


def annotate(seq, image, cells, rejected=None, simulated=True, field_class=None, focus=42.0):
    """Make of pixels and cells what the live loop makes of them."""
    luminance = float(image.mean())
    quality = Quality(luminance, float((image.min(axis=2) >= 250).mean()), float(image.std()), focus, rejected)
    frame = make_frame(image, quality, 0.15, seq=seq, captured_at=datetime.now(UTC), simulated=simulated)
    bundle_id = "wbc5-1.0+0a1b2c3d4e5f"
    shown = cells if rejected is None else ()
    prediction = Prediction(frame, shown, rejected, field_class, bundle_id, 31.4, make_places(image.shape))
    return Annotated(leave_uncounted(prediction), encode_jpeg(draw_overlay(prediction), 85))


def make_places(shape, px_per_place=13.3):
    """Logits of five classes that differ from place to place, as a bundle of 8 px at 0.25 um gives them."""
    rows, columns = (int(side / px_per_place) + 1 for side in shape[:2])
    logits = np.random.default_rng(1).normal(0, 3, (rows, columns, 5)).astype(np.float32)
    return PlaceLogits(Later.of(logits), (px_per_place, px_per_place))


def show(instrument, annotated, *, record=True):
    """Do what the live loop does with a finished frame."""
    prediction = annotated.prediction
    instrument.live.put(annotated.judged)
    counted = (True,) * len(prediction.cells)
    if record:
        place = StagePosition(x_um=100.0 * prediction.frame.seq, y_um=0.0, region=1, still=True)
        instrument.store.add_field(instrument.slides.current.id, Judged(prediction, place, counted, True))
    instrument.health.finish(
        time.monotonic(),
        dict.fromkeys(FRAME_STAGES, 5.0),
        rejected=prediction.rejected is not None,
        counted=sum(counted),
        recorded=record,
        queued=0,
    )
