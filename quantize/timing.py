"""How fast a network's files are beside each other, in the device's own runtime."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.network.runtime import Model, open_interpreter
from training.intervals import Estimate, estimate

TIMED_RUNS = 60


@dataclass(frozen=True, slots=True)
class Files:
    """Size and speed of both files of a network.

    Attributes:
        bytes_int8, bytes_float32: sizes.
        ms_int8, ms_float32: median processor time of one pass at one thread on this machine, in milliseconds.
        ms_ratio: median over the rounds of one int8 pass over the float pass beside it, with its interval over rounds.
    """

    bytes_int8: int
    bytes_float32: int
    ms_int8: float
    ms_float32: float
    ms_ratio: Estimate

    @property
    def bytes_ratio(self) -> float:
        """Size of the int8 file as a share of the float file."""
        return self.bytes_int8 / self.bytes_float32


@dataclass(frozen=True, slots=True)
class Latency:
    """Time of one pass by the clock on the wall, in milliseconds."""

    median_ms: float
    p95_ms: float


def measure_files(int8: bytes, float32: bytes, image: NDArray[np.uint8]) -> Files:
    """Measure both files by turns, by the processor time of the one thread that runs them.

    On a machine that does other things too the clock on the wall measures those: with eight programs waiting for two
    cores the ratio of wbc5 came out between 0.20 and 0.53 by the wall, and between 0.45 and 0.49 by processor time.

    Args:
        int8: file with uint8 input.
        float32: file with float input.
        image: (height, width, 3) uint8.

    Returns:
        Sizes and times.
    """
    models = [open_interpreter(content, threads=1) for content in (int8, float32)]
    spent = _take_turns(models, image, TIMED_RUNS, time.thread_time)
    medians, ratios = np.median(spent, axis=1), spent[0] / spent[1]
    ratio = estimate(lambda rows: float(np.median(ratios[rows])), [str(number) for number in range(len(ratios))])
    return Files(len(int8), len(float32), float(medians[0]), float(medians[1]), ratio)


def measure_latency(
    files: Mapping[str, bytes], image: NDArray[np.uint8], threads: Sequence[int]
) -> dict[str, dict[int, Latency]]:
    """Measure the time of one pass by the wall clock, the files by turns, for each number of threads.

    Args:
        files: .tflite files by name.
        image: (height, width, 3) uint8.
        threads: numbers of threads.

    Returns:
        Latency by file and number of threads.
    """
    latency: dict[str, dict[int, Latency]] = {name: {} for name in files}
    for count in threads:
        models = [open_interpreter(content, threads=count) for content in files.values()]
        for name, spent in zip(files, _take_turns(models, image, TIMED_RUNS, time.monotonic), strict=True):
            median, p95 = np.quantile(spent, [0.5, 0.95])
            latency[name][count] = Latency(float(median), float(p95))
    return latency


def suit_input(model: Model, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give a picture in the type a file reads: bytes as they are, or floats 0..255."""
    return image if model.input.dtype == np.uint8 else image.astype(model.input.dtype)


def _take_turns(
    models: Sequence[Model], image: NDArray[np.uint8], rounds: int, clock: Callable[[], float]
) -> NDArray[np.float64]:
    """Milliseconds of each model's pass in each round, (models, rounds), after one round that fills caches."""
    ready = [suit_input(model, image) for model in models]
    spent = np.zeros((len(models), rounds + 1))
    for number in range(rounds + 1):
        for which, model in enumerate(models):
            begun = clock()
            model.run(ready[which])
            spent[which, number] = (clock() - begun) * 1000
    return spent[:, 1:]
