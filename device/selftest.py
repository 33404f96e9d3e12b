"""Whether this machine computes what the machine that made the bundle computed."""

import io
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from device.runtime import Model

TOLERANCE_STEPS = 3
"""Largest accepted difference in quantization steps. Measured: 0 with XNNPACK on x86-64, Pi 4 and Pi 5, up to 3 where
XNNPACK is absent (no /sys) or with tflite-runtime; a wrong model or wrong pixels differ by tens."""


class SelfTestError(Refusal):
    """The bundle's own example comes out differently here. Install the bundle and the runtime again."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Replay:
    """How the self-test went.

    Attributes:
        inputs: examples run.
        largest_step: largest difference of any output in quantization steps.
        median_ms: of one run of the network, in milliseconds.
    """

    inputs: int
    largest_step: int
    median_ms: float


def replay(content: bytes, model: Model) -> Replay:
    """Run a bundle's examples and compare every output.

    Args:
        content: bytes of `selftest.npz`: `inputs` (n, height, width, 3) uint8, and integers `output_<head>` for each.
        model: to be tested.

    Returns:
        What was measured.

    Raises:
        SelfTestError: the file lacks an array, or an output differs by more than `TOLERANCE_STEPS`.
    """
    arrays = _read_arrays(content)
    inputs = _pick(arrays, "inputs")
    largest, durations_ms = 0, []
    for index, image in enumerate(inputs):
        begun = time.monotonic()
        outputs = model.run(np.ascontiguousarray(image))
        durations_ms.append((time.monotonic() - begun) * 1000)
        for name, found in outputs.items():
            step = _largest_step(_pick(arrays, f"output_{name}")[index], found)
            if step > TOLERANCE_STEPS:
                raise SelfTestError(
                    f"self-test: {name} of example {index} is {step} steps off (expected at most {TOLERANCE_STEPS})"
                )
            largest = max(largest, step)
    return Replay(len(inputs), largest, float(np.median(durations_ms)))


def _largest_step(expected: NDArray[Any], found: NDArray[Any]) -> int:
    if expected.shape != found.shape or expected.dtype != found.dtype:
        raise SelfTestError(
            f"self-test: output is {found.shape} {found.dtype} (expected {expected.shape} {expected.dtype})"
        )
    return int(np.abs(found.astype(np.int16) - expected.astype(np.int16)).max(initial=0))


def _read_arrays(content: bytes) -> Mapping[str, NDArray[Any]]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise SelfTestError(f"selftest.npz: {error} (expected arrays of inputs and outputs)") from error


def _pick(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    if name not in arrays or not len(arrays[name]):
        raise SelfTestError(f"selftest.npz: {name} missing or empty (expected one entry for each example)")
    return arrays[name]
