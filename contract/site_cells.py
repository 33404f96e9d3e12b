"""The labelled cells of one microscope: what on-site calibration learns from, and how much each counts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from contract.naming import Pooled

FEWEST_ON_A_SLIDE = 5
"""A slide with fewer cells of a class is no test of it: a class with fewer than two such slides is divided by cell."""

FOLDS = 5
"""Parts in turn held out; with fewer than 10 cells a class, 2 remain unseen in each."""


class SiteCellsError(Refusal):
    """A class has too few labelled cells. Name more of them; confirm right names too, not only wrong ones."""

    exit_code = 4


@dataclass(frozen=True, slots=True, eq=False)
class LabelledCell:
    """A cell that a person has named.

    Attributes:
        pooled: what the network says of it.
        truth: index of its class.
        slide: code of the glass it lies on.
        cell: id of the physical cell; several looks at one cell share it.
    """

    pooled: Pooled
    truth: int
    slide: str
    cell: str


def count_by_class(cells: Sequence[LabelledCell], classes: Sequence[str]) -> dict[str, int]:
    """Count labelled cells of each class, none among them.

    Args:
        cells: labelled.
        classes: of the bundle.

    Returns:
        Number by class.
    """
    return {name: sum(cell.truth == index for cell in cells) for index, name in enumerate(classes)}


def require_enough(cells: Sequence[LabelledCell], classes: Sequence[str], fewest: int) -> None:
    """Refuse to learn from too little.

    Args:
        cells: labelled.
        classes: of the bundle.
        fewest: cells wanted of each class.

    Raises:
        SiteCellsError: a class has fewer, or all its looks show one and the same cell; the line names every such class.
    """
    short = [f"{name} {found}" for name, found in count_by_class(cells, classes).items() if found < fewest]
    if short:
        raise SiteCellsError(f"labelled cells: {', '.join(short)} (expected {fewest} or more of each class)")
    single = [name for index, name in enumerate(classes) if len({one.cell for one in cells if one.truth == index}) < 2]
    if single:
        raise SiteCellsError(f"labelled cells: {single[0]}: looks at one cell only (expected 2 cells of it or more)")


def choose_evenly(cells: Sequence[LabelledCell], most: int) -> tuple[LabelledCell, ...]:
    """Keep at most so many cells of each class: every physical cell once before any a second time.

    Args:
        cells: labelled; of equal ones the first stay.
        most: cells of each class.

    Returns:
        Those kept, in their order.
    """
    looks: dict[tuple[int, str], int] = {}
    ranked = []
    for place, cell in enumerate(cells):
        look = looks[cell.truth, cell.cell] = looks.get((cell.truth, cell.cell), 0) + 1
        ranked.append((cell.truth, look, place))
    kept: list[int] = []
    for truth in sorted({cell.truth for cell in cells}):
        kept += [place for found, _, place in sorted(ranked) if found == truth][:most]
    return tuple(cells[place] for place in sorted(kept))


def count_looks(cells: Sequence[LabelledCell]) -> NDArray[np.float64]:
    """(n,) how many of the cells given show the same physical cell as this one, itself among them."""
    _, member, counts = np.unique([cell.cell for cell in cells], return_inverse=True, return_counts=True)
    return np.asarray(counts[member], np.float64)


def weigh(cells: Sequence[LabelledCell]) -> NDArray[np.float64]:
    """Say how much each cell counts in a fit: classes alike, and further looks at one cell less than further cells.

    Args:
        cells: labelled.

    Returns:
        (n,) weights that add up to 1.
    """
    truth = np.array([cell.truth for cell in cells])
    # further looks at one cell are neither copies nor other cells: the root stands between
    weights = 1 / np.sqrt(count_looks(cells))
    for index in np.unique(truth):
        weights[truth == index] /= weights[truth == index].sum()
    return np.asarray(weights / weights.sum(), np.float64)


def divide(cells: Sequence[LabelledCell]) -> tuple[NDArray[np.intp], str]:
    """Divide cells into parts that are held out in turn: by slide where a class has several, else by physical cell.

    Args:
        cells: labelled.

    Returns:
        (n,) part of each cell, from 0, and in words how they were divided.
    """
    truths = sorted({cell.truth for cell in cells})
    by_slide = {truth for truth in truths if _lies_on_slides([one for one in cells if one.truth == truth])}
    groups: dict[tuple[str, str], list[int]] = {}
    for place, cell in enumerate(cells):
        key = (cell.slide, "") if cell.truth in by_slide else (cell.slide, cell.cell)
        groups.setdefault(key, []).append(place)
    parts = np.zeros(len(cells), np.intp)
    load = np.zeros((FOLDS, max(truths) + 1))
    # the largest first, each to the part that has least of its class
    for places in sorted(groups.values(), key=len, reverse=True):
        counts = np.bincount([cells[place].truth for place in places], minlength=load.shape[1])
        part = int(np.lexsort((load.sum(axis=1), load[:, counts.argmax()]))[0])
        parts[places] = part
        load[part] += counts
    told = {0: "cells", len(truths): "slides"}.get(len(by_slide), "slides, or cells where a class lies on one slide")
    return parts, told


def _lies_on_slides(cells: Sequence[LabelledCell]) -> bool:
    _, counts = np.unique([cell.slide for cell in cells], return_counts=True)
    return int((counts >= FEWEST_ON_A_SLIDE).sum()) >= 2
