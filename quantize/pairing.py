"""What two models said of the same things: rows to compare, missed cells and silent fields among them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.confidence import calibrate
from contract.naming import LEAST_PROBABILITY
from training.metrics import NOT_CALLED
from training.observe import SeenCell, SeenImage
from training.tabulate import find_silent


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Named things as two models saw them; of each pair the float network comes first.

    Attributes:
        truth: (n,) class indices.
        probabilities: (2, n, C) at temperature 1; nan where a cell was missed.
        calls: (2, n) index of the likeliest class; `NOT_CALLED` where a cell was missed or a field has no class.
        unit: (n,) slide or block within its source, which the bootstrap draws.
    """

    truth: NDArray[np.intp]
    probabilities: NDArray[np.float64]
    calls: NDArray[np.intp]
    unit: tuple[str, ...]

    @property
    def both(self) -> NDArray[np.intp]:
        """(m,) rows of which both models said something."""
        return np.flatnonzero((self.calls != NOT_CALLED).all(axis=0))

    def confidence(self, model: int, temperature: float) -> NDArray[np.float64]:
        """Give the calibrated confidence of one model, 0 where it said nothing; (n,)."""
        sure = np.zeros(len(self.truth))
        said = self.calls[model] != NOT_CALLED
        if said.any():
            logits = np.log(np.clip(self.probabilities[model][said], LEAST_PROBABILITY, 1))
            sure[said] = calibrate(logits, temperature).max(axis=1)
        return sure


def pair_things(floats: Sequence[SeenImage], others: Sequence[SeenImage], classes: int) -> Pairs:
    """Pair what both models said of every thing whose class is known: cells, or fields where the task is screening.

    Args:
        floats: observed through the float network.
        others: the same pictures, observed through another file.
        classes: number of classes.

    Returns:
        The pairs.
    """
    rows: list[tuple[int, NDArray[np.float64], NDArray[np.float64], str]] = []
    for one, other in zip(floats, others, strict=True):
        unit = name_unit(one)
        if one.field is not None and other.field is not None:
            rows.append((one.field_truth, one.field, other.field, unit))
            continue
        for cell, same in zip(one.cells, other.cells, strict=True):
            rows.append((cell.truth, _told(cell, classes), _told(same, classes), unit))
    named = [row for row in rows if row[0] >= 0]
    told = np.array([[row[which] for row in named] for which in (1, 2)]).reshape(2, len(named), classes)
    silent = np.isnan(told).any(axis=2) | np.stack([find_silent(one) for one in told])
    return Pairs(
        truth=np.array([row[0] for row in named], np.intp),
        probabilities=told,
        calls=np.where(silent, NOT_CALLED, np.nan_to_num(told).argmax(axis=2)),
        unit=tuple(row[3] for row in named),
    )


def pair_masks(
    floats: Sequence[SeenImage], others: Sequence[SeenImage]
) -> tuple[NDArray[np.int64], tuple[str, ...]] | None:
    """Pair pixel counts of pictures with a human mask.

    Args:
        floats: observed through the float network.
        others: the same pictures, observed through another file.

    Returns:
        (2, n, 3, 3) counts and the unit of each picture; None without human masks.
    """
    pairs = [
        (one.pixels, other.pixels, name_unit(one))
        for one, other in zip(floats, others, strict=True)
        if one.pixels is not None and other.pixels is not None
    ]
    if not pairs:
        return None
    counts = np.stack([np.stack([pair[which] for pair in pairs]) for which in (0, 1)])
    return counts, tuple(pair[2] for pair in pairs)


def pair_nuclei(
    floats: Sequence[SeenImage], others: Sequence[SeenImage]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Compare nuclei of the true cells that both found.

    Args:
        floats: observed through the float network.
        others: the same pictures, observed through another file.

    Returns:
        (n,) differences of nucleus_fraction without their sign, and the unit of each cell.
    """
    rows = [
        (abs(cell.read.nucleus_fraction - same.read.nucleus_fraction), name_unit(one))
        for one, other in zip(floats, others, strict=True)
        for cell, same in zip(one.cells, other.cells, strict=True)
        if cell.read is not None and same.read is not None
    ]
    return np.array([row[0] for row in rows]), tuple(row[1] for row in rows)


def count_found(image: SeenImage) -> int:
    """Count the cells a model found in a picture, marked ones and others."""
    return sum(cell.read is not None for cell in image.cells) + image.unmatched


def name_unit(image: SeenImage) -> str:
    """Name the slide or block of a picture among those of all sources."""
    return f"{image.source}/{image.group}"


def _told(cell: SeenCell, classes: int) -> NDArray[np.float64]:
    return np.full(classes, np.nan) if cell.read is None else np.array(list(cell.read.probabilities.values()))
