"""A real, tiny, deterministic int8 bundle whose network finds purple cells by hand-set weights.

Run as a program, so that a test session never imports TensorFlow itself:

    python tests/tiny_bundle.py FOLDER differential|screening

The weights say what the eye says: white cells are bluer than they are green (nuclei also dark in red), red cells and
plasma are not; the type is the nearest of five mean colours. It knows nothing of real blood and says so in its card.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from contract.seal import make_seal

HEIGHT, WIDTH = 96, 128
WORKING_UM_PER_PX = 0.5
CLASSES = {
    "differential": ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil"),
    "screening": ("benign", "early_pre_b", "pre_b", "pro_b"),
}
# Mean red, green, blue, 0..1, that the features show of each type's cells in the simulated smear; a field's class goes
# by how much of it is purple.
COLOURS = {
    "basophil": (0.52, 0.43, 0.70),
    "eosinophil": (0.58, 0.475, 0.70),
    "lymphocyte": (0.55, 0.50, 0.76),
    "monocyte": (0.60, 0.54, 0.79),
    "neutrophil": (0.64, 0.565, 0.79),
}
CYTOPLASM_FROM = 0.10  # blue less green; in the simulated smear red cells stay under 0.08
NUCLEUS_FROM = 0.45  # one less red
GAIN = 600.0  # logits per squared distance of colours
NOTICE = "For research use only. Not for use in diagnostic procedures."


def make_tiny_bundle(folder: Path, task: str = "differential") -> Path:
    """Make the bundle.

    Args:
        folder: made if need be; receives model.tflite, model.json, selftest.npz, parity.json and card.md.
        task: `differential` or `screening`.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = build_network(CLASSES[task], task)
    content = convert_to_int8(model)
    inputs = draw_inputs(4)
    outputs = run_int8(content, inputs)
    (folder / "model.tflite").write_bytes(content)
    np.savez(folder / "selftest.npz", inputs=inputs, **{f"output_{name}": array for name, array in outputs.items()})
    (folder / "parity.json").write_text(json.dumps({"largest_step": 0, "inputs": len(inputs)}), encoding="utf-8")
    (folder / "card.md").write_text(f"# tiny {task}\n\nHand-set weights for tests. {NOTICE}\n", encoding="utf-8")
    manifest = json.dumps(describe(folder, task), indent=2).encode()
    (folder / "model.json").write_bytes(manifest)
    (folder / "model.json.sha256").write_bytes(make_seal(manifest))
    return folder


def build_network(classes, task):
    """Build the Keras model: raw pixels 0..255 in, a dict of heads out, every weight set by hand."""
    import keras

    pixels = keras.Input((HEIGHT, WIDTH, 3), batch_size=1, name="image")
    colour = keras.layers.Rescaling(1 / 255)(pixels)
    fine = keras.layers.AveragePooling2D(4)(colour)
    mask = set_weights(
        keras.layers.Conv2D(3, 1, name="mask"),
        fine,
        # background 0; cytoplasm by blue less green; nucleus more than that where red is dark.
        np.array([[0, 0, -40], [0, -40, -40], [0, 40, 40]]).reshape(1, 1, 3, 3),
        [0, -40 * CYTOPLASM_FROM, -40 * CYTOPLASM_FROM + 40 * (1 - NUCLEUS_FROM)],
    )
    purple = set_weights(
        keras.layers.Conv2D(1, 1, activation="sigmoid"),
        fine,
        np.array([0, -60, 60]).reshape(1, 1, 3, 1),
        [-60 * CYTOPLASM_FROM],
    )
    # High where most of a circle of 5 pixels (10 um) is purple: at centres, not where two cells touch.
    interior = set_weights(
        keras.layers.Conv2D(1, 5, padding="same", name="interior"), purple, np.full((5, 5, 1, 1), 20 / 25), [-10]
    )
    coarse = keras.layers.AveragePooling2D(8)(colour)
    both = keras.layers.AveragePooling2D(2)(purple)
    features = keras.layers.ReLU(name="features")(keras.layers.Concatenate()([coarse, both]))
    outputs = {"mask": mask, "interior": interior, "features": features, "cell_type": name_cells(features, classes)}
    return keras.Model(pixels, outputs)


