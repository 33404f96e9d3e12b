"""From places to batches: windows that teach, and the windows that judge.

Every batch is a function of the seed and the step alone, so a run that was interrupted
goes on with the very batches it would have seen.
"""

import itertools
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.augment import Strength, change_camera
from training.looks import Look, choose_look, cut_look
from training.pool import Place, Pool, draw_chances

Batch = dict[str, NDArray[Any]]

THREADS = 2  # makers of batches; OpenCV and numpy let go of the interpreter for most of their work
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
