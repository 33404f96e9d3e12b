"""Observations as columns: what calibration and figures are computed from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from contract.confidence import calibrate
from training.observe import SeenImage

LEAST_PROBABILITY = 1e-9
"""Float32 logits tell no smaller probabilities apart; keeps their logarithm finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Things with a true class and the probabilities a model gave them: cells or whole fields.

    Attributes:
        truth: (n,) class indices.
        probabilities: (n, C).
        energy: (n,) free energy; nan for fields.
        unit: (n,) what the bootstrap draws: slide or block, or the picture where there is but one.
        name: (n,) id of the physical cell, or the picture.
    """

    truth: NDArray[np.intp]
    probabilities: NDArray[np.float64]
    energy: NDArray[np.float64]
    unit: tuple[str, ...]
    name: tuple[str, ...]

    @property
    def logits(self) -> NDArray[np.float64]:
        """(n, C) logits up to a constant in each row."""
        return np.log(np.clip(self.probabilities, LEAST_PROBABILITY, 1))

    def calibrated(self, temperature: float) -> "Named":
        """Divide the logits by a temperature."""
        return replace(self, probabilities=calibrate(self.logits, temperature))

    @property
    def called(self) -> NDArray[np.intp]:
        """(n,) index of the likeliest class."""
        return np.asarray(self.probabilities.argmax(axis=1), np.intp)


def choose_units(images: Sequence[SeenImage]) -> tuple[dict[str, str], str]:
    """Decide what the bootstrap draws for one source: groups, or pictures where there is only one group.

    Args:
        images: of one source.

    Returns:
        Unit of each picture by its path, and in a word what the units are: "group" or "image".
    """
    by_group = len({image.group for image in images}) > 1
    return {image.image: image.group if by_group else image.image for image in images}, "group" if by_group else "image"


def tabulate_cells(images: Sequence[SeenImage], classes: int, units: Mapping[str, str] | None = None) -> Named:
    """Collect the found cells whose type is known.

    Args:
        images: observed.
        classes: number of classes.
        units: from `choose_units`; None: groups.

    Returns:
        One row for each box that was found.
    """
    rows = [
        (cell.truth, list(cell.read.probabilities.values()), cell.read.energy, _unit_of(image, units), cell.cell)
        for image in images
        for cell in image.cells
        if cell.read is not None and cell.truth >= 0
    ]
    return _gather(rows, classes)


def tabulate_fields(images: Sequence[SeenImage], classes: int, units: Mapping[str, str] | None = None) -> Named:
    """Collect the fields whose class is known.

    Args:
        images: observed.
        classes: number of classes.
        units: from `choose_units`; None: groups.

    Returns:
        One row for each picture.
    """
    rows = [
        (image.field_truth, list(image.field), np.nan, _unit_of(image, units), image.image)
        for image in images
        if image.field is not None and image.field_truth >= 0
    ]
    return _gather(rows, classes)


def merge_same_cells(boxes: Named) -> Named:
    """Name each physical cell once, by the mean of the probabilities of the boxes that show it.

    Args:
        boxes: one row for each box.

    Returns:
        One row for each distinct cell.
    """
    names = np.asarray(boxes.name, dtype=str)
    rows = []
    for name in dict.fromkeys(boxes.name):
        same = np.flatnonzero(names == name)
        mean = boxes.probabilities[same].mean(axis=0)
        first = int(same[0])
        rows.append((int(boxes.truth[first]), list(mean), float(boxes.energy[same].mean()), boxes.unit[first], name))
    return _gather(rows, boxes.probabilities.shape[1])


def _unit_of(image: SeenImage, units: Mapping[str, str] | None) -> str:
    return image.group if units is None else units[image.image]


def _gather(rows: list[tuple[int, list[float], float, str, str]], classes: int) -> Named:
    return Named(
        truth=np.array([row[0] for row in rows], np.intp),
        probabilities=np.array([row[1] for row in rows], np.float64).reshape(len(rows), classes),
        energy=np.array([row[2] for row in rows], np.float64),
        unit=tuple(row[3] for row in rows),
        name=tuple(row[4] for row in rows),
    )
