"""How sure precision, recall and F1 of each class are: whole slides or blocks drawn with replacement, all at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.intervals import DRAWS, LEVEL, Estimate
from training.metrics import NOT_CALLED, Labels


@dataclass(frozen=True, slots=True)
class ClassEstimates:
    """How one class fared, each figure with its interval; rows are the members, for precision those called so."""

    precision: Estimate
    recall: Estimate
    f1: Estimate


def estimate_classes(
    truth: Labels, called: Labels, groups: Sequence[str], classes: int, *, draws: int = DRAWS, seed: int = 0
) -> tuple[ClassEstimates, ...]:
    """Measure every class with its percentile intervals.

    Args:
        truth: (n,) class indices.
        called: (n,) class indices; `NOT_CALLED` where nothing was said, which lowers recall and not precision.
        groups: slide or block of each row.
        classes: number of classes C.
        draws: number of bootstrap samples.
        seed: same seed, same intervals.

    Returns:
        C estimates; no interval where all that a figure is a share of comes from one slide or block.

    Source: cluster bootstrap, Field and Welsh 2007, doi 10.1111/j.1467-9868.2007.00593.x.
    """
    names, unit = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    hits, members, calls = (np.zeros((len(names), classes)) for _ in range(3))
    np.add.at(members, (unit, truth), 1)
    said = called != NOT_CALLED
    np.add.at(calls, (unit[said], called[said]), 1)
    right = truth == called
    np.add.at(hits, (unit[right], truth[right]), 1)
    chosen = np.random.default_rng(seed).integers(max(len(names), 1), size=(draws, len(names)))
    times = np.stack([np.bincount(row, minlength=len(names)) for row in chosen]).astype(np.float64)

    def measure(part: NDArray[np.float64], whole: NDArray[np.float64]) -> list[Estimate]:
        return [_estimate_share(part[:, c], whole[:, c], times) for c in range(classes)]

    columns = (measure(hits, calls), measure(hits, members), measure(2 * hits, members + calls))
    return tuple(ClassEstimates(*row) for row in zip(*columns, strict=True))


def _estimate_share(part: NDArray[np.float64], whole: NDArray[np.float64], times: NDArray[np.float64]) -> Estimate:
    rows, groups = int(whole.sum()), int(np.count_nonzero(whole))
    if not rows:
        return Estimate(None, None, None, 0, 0)
    value = float(part.sum() / whole.sum())
    if groups < 2:
        return Estimate(value, None, None, rows, groups)
    drawn = times @ whole
    shares = (times @ part)[drawn > 0] / drawn[drawn > 0]
    low, high = np.quantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high), rows, groups)
