"""The network for a lab that wants a server: a SavedModel that TensorFlow Serving loads as it is."""

import json
import shutil
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from contract.bundle import Manifest
from contract.failures import Refusal
from contract.notice import RESEARCH_USE
from quantize.convert import INPUT
from training.drafting import draft_manifest
from training.model import build_model
from training.runs import load_run

WINDOW_SIGNATURE = "serving_default"
FIELD_SIGNATURE = "fields"
FACTS = "leukoscope.json"


class ExportError(Refusal):
    """A folder for the server cannot be written where it was asked for. Choose another, or make room."""

    exit_code = 5


def export_run(run: Path, out: Path) -> Path:
    """Export a run's float network.

    The signature `serving_default` takes windows of the device's size, `fields` whole fields of any size that is a
    multiple of 16; both take a batch of any length of uint8 RGB at the working scale and give the heads by name, as
    float32 logits (`features`: activations).

    Args:
        run: made by `leukoscope-train fit`.
        out: folder of the model on the server; a new version is added to it, and only when it is whole.

    Returns:
        The version's folder.

    Raises:
        RunError: there is no run.
        ExportError: the folder cannot be written.
    """
    record, trained = load_run(run)
    shape = (record.input_height, record.input_width)
    draft = draft_manifest(record.model, shape, record.um_per_px)
    model = _free_size(build_model(record.model, (None, None)))
    model.set_weights(trained.get_weights())
    try:
        out.mkdir(parents=True, exist_ok=True)
        version = out / str(1 + max((int(path.name) for path in out.iterdir() if path.name.isdecimal()), default=0))
        partial = out / f"{version.name}.partial"  # a server looks at names that are numbers only
        shutil.rmtree(partial, ignore_errors=True)
        _write(model, partial, draft)
        partial.rename(version)
    except OSError as error:
        raise ExportError(
            f"{error.filename or out}: {error.strerror} (expected a folder that can be written)"
        ) from error
    return version


def _write(model: Any, folder: Path, draft: Manifest) -> None:
    def answer(image: Any) -> Any:
        return model(tf.cast(image, tf.float32), training=False)

    archive = keras.export.ExportArchive()
    archive.track(model)
    sides = {WINDOW_SIGNATURE: draft.input_shape, FIELD_SIGNATURE: (None, None)}
    for name, shape in sides.items():
        archive.add_endpoint(name, answer, [tf.TensorSpec((None, *shape, 3), tf.uint8, name=INPUT)])
    archive.write_out(str(folder), verbose=False)
    # a folder that SavedModel keeps for those who make it; servers pass over it
    extra = folder / "assets.extra"
    extra.mkdir()
    (extra / FACTS).write_text(json.dumps(_tell_facts(draft), indent=2) + "\n", encoding="utf-8")


@keras.saving.register_keras_serializable("leukoscope")
class _Double(keras.layers.Layer):  # type: ignore[misc]
    """Twice the size, bilinearly, for maps whose size is known only when they come: Keras's own layer cannot."""

    def call(self, maps: Any) -> Any:
        return tf.image.resize(maps, 2 * tf.shape(maps)[1:3])


def _free_size(model: Any) -> Any:
    """Give the network once more with layers that take any size; it has the same weights in the same order."""

    def replace(layer: Any) -> Any:
        if isinstance(layer, keras.layers.UpSampling2D):
            return _Double(name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=replace)


def _tell_facts(draft: Manifest) -> dict[str, Any]:
    """What a client must know to prepare a field and to read the heads."""
    wanted = {"task", "classes", "input_height", "input_width", "um_per_px", "mask_stride", "type_stride", "heads"}
    return {"notice": RESEARCH_USE, **draft.model_dump(mode="json", include=wanted | {"attributes"})}
