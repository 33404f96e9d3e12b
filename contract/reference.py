"""What is usual in a differential: reference ranges, what lies outside them, and how much more must be counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Self

from contract.differential import Differential, Share, exact_interval
from contract.failures import Refusal

Flag = Literal["low", "high"]

MOST_CELLS = 100_000
"""Nobody counts more by eye; an interval that is not narrow by then is told as this many."""


class RangeError(Refusal):
    """A reference range is none. Give two percentages, the lower first."""


@dataclass(frozen=True, slots=True)
class Range:
    """Between which percentages a cell type usually lies.

    Attributes:
        low, high: percent of the identified cells, 0..100, both still usual.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse what is no range.

        Raises:
            RangeError: not 0 <= low <= high <= 100.
        """
        if not 0 <= self.low <= self.high <= 100:
            raise RangeError(f"reference range: {self.low} to {self.high} % (expected 0 <= low <= high <= 100)")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a share is beside its reference range.

    Attributes:
        flag: "low" or "high" where the counted share itself lies outside; None where it does not, or there is no range.
        sure: the whole exact 95 % interval lies outside on that side, so that chance alone hardly put it there.
    """

    flag: Flag | None
    sure: bool

    @classmethod
    def of(cls, share: Share, total: int, usual: Range | None) -> Self:
        """Hold a share against its range.

        The counted share is held against it, not the whole percentage, which may be rounded by up to one point.

        Args:
            share: one line of a differential.
            total: identified cells of the differential.
            usual: the range; None: there is none for this type.

        Returns:
            The judgement; nothing is flagged while nothing is counted.
        """
        if usual is None or total == 0:
            return cls(None, False)
        percent = 100 * share.count / total
        if percent < usual.low:
            return cls("low", share.high_percent < usual.low)
        if percent > usual.high:
            return cls("high", share.low_percent > usual.high)
        return cls(None, False)


def judge_shares(counted: Differential, ranges: Mapping[str, Range]) -> dict[str, Judgement]:
    """Hold every line of a differential against its range.

    Args:
        counted: the differential.
        ranges: by cell type; a type left out is never flagged.

    Returns:
        A judgement for each type of the differential.
    """
    return {
        share.cell_type: Judgement.of(share, counted.total, ranges.get(share.cell_type)) for share in counted.shares
    }


@lru_cache(maxsize=256)
def count_more(count: int, total: int, width_percent: float) -> int:
    """Say how many more cells must be counted until a type's interval is as narrow as asked, its share staying so.

    Args:
        count: cells of the type so far, 0..total.
        total: identified cells so far; 0: a share of one half is supposed, the widest interval.
        width_percent: how wide the exact 95 % interval may be, in points, 0 < width < 100.

    Returns:
        Cells still to count, 0 where it is narrow enough; at most as many as lead to `MOST_CELLS`.

    Raises:
        RangeError: no width between 0 and 100.
    """
    if not 0 < width_percent < 100:
        raise RangeError(f"interval width: {width_percent} points (expected between 0 and 100)")
    share = count / total if total else 0.5
    enough, short = max(total, MOST_CELLS), total
    if _width(share, total) <= width_percent:
        return 0
    while enough - short > 1:
        middle = (enough + short) // 2
        if _width(share, middle) <= width_percent:
            enough = middle
        else:
            short = middle
    return enough - total


def _width(share: float, total: int) -> float:
    # a part of a cell, so that the width falls steadily while the count grows
    low, high = exact_interval(share * total, total)
    return high - low
