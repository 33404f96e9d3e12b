"""What two differentials may differ by though nothing differs but the cells that chance put before the eye."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from contract.agreement import order_types
from contract.cell_types import APART, UNIDENTIFIED
from contract.differential import Differential, exact_interval
from contract.failures import Refusal

ONCE_IN = 0.05
"""A difference that chance gives less often than this is told as one."""

_SLACK = 1e-7  # probabilities that are equal but for rounding count as equal, as every table of Fisher's test has it


class ChanceError(Refusal):
    """Counts that cannot be: more cells of a type than cells, or none at all. The records behind them are wrong."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One type in two differentials.

    Attributes:
        cell_type: its name.
        counts: cells of the type in the first and the second.
        limits_percent: for both, the 95 % limits in whole percent, see `find_limits`.
        second_counts: fewest and most cells of the type in the second that chance may give, the first being as it is.
        probability: of a difference at least as unlikely if both slides were the same (Fisher's exact test, two-sided).
        differs: `probability` is under `ONCE_IN`; of twenty types alike one is found so.
        differs_surely: it is still so when all types of the table are allowed for (Holm).
    """

    cell_type: str
    counts: tuple[int, int]
    limits_percent: tuple[tuple[int, int], tuple[int, int]]
    second_counts: tuple[int, int]
    probability: float
    differs: bool
    differs_surely: bool


def compare_differentials(first: Mapping[str, int], second: Mapping[str, int]) -> tuple[Compared, ...]:
    """Compare two differentials of different cells, type by type.

    Args:
        first: cells for each type; unidentified ones are left out, as in the percentages.
        second: the same of the other.

    Returns:
        A line for each type of either, in the order of a differential; none where either has no identified cell.
    """
    one, other = Differential.of(first), Differential.of(second)
    if not one.total or not other.total:
        return ()
    names = order_types({*first, *second} - {UNIDENTIFIED, *APART})
    counts = {name: (first.get(name, 0), second.get(name, 0)) for name in names}
    totals = (one.total, other.total)
    odds = {name: find_probability(counts[name], totals) for name in names}
    surely = _allow_for_many(odds)
    return tuple(
        Compared(
            cell_type=name,
            counts=counts[name],
            limits_percent=(find_limits(counts[name][0], totals[0]), find_limits(counts[name][1], totals[1])),
            second_counts=find_second_counts(counts[name][0], *totals),
            probability=odds[name],
            differs=odds[name] < ONCE_IN,
            differs_surely=surely[name],
        )
        for name in names
    )


def find_limits(count: int, total: int) -> tuple[int, int]:
    """Give the 95 % limits of a percentage as laboratories have them on the wall: exact, rounded outwards.

    Args:
        count: cells of the type, 0..total.
        total: all cells, >= 1.

    Returns:
        Low and high in whole percent, 0..100.

    Source: Clopper and Pearson, see `contract.differential.exact_interval`. Ruemke's table of 1960, which textbooks
    reprint, holds the same limits; of print only its 4 to 17 for 9 of 100 cells could be looked up, told of Henry's
    Clinical Diagnosis and Management by Laboratory Methods at laboratory-manager.advanceweb.com/blood-smear-estimates.
    """
    low, high = exact_interval(count, total)
    return math.floor(low), math.ceil(high)


def find_second_counts(count: int, total: int, second_total: int) -> tuple[int, int]:
    """Say which counts of a type a second differential of other cells may show by chance alone.

    Args:
        count: cells of the type in the first, 0..total.
        total: cells of the first, >= 1.
        second_total: cells of the second, >= 1.

    Returns:
        Fewest and most cells of the type that do not differ from the first at 5 % (Fisher's exact test, two-sided).
    """

    def may_be(more: int) -> bool:
        return 0 <= more <= second_total and find_probability((count, more), (total, second_total)) >= ONCE_IN

    fewest = most = round(count * second_total / total)  # the same share, which chance gives most easily
    while may_be(fewest - 1):
        fewest -= 1
    while may_be(most + 1):
        most += 1
    return fewest, most


def find_probability(counts: tuple[int, int], totals: tuple[int, int]) -> float:
    """Compute Fisher's exact probability that two shares differ as much, or more, by chance.

    Args:
        counts: cells of the type in each, 0..total.
        totals: cells of each, >= 1.

    Returns:
        Two-sided probability, 0..1: of all outcomes no likelier than the one found.

    Raises:
        ChanceError: a count outside its total, or a total of 0.

    Source: Fisher, Journal of the Royal Statistical Society 98 (1935) 39.
    """
    for count, total in zip(counts, totals, strict=True):
        if total < 1 or not 0 <= count <= total:
            raise ChanceError(f"count: {count} of {total} cells (expected 0 to the total, and a total of 1 or more)")
    found = sum(counts)
    low, high = max(0, found - totals[1]), min(found, totals[0])
    outcomes = np.arange(low, high + 1)
    log_likelihood = _log_choose(totals[0], outcomes) + _log_choose(totals[1], found - outcomes)
    likelihood = np.exp(log_likelihood - log_likelihood.max())
    likelihood /= likelihood.sum()
    return min(1.0, float(likelihood[likelihood <= likelihood[counts[0] - low] * (1 + _SLACK)].sum()))


def _log_choose(of: int, taken: NDArray[np.int64]) -> NDArray[np.float64]:
    chosen: NDArray[np.float64] = gammaln(of + 1) - gammaln(taken + 1) - gammaln(of - taken + 1)
    return chosen


def _allow_for_many(odds: Mapping[str, float]) -> dict[str, bool]:
    """Find what differs surely. Source: Holm, Scandinavian Journal of Statistics 6 (1979) 65."""
    surely, still = {}, True
    for rank, name in enumerate(sorted(odds, key=lambda name: odds[name])):
        still = still and odds[name] * (len(odds) - rank) < ONCE_IN
        surely[name] = still
    return surely
