"""How sure a figure is: bootstrap over slides or blocks, because images of one slide are not independent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000
LEVEL = 0.95

Statistic = Callable[[NDArray[np.intp]], float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the interval around it.

    Attributes:
        value: the figure on all rows; None where it is not defined (no rows, or no class present).
        low, high: ends of the 95 % interval; None where everything, or a whole class, comes from one group: then
            nothing can be said.
        rows: how many things were measured.
        groups: how many slides or blocks they come from.
    """

    value: float | None
    low: float | None
    high: float | None
    rows: int
    groups: int

    def __str__(self) -> str:
        """The figure as a report prints it."""
        if self.value is None:
            return "-"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def estimate(
    statistic: Statistic,
    groups: Sequence[str],
    *,
    classes: NDArray[np.intp] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Estimate:
    """Measure a figure and its percentile interval by drawing whole groups with replacement.

    With few groups the interval is too narrow rather than too wide; the number of groups stands beside it.

    Args:
        statistic: the figure on the rows whose indices it is given; nan where it is not defined.
        groups: slide or block of each row.
        classes: for a mean over classes, the class of each row: samples that lack one are drawn again, and a class
            that comes from one group leaves the figure without an interval.
        draws: number of bootstrap samples.
        seed: same seed, same interval.

    Returns:
        The figure with its 95 % interval.

    Source: cluster bootstrap, Field and Welsh 2007, doi 10.1111/j.1467-9868.2007.00593.x.
    """
    rows = np.arange(len(groups), dtype=np.intp)
    names, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    value = statistic(rows) if len(rows) else float("nan")
    if not np.isfinite(value):
        return Estimate(None, None, None, len(rows), len(names))
    shares = np.zeros(len(rows), np.intp) if classes is None else np.unique(classes, return_inverse=True)[1]
    holds = np.zeros((len(names), int(shares.max()) + 1), bool)
    holds[member, shares] = True
    if (holds.sum(axis=0) < 2).any():
        return Estimate(float(value), None, None, len(rows), len(names))
    low, high = _spread(statistic, [rows[member == name] for name in range(len(names))], holds, draws, seed)
    return Estimate(float(value), low, high, len(rows), len(names))


def mean_of(values: NDArray[np.floating] | NDArray[np.bool_]) -> Statistic:
    """Make the statistic that averages some values, leaving out those that are nan.

    Args:
        values: (n,) one for each row.

    Returns:
        A statistic for `estimate`.
    """
    numbers = np.asarray(values, np.float64)

    def mean(rows: NDArray[np.intp]) -> float:
        seen = numbers[rows][np.isfinite(numbers[rows])]
        return float(seen.mean()) if len(seen) else float("nan")

    return mean


def _spread(
    statistic: Statistic, members: list[NDArray[np.intp]], holds: NDArray[np.bool_], draws: int, seed: int
) -> tuple[float | None, float | None]:
    rng = np.random.default_rng(seed)
    drawn: list[float] = []
    for _ in range(draws):
        chosen = rng.integers(len(members), size=len(members))
        while not holds[chosen].any(axis=0).all():
            chosen = rng.integers(len(members), size=len(members))
        drawn.append(statistic(np.concatenate([members[i] for i in chosen])))
    defined = np.asarray(drawn)[np.isfinite(drawn)]
    if not len(defined):
        return None, None
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
