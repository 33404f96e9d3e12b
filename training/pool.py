"""The pictures of a split in memory, every place in them worth looking at, and how often each is looked at."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from training.sample import BACKGROUND, UNKNOWN
from training.tfrecords import Example, read_examples

TAUGHT_FROM = 0.02
"""A class with fewer cells than this share of the source's commonest one is not taught by it."""


class DatasetError(Refusal):
    """A prepared folder holds nothing to train or judge with. Prepare it again, and look at its dataset.json."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: the middle of a cell, or of a picture without cells.

    Attributes:
        example: index of the picture.
        x, y: pixels.
        stratum: what is drawn evenly: source and class.
        cell: the physical cell; several pictures of it share one cell's chance.
    """

    example: int
    x: float
    y: float
    stratum: tuple[str, int]
    cell: str


@dataclass(frozen=True)
class Pool:
    """The pictures of one split in memory, with every place worth looking at."""

    examples: tuple[Example, ...]
    places: tuple[Place, ...]

    @cached_property
    def untaught(self) -> Mapping[str, tuple[int, ...]]:
        """By source, the classes of other sources of which it has next to no cell; all of one length, -1 at the end."""
        counts = Counter(place.stratum for place in self.places if place.stratum[1] >= 0)
        kinds = sorted({kind for _, kind in counts})
        missing = {}
        for source in {place.stratum[0] for place in self.places}:
            most = max((counts[source, kind] for kind in kinds), default=0)
            lacks = [kind for kind in kinds if counts[source, kind] <= TAUGHT_FROM * most]
            missing[source] = tuple(lacks + [-1] * (len(kinds) + 1 - len(lacks)))
        return missing


def load_pool(data: Path, split: str) -> Pool:
    """Read a split of a prepared folder into memory.

    Args:
        data: folder made by `leukoscope-train prepare`.
        split: "train", "val" or "test".

    Returns:
        The pool.

    Raises:
        DatasetError: the split holds no picture.
    """
    examples = tuple(_mark_boxes(example) for example in read_examples(data, split))
    if not examples:
        raise DatasetError(f"{data}: no picture in {split} (expected {split}-*.tfrecord with at least one)")
    places = tuple(place for index, example in enumerate(examples) for place in _find_places(index, example))
    return Pool(examples, places)


def draw_chances(pool: Pool) -> NDArray[np.float64]:
    """Give each place its chance: sources by the root of their size, then classes, cells and pictures evenly.

    Args:
        pool: the places.

    Returns:
        (places,) probabilities, sum 1.
    """
    chances = np.ones(len(pool.places))
    _share_evenly(chances, [(*place.stratum, place.cell) for place in pool.places])
    _share_evenly(chances, [place.stratum for place in pool.places])
    sources = np.array([place.stratum[0] for place in pool.places])
    for source in np.unique(sources):
        of_source = sources == source
        chances[of_source] *= np.sqrt(of_source.sum()) / chances[of_source].sum()
    return np.asarray(chances / chances.sum(), np.float64)


def _share_evenly(chances: NDArray[np.float64], keys: list[Any]) -> None:
    totals: dict[Any, float] = {}
    for key, chance in zip(keys, chances, strict=True):
        totals[key] = totals.get(key, 0.0) + chance
    chances /= np.array([totals[key] for key in keys])


def _find_places(index: int, example: Example) -> list[Place]:
    height, width = example.image.shape[:2]
    if not len(example.boxes):
        return [Place(index, width / 2, height / 2, (example.source, example.field_class), example.id)]
    return [
        Place(
            index,
            float(x0 + x1) / 2,
            float(y0 + y1) / 2,
            (example.source, int(kind) if kind >= 0 else example.field_class),
            cell,
        )
        for (x0, y0, x1, y1), kind, cell in zip(example.boxes, example.box_class, example.box_cell, strict=True)
    ]


def _mark_boxes(example: Example) -> Example:
    """Where a named box has no class pixels, name the ellipse of half its sides: surely cell, whatever its outline."""
    for (x0, y0, x1, y1), kind in zip(example.boxes, example.box_class, strict=True):
        inside = example.target[max(0, int(y0)) : int(y1) + 1, max(0, int(x0)) : int(x1) + 1]
        if kind < 0 or not inside.size or (inside[..., 1] != UNKNOWN).any():
            continue
        rows, columns = np.ogrid[-1 : 1 : inside.shape[0] * 1j, -1 : 1 : inside.shape[1] * 1j]
        middle = (rows**2 + columns**2 <= 0.25) & (inside[..., 0] != BACKGROUND)
        inside[middle, 1] = kind
    return example
