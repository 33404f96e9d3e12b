"""A model loaded into the runtime that this machine has, its outputs by name, held against its bundle's promises."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.failures import Refusal
from contract.quantized import Quantized
from device.network.cores import count_cores
from device.network.runtime_choice import applies_xnnpack, explain_slowness, find_runtime


class ModelError(Refusal):
    """A model cannot be run, or is not what its bundle promises. Install the bundle, or the runtime, again."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output of a model.

    Attributes:
        shape: with the batch of 1 in front.
        dtype: int8 or uint8.
        scale, zero_point: real value = (integer - zero_point) * scale.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float
    zero_point: int


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model with one signature; not to be called by two threads at once.

    Attributes:
        runtime: the runtime's name and version.
        input_name: name of its one input.
        input: what goes in.
        outputs: what comes out, by head name.
        xnnpack: whether it runs on XNNPACK.
        content: the file's bytes, which the interpreter reads in place and so must outlive it.
    """

    runtime: str
    input_name: str
    input: Tensor
    outputs: Mapping[str, Tensor]
    xnnpack: bool
    content: bytes = field(repr=False)
    _runner: Any = field(repr=False)

    @property
    def slowness(self) -> str | None:
        """Why inference is many times slower than it need be, and what would mend it; None: it is not."""
        return explain_slowness(self.runtime, self.xnnpack)

    def run(self, image: NDArray[np.uint8]) -> dict[str, NDArray[np.integer[Any]]]:
        """Run one input through the network.

        Args:
            image: (height, width, 3) uint8 RGB, C-contiguous.

        Returns:
            Integers as the network gives them, by head name, without the batch axis.
        """
        raw = self._runner(**{self.input_name: image[np.newaxis]})
        return {name: values[0] for name, values in raw.items()}

    def dequantize(self, name: str, values: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """Turn a head's integers into real numbers.

        Args:
            name: of the head.
            values: what `run` gave for it.

        Returns:
            float32 of the same shape.
        """
        return self.scale(name, values)[...]

    def scale(self, name: str, values: NDArray[np.integer[Any]]) -> Quantized:
        """Say what a head's integers stand for, without computing it where nobody looks.

        Args:
            name: of the head.
            values: what `run` gave for it.

        Returns:
            A map that reads as real numbers.
        """
        tensor = self.outputs[name]
        return Quantized(values, tensor.scale, tensor.zero_point)


def open_interpreter(content: bytes, threads: int = 0, runtime: str | None = None) -> Model:
    """Load a model into the best runtime that is installed.

    Args:
        content: bytes of a .tflite file whose hash was checked (tflite-runtime crashes on a broken one).
        threads: inference threads; 0: one for each core this process may use.
        runtime: a package of `RUNTIMES`, where it must be this one; None: the best there is.

    Returns:
        The model, ready to run.

    Raises:
        RuntimeMissingError: there is no runtime.
        ModelError: it refuses the model, or the model has not one signature with one input.
    """
    module, name = find_runtime(runtime)
    try:
        # Constructing is the probe: tflite-runtime beside numpy 2 can be imported and fails only here.
        interpreter = module.Interpreter(model_content=content, num_threads=threads or count_cores())
        signatures = list(interpreter.get_signature_list())
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError, ImportError, AttributeError, SystemError) as error:
        raise ModelError(f"model: {name} cannot load it: {error} (expected a TensorFlow Lite model)") from error
    if len(signatures) != 1:
        raise ModelError(f"model: {len(signatures)} signatures (expected one, whose outputs have names)")
    xnnpack = applies_xnnpack(interpreter)  # asked first: the interpreter may not be while a runner is held
    runner = interpreter.get_signature_runner(signatures[0])
    inputs = {key: _describe(detail) for key, detail in runner.get_input_details().items()}
    if len(inputs) != 1:
        raise ModelError(f"model: {len(inputs)} inputs (expected one, the image)")
    input_name, tensor = next(iter(inputs.items()))
    outputs = {key: _describe(detail) for key, detail in runner.get_output_details().items()}
    return Model(name, input_name, tensor, outputs, xnnpack, content, runner)


def check_model(model: Model, manifest: Manifest) -> None:
    """Hold a loaded model against what its manifest promises.

    Args:
        model: as loaded.
        manifest: of its bundle.

    Raises:
        ModelError: names the first difference, what was found and what was expected.
    """
    height, width = manifest.input_shape
    found = model.input
    if found.shape != (1, height, width, 3) or found.dtype != np.uint8:
        raise ModelError(f"model input: {found.shape} {found.dtype} (expected {(1, height, width, 3)} uint8)")
    if (found.scale, found.zero_point) != (1.0, 0):
        # Any other scale would read raw pixels too dark or too bright (STYLE: 14 % where calibration lacked white).
        raise ModelError(f"model input: scale {found.scale}, zero point {found.zero_point} (expected 1.0 and 0)")
    expected = _expected_outputs(manifest)
    if set(model.outputs) != set(expected):
        raise ModelError(f"model outputs: {sorted(model.outputs)} (expected {sorted(expected)})")
    for name, shape in expected.items():
        output = model.outputs[name]
        agrees = len(output.shape) == len(shape) and all(
            want in (have, None) for have, want in zip(output.shape, shape, strict=True)
        )
        if not agrees or output.dtype not in (np.int8, np.uint8) or not output.scale > 0:
            wanted = tuple("any" if side is None else side for side in shape)
            raise ModelError(f"model output {name}: {output.shape} {output.dtype} (expected {wanted} int8, scaled)")


def _expected_outputs(manifest: Manifest) -> dict[str, tuple[int | None, ...]]:
    heads, classes = manifest.heads, len(manifest.classes)
    fine = tuple(side // manifest.mask_stride for side in manifest.input_shape)
    coarse = tuple(side // manifest.type_stride for side in manifest.input_shape)
    expected: dict[str, tuple[int | None, ...]] = {
        heads.mask: (1, *fine, 3),
        heads.interior: (1, *fine, 1),
        heads.cell_type: (1, *coarse, classes),
        heads.features: (1, *coarse, None),
    }
    if heads.attributes is not None:
        expected[heads.attributes] = (1, *coarse, sum(len(values) for values in manifest.attributes.values()))
    return expected


def _describe(detail: Mapping[str, Any]) -> Tensor:
    scale, zero_point = detail["quantization"]
    shape = tuple(int(side) for side in detail["shape"])
    return Tensor(shape, np.dtype(detail["dtype"]), float(scale), int(zero_point))
