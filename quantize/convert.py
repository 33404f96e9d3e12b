"""How a Keras network becomes a TensorFlow Lite file: full int8 for the device, other formats to compare it with."""

import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from contract.failures import Refusal

SIGNATURE = "serve"
INPUT = "image"

FLOAT32, FLOAT16, DYNAMIC, INT8 = "float32", "float16", "dynamic range", "int8"
FORMATS = (FLOAT32, FLOAT16, DYNAMIC, INT8)
"""What a network can be written as. float16: weights of half the width; dynamic range: int8 weights, activations
quantized as they come; int8: weights and activations, uint8 RGB in, int8 heads out."""


class ConvertError(Refusal):
    """The converter made something else than promised. Look at the representative images and the network's layers."""

    exit_code = 3


def convert(
    model: Any, representative: Sequence[NDArray[np.uint8]], formats: Sequence[str] = (FLOAT32, INT8)
) -> dict[str, bytes]:
    """Convert a network of fixed input size.

    Args:
        model: Keras network of (N, height, width, 3) RGB 0..255 to a dict of heads.
        representative: (height, width, 3) inputs whose activations set the scales; 0 and 255 must be among their
            pixels, or raw bytes would be read at another scale.
        formats: some of `FORMATS`.

    Returns:
        A .tflite file for each format; all of one graph.

    Raises:
        ConvertError: 0 or 255 is missing among the representative pixels.
    """
    low, high = (int(edge([edge(image) for image in representative])) for edge in (np.min, np.max))
    if (low, high) != (0, 255):
        raise ConvertError(
            f"representative pixels: {low} to {high} (expected 0 to 255, so that the input's scale is 1)"
        )
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "saved"
        with _hushed() as terminal:
            _export(model, saved)
            return {name: _convert(saved, name, representative, terminal) for name in formats}


def _export(model: Any, folder: Path) -> None:
    import keras
    import tensorflow as tf

    # A batch of 1 fixed here: a free one would leave SHAPE and STRIDED_SLICE operations in the file.
    shape = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name=INPUT)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(SIGNATURE, lambda image: model(image, training=False), input_signature=[shape])
    archive.write_out(str(folder), verbose=False)


def _convert(saved: Path, name: str, representative: Sequence[NDArray[np.uint8]], terminal: TextIO) -> bytes:
    import tensorflow as tf

    def show() -> Iterator[dict[str, NDArray[np.float32]]]:
        for image in tqdm(representative, desc="calibrating", unit="input", file=terminal, dynamic_ncols=True):
            yield {INPUT: image[np.newaxis].astype(np.float32)}

    # from_saved_model, because from_concrete_functions writes a file without weights and says nothing.
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved), signature_keys=[SIGNATURE])
    if name != FLOAT32:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if name == FLOAT16:
        converter.target_spec.supported_types = [tf.float16]
    if name == INT8:
        converter.representative_dataset = show
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
        converter.inference_output_type = tf.int8
    with warnings.catch_warnings():
        # The converter calibrates with its own, deprecated interpreter; there is no other way to call it.
        warnings.filterwarnings("ignore", message=r"\s*Warning: tf.lite.Interpreter is deprecated")
        return bytes(converter.convert())


@contextmanager
def _hushed() -> Iterator[TextIO]:
    """Keep what the converter's C++ side prints from the terminal; give it back where conversion fails.

    Yields:
        The terminal, for a progress bar.
    """
    output, errors = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as kept, os.fdopen(errors, "w", encoding="utf-8", closefd=False) as terminal:
        try:
            os.dup2(kept.fileno(), 1)
            os.dup2(kept.fileno(), 2)
            yield terminal
        except BaseException:
            kept.seek(0)
            os.write(errors, kept.read())
            raise
        finally:
            os.dup2(output, 1)
            os.dup2(errors, 2)
            terminal.flush()
            os.close(output)
            os.close(errors)
