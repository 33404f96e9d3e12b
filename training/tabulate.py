"""Observations as columns: what calibration and figures are computed from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.cell import Cell
from contract.confidence import calibrate
from contract.fit_outside import INPUTS, KnownCells
from contract.naming import LEAST_PROBABILITY, Pooled
from contract.site_head import stack_inputs
from training.metrics import NOT_CALLED
from training.observe import SeenImage


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Things with a true class and the probabilities a model gave them: cells or whole fields.

    Attributes:
        truth: (n,) class indices.
        probabilities: (n, C).
        energy: (n,) free energy of the network's logits; nan for fields.
        inputs: (n, N) what strangeness is measured by, see `contract.fit_outside.INPUTS`; (n, 0) for fields.
        source: (n,) data set.
        unit: (n,) what the bootstrap draws: slide or block, or the picture where there is but one.
        name: (n,) id of the physical cell, or the picture.
    """

    truth: NDArray[np.intp]
    probabilities: NDArray[np.float64]
    energy: NDArray[np.float64]
    inputs: NDArray[np.float64]
    source: tuple[str, ...]
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
    def known(self) -> KnownCells:
        """The cells as strangeness sees them; sources count alike, and within each every cell."""
        sources, which, sizes = np.unique(self.source, return_inverse=True, return_counts=True)
        return KnownCells(self.inputs, self.energy, self.truth, 1 / (len(sources) * sizes[which]))

    @property
    def called(self) -> NDArray[np.intp]:
        """(n,) index of the likeliest class; `NOT_CALLED` where nothing was said."""
        return np.where(find_silent(self.probabilities), NOT_CALLED, self.probabilities.argmax(axis=1))


class _Row(NamedTuple):
    truth: int
    probabilities: list[float]
    energy: float
    inputs: list[float]
    source: str
    unit: str
    name: str


def find_silent(probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell where all classes are equally likely, which is what a field without white cells gets.

    Args:
        probabilities: (n, C).

    Returns:
        (n,).
    """
    return np.asarray(np.ptp(probabilities, axis=1) < LEAST_PROBABILITY, np.bool_)


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
        _Row(
            cell.truth,
            list(cell.read.probabilities.values()),
            cell.read.outside,  # a draft has no picture of known cells and gives the free energy
            _list_inputs(cell.read),
            image.source,
            _unit_of(image, units),
            cell.cell,
        )
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
        _Row(image.field_truth, list(image.field), np.nan, [], image.source, _unit_of(image, units), image.image)
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
        first = int(same[0])
        rows.append(
            _Row(
                int(boxes.truth[first]),
                list(boxes.probabilities[same].mean(axis=0)),
                float(boxes.energy[same].mean()),
                list(boxes.inputs[same].mean(axis=0)),
                boxes.source[first],
                boxes.unit[first],
                name,
            )
        )
    return _gather(rows, boxes.probabilities.shape[1])


def _unit_of(image: SeenImage, units: Mapping[str, str] | None) -> str:
    return image.group if units is None else units[image.image]


def _list_inputs(cell: Cell) -> list[float]:
    nothing = np.zeros(0, np.float32)
    pooled = Pooled(np.array(cell.features, np.float32), nothing, None, cell.area_um2, cell.nucleus_fraction)
    return [float(value) for value in stack_inputs(INPUTS, pooled)]


def _gather(rows: list[_Row], classes: int) -> Named:
    return Named(
        truth=np.array([row.truth for row in rows], np.intp),
        probabilities=np.array([row.probabilities for row in rows], np.float64).reshape(len(rows), classes),
        energy=np.array([row.energy for row in rows], np.float64),
        inputs=np.array([row.inputs for row in rows], np.float64).reshape(len(rows), -1 if rows else 0),
        source=tuple(row.source for row in rows),
        unit=tuple(row.unit for row in rows),
        name=tuple(row.name for row in rows),
    )
