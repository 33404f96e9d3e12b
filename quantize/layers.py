"""What each layer of the int8 file loses against the float file: both run on the same pictures, tensor by tensor."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from tqdm import tqdm

from contract.failures import Refusal
from quantize.convert import FLOAT32, INT8
from quantize.slim import name_layer

SHOWN = 24
"""Canvases on which layers are compared: each holds several crops, millions of activations."""

LEAST_NOISE = 1e-12
"""Power of the difference over that of the signal where both are equal (120 dB); float32 cannot tell less."""


class LayersError(Refusal):
    """No layer of the int8 file has its counterpart in the float file. Convert both from one network, names kept."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Layer:
    """One operation of the network, in the order in which they run.

    Attributes:
        name: of the layer, as Keras calls it, or of the head.
        operation: as TensorFlow Lite calls it.
        rmse_steps: root of the mean squared difference in steps of the tensor's scale; rounding alone gives 0.29.
        sqnr_db: power of the float activations over that of the difference, in decibels.
        added: power of the difference over that of the float activations, less the same of the noisiest tensor the
            layer reads: what it costs by itself; negative where a layer averages noise away.
        low, high: smallest and largest float activation.
        clipped: share of float activations that int8 cannot say, 0..1: the calibration did not show them.
    """

    name: str
    operation: str
    rmse_steps: float
    sqnr_db: float
    added: float
    low: float
    high: float
    clipped: float


def compare_layers(int8: bytes, float32: bytes, images: Iterable[NDArray[np.uint8]]) -> tuple[Layer, ...]:
    """Compare both files layer by layer, errors adding up as they do on the device.

    Args:
        int8: as the converter wrote it: tensors bear the names they bear in the float file.
        float32: of the same network.
        images: (height, width, 3) inputs; the caller shows progress.

    Returns:
        Every layer that both files have.

    Raises:
        LayersError: none is found in both.
    """
    quantized, plain = _open(int8), _open(float32)
    operations = [one for one in quantized._get_ops_details() if one["op_name"] != "DELEGATE"]  # no public way
    tensors = {one["index"]: one for one in quantized.get_tensor_details()}
    indices = {one["name"]: one["index"] for one in plain.get_tensor_details()}
    pairs = [
        _Pair(tensors[output], indices[tensors[output]["name"]], one["op_name"], tuple(one["inputs"]))
        for one in operations
        for output in one["outputs"]
        if tensors[output]["name"] in indices
    ]
    if not pairs:
        raise LayersError(
            "layers: no tensor in common (expected two files of one network, as the converter wrote them)"
        )
    for image in images:
        _feed(quantized, image)
        _feed(plain, image.astype(np.float32))
        for pair in pairs:
            pair.add(quantized, plain)
    return _tell(pairs, _find_heads(int8))


def compare_on_canvases(files: Mapping[str, bytes], canvases: Sequence[NDArray[np.uint8]]) -> tuple[Layer, ...]:
    """Compare layers on some of the representative canvases, evenly taken, with a progress bar.

    Args:
        files: by format, int8 and float32 among them, as the converter wrote them.
        canvases: the representative set.

    Returns:
        As `compare_layers`.
    """
    shown = canvases[:: max(1, len(canvases) // SHOWN)][:SHOWN]
    return compare_layers(files[INT8], files[FLOAT32], tqdm(shown, desc="layers", unit="input", dynamic_ncols=True))


def find_costliest(layers: Sequence[Layer]) -> Layer:
    """Find the layer that costs most by itself."""
    return max(layers, key=lambda layer: layer.added)


class _Pair:
    """A tensor in both files and what was summed over the pictures so far."""

    def __init__(self, tensor: dict[str, Any], plain_index: int, operation: str, inputs: tuple[int, ...]) -> None:
        parameters = tensor["quantization_parameters"]
        self.index, self.name, self.plain_index = tensor["index"], tensor["name"], plain_index
        self.operation, self.inputs = operation, inputs
        self.scale, self.zero = float(parameters["scales"][0]), int(parameters["zero_points"][0])
        self.count = self.clipped = 0
        self.signal = self.noise = 0.0
        self.low, self.high = np.inf, -np.inf

    def add(self, quantized: Any, plain: Any) -> None:
        meant = plain.get_tensor(self.plain_index).astype(np.float64)
        said = (quantized.get_tensor(self.index).astype(np.float64) - self.zero) * self.scale
        # half a step beyond the last is still rounded to it
        lowest, highest = ((edge - self.zero) * self.scale for edge in (-128.5, 127.5))
        self.count += meant.size
        self.signal += float((meant**2).sum())
        self.noise += float(((said - meant) ** 2).sum())
        self.clipped += int(((meant < lowest) | (meant > highest)).sum())
        self.low, self.high = min(self.low, float(meant.min())), max(self.high, float(meant.max()))

    @property
    def noise_share(self) -> float:
        return max(LEAST_NOISE, self.noise / self.signal) if self.signal else LEAST_NOISE


def _tell(pairs: Sequence[_Pair], heads: dict[int, str]) -> tuple[Layer, ...]:
    shares: dict[int, float] = {}
    layers = []
    for pair in pairs:
        before = max((shares[index] for index in pair.inputs if index in shares), default=0.0)
        shares[pair.index] = pair.noise_share
        layers.append(
            Layer(
                name=heads.get(pair.index, name_layer(pair.name)),
                operation=pair.operation,
                rmse_steps=float(np.sqrt(pair.noise / pair.count)) / pair.scale,
                sqnr_db=-10 * float(np.log10(pair.noise_share)),
                added=pair.noise_share - before,
                low=pair.low,
                high=pair.high,
                clipped=pair.clipped / pair.count,
            )
        )
    return tuple(layers)


def _open(content: bytes) -> Any:
    with warnings.catch_warnings():
        # Keeping every tensor is what is wanted here; the notice says that it costs memory.
        warnings.filterwarnings("ignore", message=r"Warning: Enabling `experimental_preserve_all_tensors`")
        interpreter = Interpreter(model_content=content, num_threads=1, experimental_preserve_all_tensors=True)
    interpreter.allocate_tensors()
    return interpreter


def _feed(interpreter: Any, image: NDArray[Any]) -> None:
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[np.newaxis])
    interpreter.invoke()


def _find_heads(content: bytes) -> dict[int, str]:
    """Head names by tensor; from an interpreter of its own, for one that holds a runner can no longer be invoked."""
    runner = Interpreter(model_content=content, num_threads=1).get_signature_runner()
    return {detail["index"]: name for name, detail in runner.get_output_details().items()}
