"""How a file of any format is run on pictures: window by window, as the device runs its bundle."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from contract.bundle import Manifest
from contract.outputs import Outputs, join_outputs
from contract.prepare import Prepared, cut_window, plan_windows
from device.network.runtime import Model, open_interpreter
from quantize.timing import suit_input
from training.description import read_description
from training.forward import OutputsOf
from training.tfrecords import Example, read_examples

TEST = "test"


def run_file(content: bytes, manifest: Manifest) -> OutputsOf:
    """Make the callable that runs a file on prepared fields.

    Args:
        content: .tflite of any of `quantize.convert.FORMATS`.
        manifest: input size and head names.

    Returns:
        From a prepared field to its outputs.
    """
    model = open_interpreter(content, threads=1)

    def outputs(prepared: Prepared) -> Outputs:
        shape = (prepared.image.shape[0], prepared.image.shape[1])
        windows = plan_windows(shape, manifest.input_shape)
        parts = [_run(model, cut_window(prepared.image, window, manifest.input_shape)) for window in windows]
        return join_outputs(parts, windows, shape, manifest)

    return outputs


def spread_pictures(data: Path, wanted: int, what: str) -> Iterator[Example]:
    """Read pictures of the test split, evenly spread over it, with a progress bar.

    Args:
        data: prepared folder.
        wanted: how many, at most all.
        what: for the bar.

    Yields:
        Examples; the same ones every time.
    """
    total = count_pictures(data)
    with tqdm(total=wanted, desc=f"{TEST}, {what}", unit="image", dynamic_ncols=True) as bar:
        for place, example in enumerate(read_examples(data, TEST)):
            if (place + 1) * wanted // total > place * wanted // total:
                yield example
                bar.update()


def count_pictures(data: Path) -> int:
    """Count the pictures of the test split."""
    return sum(one.counts[TEST].images for one in read_description(data).sources if TEST in one.counts)


def _run(model: Model, window: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    return {
        name: model.dequantize(name, values) if np.issubdtype(values.dtype, np.integer) else values.astype(np.float32)
        for name, values in model.run(suit_input(model, window)).items()
    }
