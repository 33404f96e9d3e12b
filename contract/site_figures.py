"""How well a way of naming does on labelled cells, each figure with its interval, and two ways beside each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 500
LEVEL = 0.95
ECE_BINS = 10
LEAST_PROBABILITY = 1e-6
"""A wrong answer given for sure costs 14, not infinity."""

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval; nan where it is not defined."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """The figure as a table shows it."""
        return "-" if np.isnan(self.value) else f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a way of naming says of n cells.

    Attributes:
        probabilities: (n, C) calibrated.
        named: (n,) whether it names the cell at all.
        sets: (n, C) which classes are candidates.
    """

    probabilities: Floats
    named: NDArray[np.bool_]
    sets: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """Figures of one way of naming; each physical cell counts once, however often it was looked at.

    Attributes:
        macro_accuracy: mean over classes of the share whose likeliest class is the true one.
        log_loss: mean over classes of the surprise at the truth, in nats; the measure of names and confidence at once.
        ece: expected calibration error.
        named_share: share of cells that are named.
        named_accuracy: share of those that are named rightly.
        set_coverage: mean over classes of the share whose candidates hold the truth.
        set_size: mean number of candidates.
    """

    macro_accuracy: Figure
    log_loss: Figure
    ece: Figure
    named_share: Figure
    named_accuracy: Figure
    set_coverage: Figure
    set_size: Figure


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """What each cell weighs in a figure, and the same in every bootstrap draw, so that differences are paired.

    Attributes:
        truth: (n,) class indices.
        whole: (n,) weights of the figure itself.
        draws: (d, n) weights of each draw.
    """

    truth: NDArray[np.intp]
    whole: Floats
    draws: Floats


def draw_scales(truth: NDArray[np.intp], cells: NDArray[np.str_], draws: int = DRAWS, seed: int = 0) -> Scales:
    """Draw physical cells with replacement, as many of each class as there are.

    Args:
        truth: (n,) class indices.
        cells: (n,) ids of the physical cells.
        draws: number of draws.
        seed: same seed, same intervals.

    Returns:
        The weights.
    """
    _, first, member, looks = np.unique(cells, return_index=True, return_inverse=True, return_counts=True)
    rng = np.random.default_rng(seed)
    times = np.zeros((draws, len(first)))
    for index in np.unique(truth):
        mine = np.flatnonzero(truth[first] == index)
        times[:, mine] = rng.multinomial(len(mine), np.full(len(mine), 1 / len(mine)), size=draws)
    share = 1 / looks[member]
    return Scales(truth, share, times[:, member] * share)


def measure(answers: Answers, scales: Scales) -> SiteFigures:
    """Measure one way of naming.

    Args:
        answers: of n cells.
        scales: of the same cells.

    Returns:
        Every figure.
    """
    return _estimate(_make_statistics(answers, scales.truth), scales)


def compare(before: Answers, after: Answers, scales: Scales) -> SiteFigures:
    """Set two ways of naming against each other on the same cells.

    Args:
        before: of n cells.
        after: of the same cells.
        scales: of the same cells.

    Returns:
        Each figure, after less before, paired: both are drawn together.
    """
    old, new = (_make_statistics(one, scales.truth) for one in (before, after))

    def differ(name: str) -> Statistic:
        return lambda weight: new[name](weight) - old[name](weight)

    return _estimate({name: differ(name) for name in old}, scales)


def surprise(probabilities: Floats, truth: NDArray[np.intp]) -> Floats:
    """(n,) -log of the probability of the true class."""
    told = probabilities[np.arange(len(truth)), truth]
    return np.asarray(-np.log(np.clip(told, LEAST_PROBABILITY, 1)), np.float64)


def _make_statistics(answers: Answers, truth: NDArray[np.intp]) -> dict[str, Statistic]:
    rows = np.arange(len(truth))
    right = (answers.probabilities.argmax(axis=1) == truth).astype(np.float64)
    sure, named = answers.probabilities.max(axis=1), answers.named.astype(np.float64)
    sizes = answers.sets.sum(axis=1).astype(np.float64)
    return {
        "macro_accuracy": _mean_over_classes(right, truth),
        "log_loss": _mean_over_classes(surprise(answers.probabilities, truth), truth),
        "ece": lambda weight: _calibration_error(sure, right, weight),
        "named_share": lambda weight: _mean(named, weight),
        "named_accuracy": lambda weight: _mean(right, weight * named),
        "set_coverage": _mean_over_classes(answers.sets[rows, truth].astype(np.float64), truth),
        "set_size": lambda weight: _mean(sizes, weight),
    }


def _estimate(statistics: Mapping[str, Statistic], scales: Scales) -> SiteFigures:
    return SiteFigures(**{name: _interval(statistic, scales) for name, statistic in statistics.items()})


def _interval(statistic: Statistic, scales: Scales) -> Figure:
    drawn = np.array([statistic(weight) for weight in scales.draws])
    defined = drawn[np.isfinite(drawn)]
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if len(defined) else (np.nan, np.nan)
    return Figure(statistic(scales.whole), float(low), float(high))


def _mean(values: Floats, weight: Floats) -> float:
    return float(values @ weight / weight.sum()) if weight.sum() > 0 else float("nan")


def _mean_over_classes(values: Floats, truth: NDArray[np.intp]) -> Statistic:
    members = [truth == index for index in np.unique(truth)]
    return lambda weight: float(np.mean([_mean(values[mine], weight[mine]) for mine in members]))


def _calibration_error(sure: Floats, right: Floats, weight: Floats) -> float:
    step = np.clip(np.ceil(sure * ECE_BINS).astype(int) - 1, 0, ECE_BINS - 1)
    gaps = np.bincount(step, weights=weight * (sure - right), minlength=ECE_BINS)
    return float(np.abs(gaps).sum() / weight.sum())