def name_cells(features, classes):
    """Nearest mean colour as a linear head: 2 f.m - m.m is largest for the nearest m."""
    import keras

    means = np.array([COLOURS.get(name, (0.4, 0.3, 0.5 + 0.05 * i)) for i, name in enumerate(classes)])
    squares = (means**2).sum(axis=1)
    # What all classes share changes no answer, but would waste the 256 steps of the output.
    slopes, biases = 2 * (means - means.mean(axis=0)), -(squares - squares.mean())
    weights = np.concatenate([slopes.T, np.zeros((1, len(classes)))])
    return set_weights(
        keras.layers.Conv2D(len(classes), 1, name="cell_type"),
        features,
        GAIN * weights.reshape(1, 1, 4, -1),
        GAIN * biases,
    )


def set_weights(layer, inputs, kernel, bias):
    """Call a layer on its inputs, then give it its weights."""
    result = layer(inputs)
    layer.set_weights([np.asarray(kernel, np.float32), np.asarray(bias, np.float32)])
    return result


def convert_to_int8(model):
    """Convert to full int8 with uint8 input through a saved model of batch 1."""
    import tempfile

    import keras
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as saved:
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint(
            "serve", model.call, input_signature=[tf.TensorSpec((1, HEIGHT, WIDTH, 3), tf.float32, name="image")]
        )
        archive.write_out(saved, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(saved)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
        converter.inference_output_type = tf.int8
        converter.representative_dataset = lambda: ([image[None].astype(np.float32)] for image in draw_inputs(24))
        return converter.convert()


def draw_inputs(count):
    """Draw prepared fields with purple cells of known colours, red cells, and pure black and white for calibration."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    images = np.full((count, HEIGHT, WIDTH, 3), 235, np.float32)
    for image in images:
        for _ in range(4):
            paint_disc(image, y, x, rng, 7, (215, 165, 160))
        for name in rng.choice(list(COLOURS), 3):
            centre = paint_disc(image, y, x, rng, 13, 255 * np.array(COLOURS[name]) * 0.8 + 50)
            paint_disc(image, y, x, rng, 8, (90, 55, 150), centre)
        image += rng.normal(0, 2, image.shape)
        image[:4, :4], image[:4, 4:8] = 0, 255
    return np.clip(images, 0, 255).astype(np.uint8)


def paint_disc(image, y, x, rng, radius, colour, centre=None):
    """Paint one disc, at random unless a centre is given; returns its centre."""
    centre = (rng.uniform(radius, HEIGHT - radius), rng.uniform(radius, WIDTH - radius)) if centre is None else centre
    image[(y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2] = colour
    return centre


def run_int8(content, inputs):
    """Run the finished file on the device's own runtime and keep the integers of every head."""
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_content=content, num_threads=1).get_signature_runner()
    runs = [runner(image=image[None]) for image in inputs]
    return {name: np.stack([run[name][0] for run in runs]) for name in runs[0]}


def describe(folder, task):
    """Write down every fact that the graph does not hold."""
    classes = CLASSES[task]
    files = [path for path in sorted(folder.iterdir()) if path.name != "model.json"]
    screening = task == "screening"
    return {
        "format_version": 1,
        "name": f"tiny-{task}",
        "version": "1.0",
        "task": task,
        "classes": classes,
        "input_height": HEIGHT,
        "input_width": WIDTH,
        "um_per_px": WORKING_UM_PER_PX,
        "mask_stride": 4,
        "type_stride": 8,
        "heads": {"mask": "mask", "interior": "interior", "cell_type": "cell_type", "features": "features"},
        "cell": {"temperature": 1.0, "threshold": 0.5},
        "field": {"temperature": 1.0, "threshold": 0.25} if screening else None,
        "conformal": dict.fromkeys(classes, 0.9),
        "confidence_fitted_on": "nothing: weights set by hand",
        "data": {},
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        "created": "2026-01-01T00:00:00+00:00",
        "made_with": "tests/tiny_bundle.py",
    }


if __name__ == "__main__":
    make_tiny_bundle(Path(sys.argv[1]), sys.argv[2])
