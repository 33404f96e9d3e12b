"""What each stage costs a field, beside the network itself in the same run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.bundle import Bundle
from contract.image import encode_jpeg, encode_png
from contract.moments import now
from contract.prepare import cut_window, plan_windows, prepare_field
from contract.reading import label_map
from contract.settings_files import load_settings
from device.counting.judging import Judge
from device.drawing.overlay import draw_overlay
from device.frame import Fingerprint, make_frame
from device.keeping.pictures import Pictures, take_picture
from device.keeping.store import DATABASE_NAME, Store
from device.network.classifier import Classifier
from device.network.runtime import open_interpreter
from device.preclassification import Judged, Prediction
from device.quality.picture import measure_quality
from device.quality.smear import measure_smear
from device.smear.crowding import Crowding
from device.smear.slide import VirtualSlide
from tests.bench.daemon import AS_IN_LIFE
from tests.bench.machine import time_by_turns
from tests.bench.smear import SHAPE, STEP_UM, UM_PER_PX
from tests.made_records import leave_uncounted

ROUNDS = 60
CELLS = 2
"""White cells in the field, as in one of the Raspberry Pi's."""

NETWORK = "network (bare interpreter)"
DETAILS = "outlines, shape and attributes of its cells"

Works = dict[str, Callable[[], object]]


@dataclass(frozen=True)
class Costs:
    """Median milliseconds of processor time for a 960x600 field, each stage alone in one thread.

    Attributes:
        network_ms: a pass of the bare interpreter.
        each: what every field costs beside it.
        seen: what only a field costs that somebody looks at.
        kept: what only a field costs that is recorded, captured or exported.
    """

    network_ms: float
    each: dict[str, float]
    seen: dict[str, float]
    kept: dict[str, float]


def time_stages(bundle: Bundle) -> Costs:
    """Time every stage by turns with the network."""
    cv2.setNumThreads(1)  # as in the daemon
    image, manifest = draw_field(), bundle.manifest
    prepared = prepare_field(image, UM_PER_PX, manifest.um_per_px)
    (window,) = plan_windows(prepared.image.shape[:2], manifest.input_shape)
    ready = cut_window(prepared.image, window, manifest.input_shape)
    model = open_interpreter((bundle.folder / "model.tflite").read_bytes(), threads=1)
    with Classifier(bundle, threads=1) as classifier, TemporaryDirectory() as folder:
        each, prediction = _list_each(classifier, image)
        network = {NETWORK: lambda: model.run(ready)}
        beside = time_by_turns(network | each, ROUNDS)
        read = each["reading (instances, types)"]
        seen = time_by_turns({DETAILS: lambda: _look_closer(read()), **_list_seen(prediction)}, ROUNDS)
        seen[DETAILS] -= beside["reading (instances, types)"]
        with Store(Path(folder) / DATABASE_NAME, "bench") as store:
            kept = _list_kept(store, leave_uncounted(prediction), Path(folder))
            outputs = classifier.outputs(prepared)
            kept["mask at field size (predict --masks)"] = lambda: label_map(outputs, prepared, manifest.mask_stride)
            return Costs(beside.pop(NETWORK), beside, seen, time_by_turns(kept, ROUNDS // 3))


def draw_field() -> NDArray[np.uint8]:
    """Draw the first field of a slide that shows as many cells as are wanted."""
    slide = VirtualSlide(7, Crowding(white_per_mm2=AS_IN_LIFE))
    fields = (slide.render(STEP_UM * number, 0.0, *SHAPE, UM_PER_PX) for number in count())
    image = next(image for image, truth in fields if len(truth.cells) == CELLS)
    image.flags.writeable = False
    return image


def _list_each(classifier: Classifier, image: NDArray[np.uint8]) -> tuple[Works, Prediction]:
    settings, manifest = load_settings().device, classifier.bundle.manifest
    quality = measure_quality(image, UM_PER_PX, settings.quality)
    frame = make_frame(image, quality, UM_PER_PX, seq=1, captured_at=now(), simulated=True)
    prepared, judge = classifier.prepare(frame), Judge(settings.counting, manifest)
    outputs, prediction = classifier.outputs(prepared), classifier.predict(frame)
    works: Works = {
        "light and focus": lambda: measure_quality(image, UM_PER_PX, settings.quality),
        "preparation (shading, white point, resize)": lambda: classifier.prepare(frame),
        "cover and stain": lambda: measure_smear(prepared, manifest, settings.quality, quality),
        "reading (instances, types)": lambda: classifier.read(frame, prepared, outputs),
        "place and count": lambda: judge.judge(prediction, "slide", at_rest=False),
    }
    return works, prediction


def _list_seen(prediction: Prediction) -> Works:
    quality, view = load_settings().device.page.jpeg_quality, prediction.frame.view
    drawn = draw_overlay(prediction)
    return {
        "JPEG of the page": lambda: encode_jpeg(view, quality),
        "overlay (captures, stream)": lambda: draw_overlay(prediction),
        "JPEG of the overlay": lambda: encode_jpeg(drawn, quality),
    }


def _list_kept(store: Store, judged: Judged, folder: Path) -> Works:
    slide_id = store.open_slide(
        accession="bench", operator="", bundle_id="bench", target=100, camera="bench", simulated=True
    )
    pictures, frame = Pictures(folder, keep_mb=1000), judged.prediction.frame
    return {
        "fingerprint (sha256 of the raw picture)": lambda: Fingerprint(frame.image).take(),
        "rows of a field and its cells": lambda: store.add_field(slide_id, judged),
        "picture of a counted field": lambda: pictures.write(take_picture(frame)),
        "raw PNG on disk (capture)": lambda: (folder / "raw.png").write_bytes(encode_png(frame.image)),
    }


def _look_closer(prediction: object) -> None:
    assert isinstance(prediction, Prediction)
    for cell in replace(prediction).cells:
        cell.details.get()
