"""What each stage costs a field, beside the network itself in the same run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from contract.bundle import Bundle
from contract.image import encode_jpeg, encode_png
from contract.moments import now
from contract.prepare import cut_window, plan_windows, prepare_field
from contract.reading import label_map
from contract.settings import load_settings
from device.classifier import Classifier
from device.judging import Judge
from device.overlay import draw_overlay
from device.pictures import Pictures, take_picture
from device.quality import measure_quality
from device.records import Frame, Judged, leave_uncounted, make_frame
from device.runtime import open_interpreter
from device.smear.slide import VirtualSlide
from device.store import DATABASE_NAME, Store
from tests.bench.machine import median_ms
from tests.bench.smear import SHAPE, UM_PER_PX

ROUNDS = 60


@dataclass(frozen=True)
class Costs:
    """Median milliseconds for a 960x600 field, one inference thread.

    Attributes:
        cells: white cells in the field.
        network_ms: a pass of the bare interpreter.
        each: what every field costs beside it.
        seen: what only a field costs that somebody looks at.
        kept: what only a field costs that is recorded, captured or exported.
    """

    cells: int
    network_ms: float
    each: dict[str, float]
    seen: dict[str, float]
    kept: dict[str, float]


def time_stages(bundle: Bundle) -> Costs:
    """Time every stage alone, one after the other."""
    image, truth = VirtualSlide(3).render(0.0, 0.0, *SHAPE, UM_PER_PX)
    image.flags.writeable = False
    settings, manifest = load_settings().device, bundle.manifest
    prepared = prepare_field(image, UM_PER_PX, manifest.um_per_px)
    (window,) = plan_windows(prepared.image.shape[:2], manifest.input_shape)
    ready = cut_window(prepared.image, window, manifest.input_shape)
    model = open_interpreter((bundle.folder / "model.tflite").read_bytes(), threads=1)
    network_ms = median_ms(lambda: model.run(ready), ROUNDS)
    with Classifier(bundle, threads=1) as classifier, TemporaryDirectory() as folder:
        frame = _make_frame(image)
        outputs = classifier.outputs(prepared)
        judge, prediction = Judge(settings.counting, manifest), classifier.predict(frame)
        each: dict[str, Callable[[], object]] = {
            "quality": lambda: measure_quality(image, UM_PER_PX, settings.quality),
            "preparation (shading, white point, resize)": lambda: classifier.prepare(frame),
            "reading (instances, types, contours, shape)": lambda: classifier.read(frame, prepared, outputs),
            "place and count": lambda: judge.judge(prediction, "slide", at_rest=False),
        }
        drawn, quality = draw_overlay(prediction), settings.page.jpeg_quality
        seen: dict[str, Callable[[], object]] = {
            "JPEG of the page": lambda: encode_jpeg(image, quality),
            "overlay (captures, stream)": lambda: draw_overlay(prediction),
            "JPEG of the overlay": lambda: encode_jpeg(drawn, quality),
        }
        with Store(Path(folder) / DATABASE_NAME, "bench") as store:
            kept = _list_kept(store, leave_uncounted(prediction), Path(folder))
            kept["mask at field size (predict --masks)"] = lambda: label_map(outputs, prepared, manifest.mask_stride)
            return Costs(len(truth.cells), network_ms, _time(each), _time(seen), _time(kept))


def _list_kept(store: Store, judged: Judged, folder: Path) -> dict[str, Callable[[], object]]:
    slide_id = store.open_slide(
        accession="bench", operator="", bundle_id="bench", target=100, camera="bench", simulated=True
    )
    pictures, frame = Pictures(folder, keep_mb=1000), judged.prediction.frame
    return {
        "fingerprint (sha256 of the raw picture)": lambda: _make_frame(frame.image).digest,
        "rows of a field and its cells": lambda: store.add_field(slide_id, judged),
        "picture of a counted field": lambda: pictures.write(take_picture(frame)),
        "raw PNG on disk (capture)": lambda: (folder / "raw.png").write_bytes(encode_png(frame.image)),
    }


def _make_frame(image: object) -> Frame:
    quality = measure_quality(image, UM_PER_PX, load_settings().device.quality)
    return make_frame(image, quality, UM_PER_PX, seq=1, captured_at=now(), simulated=True)


def _time(stages: dict[str, Callable[[], object]]) -> dict[str, float]:
    return {name: median_ms(work, ROUNDS) for name, work in stages.items()}
