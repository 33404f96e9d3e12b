"""Whether this machine computes what the machine that made the bundle computed."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from device.network.examples import read_examples
from device.network.runtime import Model

TOLERANCE_STEPS = 3
"""Largest accepted difference in quantization steps where the network runs on XNNPACK. Measured on the shipped bundle:
0 on x86-64 (AVX2, AVX-512), Cortex-A72 and A76, Python 3.11 and 3.13, numpy 1 and 2, ai-edge-litert 2.0 to 2.3. The
room is for kernels to come that round a value the other way now and then."""

PLAIN_TOLERANCE_STEPS = 32
"""The same without XNNPACK, where every layer rounds in another way and the differences add up as if each pixel were
one grey level off. Measured, on ai-edge-litert and tflite-runtime, x86-64 and arm64: up to 23 steps, a third of the
values by one or more; 0.07 % of mask pixels change their class. Red and blue exchanged differ by 93 and more in every
head, a picture moved by one pixel by 43 and more."""


class SelfTestError(Refusal):
    """The bundle's own example comes out differently here. Install the bundle and the runtime again."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """How one head's integers compare with what the bundle expects.

    Attributes:
        compared: how many were looked at.
        differing: how many are not the same.
        largest_step: largest difference in quantization steps.
    """

    compared: int = 0
    differing: int = 0
    largest_step: int = 0

    def __add__(self, other: "Difference") -> "Difference":
        """Both taken together."""
        largest_step = max(self.largest_step, other.largest_step)
        return Difference(self.compared + other.compared, self.differing + other.differing, largest_step)


@dataclass(frozen=True, slots=True)
class Replay:
    """How the self-test went.

    Attributes:
        inputs: examples run.
        heads: how each head compares, by name.
        median_ms: of one run of the network, in milliseconds.
    """

    inputs: int
    heads: Mapping[str, Difference]
    median_ms: float

    @property
    def whole(self) -> Difference:
        """All heads taken together."""
        return sum(self.heads.values(), Difference())

    @property
    def largest_step(self) -> int:
        """Largest difference of any output in quantization steps."""
        return self.whole.largest_step


def replay(content: bytes, model: Model, tolerance_steps: int | None = None) -> Replay:
    """Run a bundle's examples and compare every output.

    Args:
        content: bytes of `selftest.npz`: `inputs` (n, height, width, 3) uint8, and integers `output_<head>` for each.
        model: to be tested.
        tolerance_steps: largest accepted difference; None: `tolerated_steps` of the model.

    Returns:
        What was measured.

    Raises:
        ExamplesError: the file is broken, or not of this network.
        SelfTestError: an output differs by more than is accepted.
    """
    examples = read_examples(content, model)
    accepted = tolerated_steps(model) if tolerance_steps is None else tolerance_steps
    heads, durations_ms = dict.fromkeys(model.outputs, Difference()), []
    for index, image in enumerate(examples.inputs):
        begun = time.monotonic()
        outputs = model.run(np.ascontiguousarray(image))
        durations_ms.append((time.monotonic() - begun) * 1000)
        for name, found in outputs.items():
            difference = _compare(examples.outputs[name][index], found)
            if (steps := difference.largest_step) > accepted:
                raise SelfTestError(
                    f"self-test: {name} of example {index} is {steps} steps off (expected at most {accepted})"
                )
            heads[name] += difference
    return Replay(len(examples.inputs), heads, float(np.median(durations_ms)))


def tolerated_steps(model: Model) -> int:
    """How far a model's outputs may be from what its bundle expects.

    Args:
        model: as loaded.

    Returns:
        Quantization steps.
    """
    return TOLERANCE_STEPS if model.xnnpack else PLAIN_TOLERANCE_STEPS


def _compare(expected: NDArray[Any], found: NDArray[Any]) -> Difference:
    steps = np.abs(found.astype(np.int16) - expected.astype(np.int16))
    return Difference(steps.size, int(np.count_nonzero(steps)), int(steps.max(initial=0)))
