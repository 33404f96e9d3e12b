"""Whether int8 changes what a technician would notice: both models on the same pictures, read by the device's code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from quantize.pairing import Pairs, count_found, name_unit, pair_masks, pair_nuclei, pair_things
from quantize.timing import Files
from training.intervals import Estimate, estimate, mean_of
from training.metrics import average_area, average_recall, expected_calibration_error
from training.observe import SeenImage
from training.overlap import score_masks

Rows = NDArray[np.intp]
OfModel = Callable[[int, Rows], float]
"""A figure of one model, 0 float, 1 int8, on some rows."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of both models on the same rows, and by how much int8 lies lower."""

    float32: Estimate
    int8: Estimate
    drop: Estimate


@dataclass(frozen=True, slots=True)
class Parity:
    """Float network against int8 bundle on one split; intervals by bootstrap over slides or blocks.

    Attributes:
        things: what is named: "cells", a missed one being wrong, or for screening "fields".
        named: how many with a known class.
        accuracy, macro_accuracy: share called rightly; macro: mean over classes.
        recall: by class.
        auc: of fields, mean over classes of one against the rest; None for a differential.
        ece: calibration error of what both named, each at the temperature fitted on its own validation outputs.
        agreement: share of things called alike by both, found or missed alike.
        same_count: share of pictures in which both find as many cells, marked or not.
        miou, dice_nucleus, dice_cell: against human masks, over all pixels; None without them.
        nucleus_fraction_p50, nucleus_fraction_p95: of the difference of nucleus_fraction in cells both found.
        files: sizes and times of the two files.
    """

    things: Literal["cells", "fields"]
    named: int
    accuracy: Figure
    macro_accuracy: Figure
    recall: dict[str, Figure]
    auc: Figure | None
    ece: Figure
    agreement: Estimate
    same_count: Estimate
    miou: Figure | None
    dice_nucleus: Figure | None
    dice_cell: Figure | None
    nucleus_fraction_p50: Estimate
    nucleus_fraction_p95: Estimate
    files: Files


def compare(
    floats: Sequence[SeenImage],
    ints: Sequence[SeenImage],
    files: Files,
    classes: Sequence[str],
    temperatures: tuple[float, float],
) -> Parity:
    """Compare what both models saw in the same pictures.

    Args:
        floats: observed through the float network, padded as on the device, at temperature 1.
        ints: the same pictures, observed through the bundle, at temperature 1.
        files: sizes and times of the two files.
        classes: names in the order of the logits.
        temperatures: of float and int8, each fitted on its own outputs.

    Returns:
        The comparison.
    """
    pairs = pair_things(floats, ints, len(classes))
    screening = any(image.field is not None for image in floats)
    masks, (nuclei, nucleus_units) = pair_masks(floats, ints), pair_nuclei(floats, ints)
    calls, truth = pairs.calls, pairs.truth
    counts = np.array([count_found(one) == count_found(other) for one, other in zip(floats, ints, strict=True)])

    def of_masks(name: str) -> Figure | None:
        if masks is None:
            return None
        pixels, units = masks
        return _figure(lambda model, rows: getattr(score_masks(pixels[model][rows].sum(axis=0)), name), units)

    return Parity(
        things="fields" if screening else "cells",
        named=len(truth),
        accuracy=_figure(lambda model, rows: _share(calls[model][rows] == truth[rows]), pairs.unit),
        macro_accuracy=compare_macro(pairs),
        recall={name: _recall(pairs, index) for index, name in enumerate(classes)},
        auc=_area(pairs) if screening else None,
        ece=_calibration(pairs, temperatures),
        agreement=measure_agreement(pairs),
        same_count=estimate(mean_of(counts), [name_unit(image) for image in floats]),
        miou=of_masks("miou"),
        dice_nucleus=of_masks("dice_nucleus"),
        dice_cell=of_masks("dice_cell"),
        nucleus_fraction_p50=estimate(partial(_quantile, nuclei, 0.5), nucleus_units),
        nucleus_fraction_p95=estimate(partial(_quantile, nuclei, 0.95), nucleus_units),
        files=files,
    )


def compare_macro(pairs: Pairs) -> Figure:
    """Mean over classes of the share that each model called rightly, missed cells being wrong."""
    truth, calls = pairs.truth, pairs.calls
    return _figure(lambda model, rows: average_recall(truth[rows], calls[model][rows]), pairs.unit, truth)


def measure_agreement(pairs: Pairs) -> Estimate:
    """Share of things that both models call alike, missed alike among them."""
    calls = pairs.calls
    return estimate(mean_of(calls[0] == calls[1]), pairs.unit)


def _recall(pairs: Pairs, index: int) -> Figure:
    members = np.flatnonzero(pairs.truth == index)
    right = pairs.calls[:, members] == index
    return _figure(lambda model, rows: _share(right[model][rows]), [pairs.unit[row] for row in members])


def _area(pairs: Pairs) -> Figure:
    # a field without white cells is even among the classes, which is what its even probabilities say
    told, truth = np.nan_to_num(pairs.probabilities), pairs.truth
    return _figure(lambda model, rows: average_area(told[model][rows], truth[rows]), pairs.unit, truth)


def _calibration(pairs: Pairs, temperatures: tuple[float, float]) -> Figure:
    both = pairs.both
    sure = [pairs.confidence(model, temperature)[both] for model, temperature in enumerate(temperatures)]
    right = (pairs.calls == pairs.truth)[:, both]
    units = [pairs.unit[row] for row in both]
    return _figure(lambda model, rows: expected_calibration_error(sure[model][rows], right[model][rows]), units)


def _figure(of_model: OfModel, units: Sequence[str], classes: Rows | None = None) -> Figure:
    return Figure(
        float32=estimate(lambda rows: of_model(0, rows), units, classes=classes),
        int8=estimate(lambda rows: of_model(1, rows), units, classes=classes),
        drop=estimate(lambda rows: of_model(0, rows) - of_model(1, rows), units, classes=classes),
    )


def _share(right: NDArray[np.bool_]) -> float:
    return float(right.mean()) if len(right) else float("nan")


def _quantile(values: NDArray[np.float64], level: float, rows: Rows) -> float:
    return float(np.quantile(values[rows], level)) if len(rows) else float("nan")
