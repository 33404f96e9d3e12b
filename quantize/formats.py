"""What each format of a network costs and keeps: size, time, memory, and what it says of test pictures."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from device.network.runtime import open_interpreter
from quantize.convert import FLOAT32
from quantize.pairing import pair_masks, pair_things
from quantize.parity import compare_macro, measure_agreement
from quantize.reading import count_pictures, run_file, spread_pictures
from quantize.resident import measure_resident
from quantize.timing import Latency, measure_latency
from training.intervals import Estimate, estimate
from training.observe import SeenImage, observe
from training.overlap import score_masks

THREADS = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Format:
    """One format of a network.

    Attributes:
        name: one of `quantize.convert.FORMATS`.
        bytes: size of the file.
        size_ratio: share of the float32 file.
        latency: of one pass by number of threads.
        resident_mb: highest resident memory of a process that runs nothing else.
        macro_accuracy: mean over classes of the share called rightly.
        miou: against human masks; None without them.
        agreement: share of things called as float32 calls them.
    """

    name: str
    bytes: int
    size_ratio: float
    latency: dict[int, Latency]
    resident_mb: float
    macro_accuracy: Estimate
    miou: Estimate | None
    agreement: Estimate


@dataclass(frozen=True, slots=True)
class Comparison:
    """The table of formats.

    Attributes:
        formats: rows.
        pictures: test pictures on which accuracy, mIoU and agreement were measured, evenly spread over the split.
        of_pictures: how many the split holds.
        cores: of the machine.
        load: programs that wanted a core when measuring began (1 minute average); above `cores` times say little.
        runtime: of all figures.
        before_mb: resident memory of the process before a file is opened, part of every `resident_mb`.
    """

    formats: tuple[Format, ...]
    pictures: int
    of_pictures: int
    cores: int
    load: float
    runtime: str
    before_mb: float


def compare_formats(
    files: Mapping[str, bytes], manifest: Manifest, data: Path, pictures: int, image: NDArray[np.uint8]
) -> Comparison:
    """Measure every format by turns on one machine.

    Args:
        files: .tflite by format, float32 among them.
        manifest: how outputs are read, at temperature 1.
        data: prepared folder.
        pictures: of the test split, at most.
        image: (height, width, 3) uint8 on which time is measured.

    Returns:
        The table.
    """
    load = os.getloadavg()[0]
    latency = measure_latency(files, image, THREADS)
    memory = _measure_memory(files)
    total = count_pictures(data)
    seen = {
        name: observe(spread_pictures(data, min(pictures, total), name), run_file(content, manifest), manifest)
        for name, content in files.items()
    }
    return Comparison(
        formats=tuple(_judge(name, files, latency[name], memory[name][0], seen, manifest) for name in files),
        pictures=min(pictures, total),
        of_pictures=total,
        cores=len(os.sched_getaffinity(0)),
        load=load,
        runtime=open_interpreter(files[FLOAT32], threads=1).runtime,
        before_mb=max(before for _, before in memory.values()),
    )


def _judge(
    name: str,
    files: Mapping[str, bytes],
    latency: dict[int, Latency],
    resident_mb: float,
    seen: Mapping[str, list[SeenImage]],
    manifest: Manifest,
) -> Format:
    pairs = pair_things(seen[FLOAT32], seen[name], len(manifest.classes))
    masks = pair_masks(seen[FLOAT32], seen[name])
    return Format(
        name=name,
        bytes=len(files[name]),
        size_ratio=len(files[name]) / len(files[FLOAT32]),
        latency=latency,
        resident_mb=resident_mb,
        macro_accuracy=compare_macro(pairs).int8,
        miou=None if masks is None else _measure_miou(*masks),
        agreement=measure_agreement(pairs),
    )


def _measure_miou(counts: NDArray[np.int64], units: tuple[str, ...]) -> Estimate:
    return estimate(lambda rows: score_masks(counts[1][rows].sum(axis=0)).miou, units)


def _measure_memory(files: Mapping[str, bytes]) -> dict[str, tuple[float, float]]:
    memory = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder) / "model.tflite"
            path.write_bytes(content)
            memory[name] = measure_resident(path)
    return memory
