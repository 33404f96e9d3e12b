"""What each stage costs a field, beside the network itself in the same run."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from contract.bundle import Bundle
from contract.image import encode_jpeg, encode_png
from contract.moments import now
from contract.prepare import cut_window, plan_windows, prepare_field
from contract.reading import label_map, read_cells
from contract.settings import load_settings
from device.classifier import Classifier
from device.overlay import draw_overlay
from device.quality import measure_quality
from device.records import make_frame
from device.runtime import open_interpreter
from device.smear.slide import VirtualSlide
from tests.bench.machine import median_ms
from tests.bench.smear import SHAPE, UM_PER_PX

ROUNDS = 40


def time_stages(bundle: Bundle) -> dict[str, float]:
    """Median milliseconds of each stage for a 960x600 field with some white cells, one inference thread."""
    image, _ = VirtualSlide(5).render(0.0, 0.0, *SHAPE, UM_PER_PX)
    limits, manifest = load_settings().device.quality, bundle.manifest
    quality = measure_quality(image, UM_PER_PX, limits)
    frame = make_frame(image, quality, UM_PER_PX, seq=1, captured_at=now(), simulated=True)
    prepared = prepare_field(image, UM_PER_PX, manifest.um_per_px)
    window = cut_window(
        prepared.image, plan_windows(prepared.image.shape[:2], manifest.input_shape)[0], manifest.input_shape
    )
    model = open_interpreter((bundle.folder / "model.tflite").read_bytes(), threads=1)
    with Classifier(bundle, threads=1) as classifier, TemporaryDirectory() as folder:
        outputs = classifier.outputs(prepared)
        prediction = classifier.predict(frame)
        drawn = draw_overlay(prediction)
        stages: dict[str, Callable[[], object]] = {
            "network (bare interpreter)": lambda: model.run(window),
            "fingerprint and copy": lambda: make_frame(
                image, quality, UM_PER_PX, seq=1, captured_at=now(), simulated=True
            ),
            "quality": lambda: measure_quality(image, UM_PER_PX, limits),
            "preparation (shading, white point, resize)": lambda: prepare_field(image, UM_PER_PX, manifest.um_per_px),
            "reading (cells, types, contours)": lambda: read_cells(outputs, prepared, manifest),
            "overlay": lambda: draw_overlay(prediction),
            "JPEG of the page": lambda: encode_jpeg(drawn, load_settings().device.page.jpeg_quality),
            "mask at field size (predict --masks)": lambda: label_map(outputs, prepared, manifest.mask_stride),
            "raw PNG on disk (capture)": lambda: (Path(folder) / "raw.png").write_bytes(encode_png(image)),
        }
        return {name: median_ms(work, ROUNDS) for name, work in stages.items()}
