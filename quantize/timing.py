"""How fast the int8 file is beside the float one, in the device's own runtime."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.runtime import open_interpreter

TIMED_RUNS = 30


@dataclass(frozen=True, slots=True)
class Files:
    """Size and speed of both files of a network.

    Attributes:
        bytes_int8, bytes_float32: sizes.
        ms_int8, ms_float32: median of one pass at one thread on this machine, in milliseconds.
    """

    bytes_int8: int
    bytes_float32: int
    ms_int8: float
    ms_float32: float

    @property
    def bytes_ratio(self) -> float:
        """Size of the int8 file as a share of the float file."""
        return self.bytes_int8 / self.bytes_float32

    @property
    def ms_ratio(self) -> float:
        """Time of an int8 pass as a share of a float pass."""
        return self.ms_int8 / self.ms_float32


def measure_files(int8: bytes, float32: bytes, image: NDArray[np.uint8]) -> Files:
    """Measure both files, by turns, so that whatever else the machine does hits both.

    Args:
        int8: file with uint8 input.
        float32: file with float input.
        image: (height, width, 3) uint8.

    Returns:
        Sizes and times.
    """
    models = (open_interpreter(int8, threads=1), open_interpreter(float32, threads=1))
    inputs: tuple[Any, Any] = (image, image.astype(np.float32))
    durations: tuple[list[float], list[float]] = ([], [])
    for _ in range(TIMED_RUNS):
        for model, ready, spent in zip(models, inputs, durations, strict=True):
            begun = time.monotonic()
            model.run(ready)
            spent.append((time.monotonic() - begun) * 1000)
    return Files(len(int8), len(float32), float(np.median(durations[0])), float(np.median(durations[1])))
