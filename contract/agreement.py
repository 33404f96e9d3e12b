"""How far two readers of the same cells agree: Cohen's kappa, and where they part."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.cell_types import APART, DIFFERENTIAL_ORDER, UNIDENTIFIED
from contract.differential import exact_interval
from contract.failures import Refusal

_Z = 1.959963984540054  # standard normal quantile of 0.975


class AgreementError(Refusal):
    """Two readings cannot be compared: they are of different length. Pair them cell by cell first."""


@dataclass(frozen=True, slots=True)
class TypeAgreement:
    """How far two readers agree about one type.

    Attributes:
        cell_type: its name.
        first, second, both: cells that the first, the second, and both readers call so.
        share: of the cells that either gave the name, counted once for each reader, those where both did, 0..1; None
            where nobody gave it.
    """

    cell_type: str
    first: int
    second: int
    both: int
    share: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two readers made of the same cells.

    Attributes:
        cells: how many both have read.
        types: every name that either gave, in the order of `order_types`.
        table: for each name of the first reader (row) how often the second gave each name (column), as `types`.
        observed: share of cells with the same name, 0..1; None where there are no cells.
        expected: the share that readers who name at random with their own frequencies would reach.
        kappa: Cohen's, 1 at full agreement, 0 at chance; None where both gave one name only, or there are no cells.
        kappa_low, kappa_high: its 95 % interval; None where kappa is.
        by_type: agreement about each type.
    """

    cells: int
    types: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    observed: float | None
    expected: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    by_type: tuple[TypeAgreement, ...]


def compare_readings(first: Sequence[str], second: Sequence[str]) -> Agreement:
    """Compare two readings of the same cells.

    Args:
        first: what the first reader calls each cell.
        second: what the second reader calls the same cells, in the same order.

    Returns:
        The agreement.

    Raises:
        AgreementError: not of one length.
    """
    if len(first) != len(second):
        raise AgreementError(f"readings: of {len(first)} and {len(second)} cells (expected the same cells)")
    types = order_types({*first, *second})
    pairs = Counter(zip(first, second, strict=True))
    table = np.array([[pairs[one, other] for other in types] for one in types], np.int64).reshape(
        len(types), len(types)
    )
    observed, expected = find_shares(table)
    kappa, low, high = find_kappa(table)
    return Agreement(
        cells=len(first),
        types=types,
        table=tuple(tuple(int(cells) for cells in row) for row in table),
        observed=observed,
        expected=expected,
        kappa=kappa,
        kappa_low=low,
        kappa_high=high,
        by_type=tuple(_agree_on(name, table, at) for at, name in enumerate(types)),
    )


def order_types(names: set[str]) -> tuple[str, ...]:
    """Put names of cells in the order of a differential: its own types, others, unidentified, what is apart from it."""
    last = (UNIDENTIFIED, *APART)
    known = (*DIFFERENTIAL_ORDER, *sorted(names - {*DIFFERENTIAL_ORDER, *last}), *last)
    return tuple(name for name in known if name in names)


def find_shares(table: NDArray[np.int64]) -> tuple[float | None, float | None]:
    """Say how often two readers agree, and how often chance alone would make them.

    Args:
        table: (types, types) cells by the first reader's name (row) and the second's (column).

    Returns:
        Observed and expected share, 0..1; None, None where there are no cells.
    """
    cells = int(table.sum())
    if cells == 0:
        return None, None
    share = table / cells
    return float(np.trace(share)), float(share.sum(axis=1) @ share.sum(axis=0))


def find_kappa(table: NDArray[np.int64]) -> tuple[float | None, float | None, float | None]:
    """Compute Cohen's kappa with its 95 % interval.

    Args:
        table: (types, types) cells by the first reader's name (row) and the second's (column).

    Where all cells are named alike the standard error is 0 and would promise too much: the exact lower limit of the
    observed share then takes its place.

    Returns:
        Kappa, low, high, cut at -1 and 1; three None where both gave one name only, or there are no cells.

    Source: Cohen, Educational and Psychological Measurement 20 (1960) 37; large-sample standard error of Fleiss, Cohen
    and Everitt, Psychological Bulletin 72 (1969) 323, equation 13.
    """
    observed, expected = find_shares(table)
    if observed is None or expected is None or math.isclose(expected, 1):
        return None, None, None
    cells = int(table.sum())
    if cells == int(np.trace(table)):
        return 1.0, (exact_interval(cells, cells)[0] / 100 - expected) / (1 - expected), 1.0
    share = table / cells
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    kappa = (observed - expected) / (1 - expected)
    # how far each cell of the table pulls kappa; the spread of that pull over the cells is its variance
    pull = -(columns[:, None] + rows[None, :]) * (1 - kappa)
    pull[np.diag_indices_from(pull)] += 1
    spread = float((share * pull**2).sum() - (kappa - expected * (1 - kappa)) ** 2)
    half = _Z * math.sqrt(max(0.0, spread) / cells) / (1 - expected)
    return kappa, max(-1.0, kappa - half), min(1.0, kappa + half)


def _agree_on(name: str, table: NDArray[np.int64], at: int) -> TypeAgreement:
    first, second, both = int(table[at].sum()), int(table[:, at].sum()), int(table[at, at])
    return TypeAgreement(name, first, second, both, 2 * both / (first + second))
