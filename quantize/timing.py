"""How fast the int8 file is beside the float one, in the device's own runtime."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.runtime import open_interpreter

TIMED_RUNS = 30


def time_both(int8: bytes, float32: bytes, image: NDArray[np.uint8]) -> tuple[float, float]:
    """Time both files by turns at one thread, so that whatever else the machine does hits both.

    Args:
        int8: file with uint8 input.
        float32: file with float input.
        image: (height, width, 3) uint8.

    Returns:
        Median milliseconds of a pass: int8, float32.
    """
    models = (open_interpreter(int8, threads=1), open_interpreter(float32, threads=1))
    inputs: tuple[Any, Any] = (image, image.astype(np.float32))
    durations: tuple[list[float], list[float]] = ([], [])
    for _ in range(TIMED_RUNS):
        for model, ready, spent in zip(models, inputs, durations, strict=True):
            begun = time.monotonic()
            model.run(ready)
            spent.append((time.monotonic() - begun) * 1000)
    return float(np.median(durations[0])), float(np.median(durations[1]))
