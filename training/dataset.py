"""From places to batches: windows that teach, and the windows that judge.

Every batch is a function of the seed and the step alone, so a run that was interrupted
goes on with the very batches it would have seen.
"""

import itertools
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.augment import Strength, change_camera
from training.backgrounds import change_surroundings
from training.looks import Look, choose_look, cut_look
from training.pool import Place, Pool, draw_chances

Batch = dict[str, NDArray[Any]]

THREADS = 2  # makers of batches; OpenCV and numpy let go of the interpreter for most of their work
DONOR_TRIES = 8  # to find another class: with two classes, one in 256 fails
AHEAD = 4  # batches ready or under way


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
    for row, place in enumerate(places):
        donor = partial(_draw_donor, pool, chances, place, size, rng, strength)
        made["image"][row], made["target"][row] = change_surroundings(
            made["image"][row], made["target"][row], donor, rng, strength.exchange
        )
    made["image"] = np.stack([change_camera(image, rng, strength) for image in made["image"]])
    return made


def judging_batches(
    pool: Pool, size: int, batch: int, at_most: int | None = None
) -> Iterator[tuple[Batch, list[Place]]]:
    """Go through the places in order, each as it is; the last batch is filled up by repeating its last window.

    Args:
        pool: where to look.
        size: side of a window.
        batch: number of windows.
        at_most: places of a source and class that are looked at, evenly spread; None: every one.

    Yields:
        A batch and the places it shows, fewer than `batch` in the last.
    """
    places = pool.places if at_most is None else _spread(pool.places, at_most)
    for start in range(0, len(places), batch):
        shown = list(places[start : start + batch])
        filled = shown + [shown[-1]] * (batch - len(shown))
        yield _collect(pool, [place.example for place in filled], size, [_still(place) for place in filled]), shown


def _draw_donor(
    pool: Pool, chances: NDArray[np.float64], place: Place, size: int, rng: np.random.Generator, strength: Strength
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Cut a window from a picture of another class or source, where there is one within reach of chance."""
    for _ in range(DONOR_TRIES):
        other = pool.places[min(int(np.searchsorted(chances, rng.random())), len(pool.places) - 1)]
        if other.stratum != place.stratum:
            break
    example = pool.examples[other.example]
    height, width = example.image.shape[:2]
    look = choose_look((rng.uniform(0, width), rng.uniform(0, height)), size, rng, strength)
    return cut_look(example.image, example.target, look, size)


def _aim(pool: Pool, place: Place, rng: np.random.Generator, strength: Strength) -> tuple[float, float]:
    if rng.random() >= strength.anywhere_share:
        return place.x, place.y
    height, width = pool.examples[place.example].image.shape[:2]
    return float(rng.uniform(0, width)), float(rng.uniform(0, height))


def _spread(places: Sequence[Place], at_most: int) -> list[Place]:
    by_stratum: dict[tuple[str, int], list[int]] = {}
    for index, place in enumerate(places):
        by_stratum.setdefault(place.stratum, []).append(index)
    chosen = [index for own in by_stratum.values() for index in own[:: max(1, -(-len(own) // at_most))]]
    return [places[index] for index in sorted(chosen)]


def _still(place: Place) -> Look:
    return Look(round(place.x), round(place.y), 0.0, 1.0, flipped=False, mirrored=False)


def _collect(pool: Pool, examples: list[int], size: int, looks: list[Look]) -> Batch:
    chosen = [pool.examples[index] for index in examples]
    cuts = [cut_look(example.image, example.target, look, size) for example, look in zip(chosen, looks, strict=True)]
    return {
        "image": np.stack([image for image, _ in cuts]),
        "target": np.stack([target for _, target in cuts]),
        "human_mask": np.array([example.human_mask for example in chosen], np.int32),
        "untaught": np.array([pool.untaught[example.source] for example in chosen], np.int32),
        "attributes": np.array([example.attributes for example in chosen], np.int32).reshape(len(chosen), -1),
    }
