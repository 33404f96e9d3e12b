"""Fields with known cells, for the tests of everything that stores, counts or carries records."""

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np

from contract.attributes import AttributeReading
from contract.cell import Cell, Details
from contract.cell_types import DIFFERENTIAL_ORDER, UNIDENTIFIED
from contract.image import encode_jpeg
from contract.later import Later
from contract.morphology import Shape
from device.frame import Quality, make_frame
from device.preclassification import Annotated, Judged, Prediction, StagePosition

QUALITY = Quality(mean_luminance=180.5, saturated_fraction=0.01, contrast=20.25, focus=3.5, reason=None)
BEGIN = datetime(2026, 1, 31, 23, 59, 58, 999_999, tzinfo=UTC)
SHAPE = Shape(
    diameter_um=12.5,
    circularity=0.93,
    solidity=0.97,
    eccentricity=0.4,
    nucleus_diameter_um=8.0,
    nucleus_solidity=0.85,
    nucleus_lobes=2,
)
TYPES = (*DIFFERENTIAL_ORDER, UNIDENTIFIED)


def make_cell(cell_type="neutrophil", left=4):
    outline = ((left, 5), (left + 8, 5), (left + 8, 14), (left, 14))
    read = {"cytoplasm_vacuole": AttributeReading("no", 0.75)}
    share = 0.1 / (len(DIFFERENTIAL_ORDER) - 1)
    return Cell(
        box=(left, 5, left + 9, 15),
        cell_type=cell_type,
        confidence=0.9,
        probabilities={name: 0.9 if name == cell_type else share for name in DIFFERENTIAL_ORDER},
        candidates=("neutrophil", "eosinophil"),
        nucleus_fraction=0.41,
        area_um2=123.456,
        touches_border=False,
        outside=-3.0,
        features=(0.0, 1.0),
        details=Later.of(Details(outline, (), SHAPE, read)),
    )


def make_prediction(seq=1, types=("neutrophil", "lymphocyte"), field_class=None, height=24, width=96):
    image = np.random.default_rng(seq).integers(0, 256, (height, width, 3), dtype=np.uint8)
    taken = BEGIN + timedelta(milliseconds=100 * seq)
    frame = make_frame(image, QUALITY, 0.25, seq=seq, captured_at=taken, simulated=True)
    cells = tuple(make_cell(name, 4 + 12 * at) for at, name in enumerate(types))
    return Prediction(frame, cells, None, field_class, "wbc5-1-0a1b2c3d", 12.5)


def make_judged(seq=1, types=("neutrophil", "lymphocyte"), counted=None, **more):
    prediction = make_prediction(seq, types, **more)
    position = StagePosition(x_um=10.5 * seq, y_um=-2.25, region=1, still=True)
    return Judged(prediction, position, counted or (True,) * len(prediction.cells), new_place=True)


def leave_uncounted(prediction):
    """Judge a prediction that has no place on the slide: nothing of it counts."""
    return Judged(prediction, None, (False,) * len(prediction.cells), new_place=False)


def make_annotated(seq=1, **more):
    prediction = make_prediction(seq, **more)
    return Annotated(leave_uncounted(prediction), encode_jpeg(prediction.frame.image, 85))


def open_slide(store, accession="A-1"):
    return store.open_slide(
        accession=accession, operator="op", bundle_id="wbc5-1-0a1b2c3d", target=100, camera="simulated", simulated=True
    )


def fill(store, fields, cells=5):
    """Add a slide with so many fields of so many cells of all types in turn."""
    slide_id = open_slide(store)
    types = itertools.cycle(TYPES)
    for seq in range(1, fields + 1):
        store.add_field(slide_id, make_judged(seq, tuple(itertools.islice(types, cells))))
    return slide_id
