"""Whether int8 changes what a technician would notice: both models on the same pictures, read by the device's code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.cell import Cell
from quantize.timing import Files
from training.intervals import Estimate, estimate, mean_of
from training.metrics import average_recall
from training.observe import SeenImage
from training.overlap import score_masks


@dataclass(frozen=True, slots=True)
class Parity:
    """Float network against int8 bundle on one split.

    Attributes:
        cells: true cells with a known type, found by either.
        accuracy_float, accuracy_int8: share of named things called rightly: true cells, a missed one being wrong; for
            screening, fields.
        accuracy_drop: float minus int8.
        macro_drop: the same of the mean over classes.
        agreement: share of things called alike by both, found or missed alike.
        miou_drop: float minus int8, against human masks; None without them.
        dice_nucleus_drop, dice_cell_drop: the same of Dice over all pixels.
        nucleus_fraction_p95: 95th percentile of the difference of nucleus_fraction in cells that both found.
        files: sizes and times of the two files.
    """

    cells: int
    accuracy_float: Estimate
    accuracy_int8: Estimate
    accuracy_drop: Estimate
    macro_drop: Estimate
    agreement: Estimate
    miou_drop: Estimate | None
    dice_nucleus_drop: Estimate | None
    dice_cell_drop: Estimate | None
    nucleus_fraction_p95: float | None
    files: Files


def compare(floats: Sequence[SeenImage], ints: Sequence[SeenImage], files: Files) -> Parity:
    """Compare what both models saw in the same pictures.

    Args:
        floats: observed through the float network, padded as on the device.
        ints: the same pictures, observed through the bundle.
        files: sizes and times of the two files.

    Returns:
        The comparison.
    """
    units = [f"{one.source}/{one.group}" for one in floats]
    truth, calls, where = _pair_calls(floats, ints)
    groups = [units[index] for index in where]
    right = calls == truth[:, None]
    masks = _pair_masks(floats, ints)
    nuclei = _nucleus_differences(floats, ints)

    def drop(score: Callable[[NDArray[np.int64]], float]) -> Estimate | None:
        if masks is None:
            return None
        counts, images = masks
        return estimate(
            lambda rows: score(counts[0][rows].sum(axis=0)) - score(counts[1][rows].sum(axis=0)),
            [units[index] for index in images],
        )

    def drop_macro(rows: NDArray[np.intp]) -> float:
        return average_recall(truth[rows], calls[rows, 0]) - average_recall(truth[rows], calls[rows, 1])

    return Parity(
        cells=len(truth),
        accuracy_float=estimate(mean_of(right[:, 0]), groups),
        accuracy_int8=estimate(mean_of(right[:, 1]), groups),
        accuracy_drop=estimate(mean_of(right[:, 0].astype(float) - right[:, 1]), groups),
        macro_drop=estimate(drop_macro, groups, classes=truth),
        agreement=estimate(mean_of(calls[:, 0] == calls[:, 1]), groups),
        miou_drop=drop(lambda counts: score_masks(counts).miou),
        dice_nucleus_drop=drop(lambda counts: score_masks(counts).dice_nucleus),
        dice_cell_drop=drop(lambda counts: score_masks(counts).dice_cell),
        nucleus_fraction_p95=float(np.quantile(nuclei, 0.95)) if len(nuclei) else None,
        files=files,
    )


def _pair_calls(
    floats: Sequence[SeenImage], ints: Sequence[SeenImage]
) -> tuple[NDArray[np.intp], NDArray[np.intp], list[int]]:
    """Truth (n,), called by float and int8 (n, 2) with -1 for missed, and the index of each one's picture."""
    rows: list[tuple[int, int, int, int]] = []
    for index, (one, other) in enumerate(zip(floats, ints, strict=True)):
        if one.field is not None and other.field is not None:
            rows.append((one.field_truth, int(one.field.argmax()), int(other.field.argmax()), index))
            continue
        for cell, same in zip(one.cells, other.cells, strict=True):
            rows.append((cell.truth, _call(cell.read), _call(same.read), index))
    named = np.array([row for row in rows if row[0] >= 0], np.intp).reshape(-1, 4)
    return named[:, 0], named[:, 1:3], named[:, 3].tolist()


def _call(cell: Cell | None) -> int:
    return -1 if cell is None else int(np.argmax(list(cell.probabilities.values())))


def _pair_masks(floats: Sequence[SeenImage], ints: Sequence[SeenImage]) -> tuple[NDArray[np.int64], list[int]] | None:
    pairs = [
        (index, one.pixels, other.pixels)
        for index, (one, other) in enumerate(zip(floats, ints, strict=True))
        if one.pixels is not None and other.pixels is not None
    ]
    if not pairs:
        return None
    counts = np.stack([np.stack([pair[1] for pair in pairs]), np.stack([pair[2] for pair in pairs])])
    return counts, [pair[0] for pair in pairs]


def _nucleus_differences(floats: Sequence[SeenImage], ints: Sequence[SeenImage]) -> list[float]:
    return [
        abs(cell.read.nucleus_fraction - same.read.nucleus_fraction)
        for one, other in zip(floats, ints, strict=True)
        for cell, same in zip(one.cells, other.cells, strict=True)
        if cell.read is not None and same.read is not None
    ]
