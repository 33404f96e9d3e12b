"""What a differential says: count, whole percent and exact interval of each type, in the order people read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from scipy.special import betaincinv

from contract.cell_types import APART, DIFFERENTIAL_ORDER, UNIDENTIFIED
from contract.failures import Refusal

LEVEL = 0.95
"""Coverage of the intervals."""


class DifferentialError(Refusal):
    """A count is negative, or a share larger than its whole; the records behind it are wrong."""


@dataclass(frozen=True, slots=True)
class Share:
    """One line of a differential.

    Attributes:
        cell_type: its name.
        count: cells of this type.
        percent: whole percent of the identified cells; None while there are none.
        low_percent, high_percent: exact 95 % interval of the percentage, 0..100.
    """

    cell_type: str
    count: int
    percent: int | None
    low_percent: float
    high_percent: float


@dataclass(frozen=True, slots=True)
class Differential:
    """A white cell differential.

    The percentages are whole numbers that add up to 100, as a manual count of 100 does and as laboratory systems check:
    each is rounded down and the points left over go to the largest remainders. So a percentage may differ by less than
    one point from the exact share; the count beside it is exact.

    Attributes:
        shares: the types of `DIFFERENTIAL_ORDER`, then any other that was named, by alphabet.
        total: identified cells, the whole of the percentages.
        unidentified: cells that were counted and not named; outside the percentages.
    """

    shares: tuple[Share, ...]
    total: int
    unidentified: int

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Self:
        """Make the differential of counted cells.

        Args:
            counts: cells for each type, `unidentified` among them; a type left out counts 0. Types of `APART`
                are no part of it.

        Returns:
            The differential.

        Raises:
            DifferentialError: a negative count.
        """
        for name, count in counts.items():
            if count < 0:
                raise DifferentialError(f"{name}: {count} cells (expected 0 or more)")
        others = sorted(counts.keys() - {*DIFFERENTIAL_ORDER, UNIDENTIFIED, *APART})
        named = {name: counts.get(name, 0) for name in (*DIFFERENTIAL_ORDER, *others)}
        total = sum(named.values())
        percents = round_percents(tuple(named.values()))
        shares = tuple(
            Share(name, count, percent, *exact_interval(count, total))
            for (name, count), percent in zip(named.items(), percents, strict=True)
        )
        return cls(shares, total, counts.get(UNIDENTIFIED, 0))

    def to_json(self) -> dict[str, Any]:
        """Return the differential as plain JSON, for the page and for scripts."""
        rows = [
            {
                "cell_type": share.cell_type,
                "count": share.count,
                "percent": share.percent,
                "interval_percent": [share.low_percent, share.high_percent],
            }
            for share in self.shares
        ]
        return {"total": self.total, "rows": rows, "unidentified": self.unidentified}


def round_percents(counts: tuple[int, ...]) -> tuple[int | None, ...]:
    """Round shares to whole percents that add up to 100.

    Args:
        counts: of each type, >= 0; their sum is the whole.

    Returns:
        A percentage for each count, in the same order; None for each where the sum is 0.

    Source: largest remainder method (Hamilton); equal remainders go to the larger count, then to the earlier type.
    """
    total = sum(counts)
    if total == 0:
        return (None,) * len(counts)
    whole = [100 * count // total for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda at: (-(100 * counts[at] % total), -counts[at], at))
    favoured = set(by_remainder[: 100 - sum(whole)])
    return tuple(percent + (at in favoured) for at, percent in enumerate(whole))


def exact_interval(count: float, total: int) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) 95 % interval of a percentage.

    Args:
        count: cells of the type, 0..total; a broken number where a share is thought of rather than counted.
        total: all cells.

    Returns:
        Low and high in percent; 0 and 100 where nothing was counted.

    Raises:
        DifferentialError: count outside 0..total.

    Source: Clopper and Pearson, Biometrika 26 (1934) 404, by quantiles of the beta distribution.
    """
    if not 0 <= count <= total:
        raise DifferentialError(f"count: {count} of {total} cells (expected 0 to {total})")
    tail = (1 - LEVEL) / 2
    low = betaincinv(count, total - count + 1, tail) if count > 0 else 0.0
    high = betaincinv(count + 1, total - count, 1 - tail) if count < total else 1.0
    return 100 * float(low), 100 * float(high)
