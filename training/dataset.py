"""From shards to batches: windows about cells, evenly drawn over sources and classes, and the windows that judge them.

Images stay in memory as bytes; every batch is a function of the seed and the step alone, so a run that was interrupted
goes on with the very batches it would have seen.
"""

import itertools
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from training.augment import Look, Strength, change_camera, choose_look, cut_look
from training.sample import BACKGROUND, UNKNOWN
from training.tfrecords import Example, read_examples

Batch = dict[str, NDArray[Any]]

THREADS = 2  # makers of batches; OpenCV and numpy let go of the interpreter for most of their work
AHEAD = 4  # batches ready or under way


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


@dataclass(frozen=True, slots=True)
class Pool:
    """The pictures of one split in memory, with every place worth looking at."""

    examples: tuple[Example, ...]
    places: tuple[Place, ...]


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


def stream_batches(
    pool: Pool, size: int, batch: int, seed: int, first: int, strength: Strength
) -> Generator[Batch, None, None]:
    """Augmented training batches without end, made ahead by two threads; close the stream to end them.

    Args:
        pool: where to look.
        size: side of a window in pixels.
        batch: windows in a batch.
        seed: the run's seed.
        first: number of the first batch, so that a resumed run goes on where it stopped.
        strength: augmentation.

    Yields:
        Targets as `multitask_losses` wants them, and `image`, (batch, size, size, 3) uint8.
    """
    chances = np.cumsum(draw_chances(pool))

    def make(step: int) -> Batch:
        return draw_batch(pool, chances, size, batch, np.random.default_rng([seed, step]), strength)

    with ThreadPoolExecutor(max_workers=THREADS) as threads:
        waiting = deque(threads.submit(make, step) for step in range(first, first + AHEAD))
        try:
            for step in itertools.count(first + AHEAD):
                yield waiting.popleft().result()
                waiting.append(threads.submit(make, step))
        finally:
            threads.shutdown(cancel_futures=True)


def draw_batch(
    pool: Pool, chances: NDArray[np.float64], size: int, batch: int, rng: np.random.Generator, strength: Strength
) -> Batch:
    """Draw and augment one batch.

    Args:
        pool: where to look.
        chances: cumulated chances of the places.
        size: side of a window.
        batch: number of windows.
        rng: source of chance.
        strength: augmentation.

    Returns:
        Arrays by name, first axis the batch.
    """
    picked = np.minimum(np.searchsorted(chances, rng.random(batch)), len(pool.places) - 1)
    places = [pool.places[index] for index in picked]
    looks = [choose_look(_aim(pool, place, rng, strength), size, rng, strength) for place in places]
    made = _collect(pool, [place.example for place in places], size, looks)
    made["image"] = np.stack([change_camera(image, rng, strength) for image in made["image"]])
    return made


def judging_batches(pool: Pool, size: int, batch: int) -> Iterator[tuple[Batch, list[Place]]]:
    """Go through every place once, unchanged and in order; the last batch is filled up by repeating its last window.

    Args:
        pool: where to look.
        size: side of a window.
        batch: number of windows.

    Yields:
        A batch and the places it shows, fewer than `batch` in the last.
    """
    for start in range(0, len(pool.places), batch):
        shown = list(pool.places[start : start + batch])
        filled = shown + [shown[-1]] * (batch - len(shown))
        yield _collect(pool, [place.example for place in filled], size, [_still(place) for place in filled]), shown


def _aim(pool: Pool, place: Place, rng: np.random.Generator, strength: Strength) -> tuple[float, float]:
    if rng.random() >= strength.anywhere_share:
        return place.x, place.y
    height, width = pool.examples[place.example].image.shape[:2]
    return float(rng.uniform(0, width)), float(rng.uniform(0, height))


def _still(place: Place) -> Look:
    return Look(round(place.x), round(place.y), 0.0, 1.0, flipped=False, mirrored=False)


def _collect(pool: Pool, examples: list[int], size: int, looks: list[Look]) -> Batch:
    chosen = [pool.examples[index] for index in examples]
    cuts = [cut_look(example.image, example.target, look, size) for example, look in zip(chosen, looks, strict=True)]
    return {
        "image": np.stack([image for image, _ in cuts]),
        "target": np.stack([target for _, target in cuts]),
        "human_mask": np.array([example.human_mask for example in chosen], np.int32),
        "attributes": np.array([example.attributes for example in chosen], np.int32).reshape(len(chosen), -1),
        "field_class": np.array([example.field_class for example in chosen], np.int32),
    }


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
