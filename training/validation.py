"""How good the weights are now: cells named, tissue found, on windows about every validation cell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.dataset import judging_batches
from training.losses import pool_area, pool_by_class
from training.model import MASK_STRIDE, TISSUES
from training.pool import Place, Pool


@dataclass(frozen=True, slots=True)
class Judgement:
    """Validation figures.

    Attributes:
        score: what the best checkpoint is chosen by: mean of naming and finding, each the mean over sources.
        figures: every figure by name, 0..1; `accuracy_SOURCE` is the mean over classes, `dice_SOURCE` the mean of
            nucleus and whole cell.
    """

    score: float
    figures: dict[str, float]


def judge(run: Callable[[Any], dict[str, Any]], pool: Pool, size: int, batch: int) -> Judgement:
    """Judge a network on every place of a pool.

    Args:
        run: (batch, size, size, 3) uint8 to the network's outputs.
        pool: validation pictures.
        size: side of a window in pixels.
        batch: windows at a time.

    Returns:
        The figures. A source without named cells or without masks has no such figure.
    """
    right: dict[tuple[str, int], list[bool]] = {}
    overlaps: dict[str, NDArray[np.float64]] = {}
    for windows, places in judging_batches(pool, size, batch):
        outputs = run(windows["image"])
        _note_names(right, windows, outputs, places)
        _note_overlaps(overlaps, windows, outputs, places)
    figures = {f"accuracy_{source}": value for source, value in _mean_over_classes(right).items()}
    for source, (both, sizes) in overlaps.items():
        if sizes.min() > 0:
            figures[f"dice_{source}"] = float(np.mean(2 * both / sizes))
    kinds = ("accuracy", "dice")
    means = [np.mean([value for name, value in figures.items() if name.startswith(kind)] or [0.0]) for kind in kinds]
    return Judgement(float(np.mean(means)), {**dict(zip(kinds, map(float, means), strict=True)), **figures})


def _note_names(
    right: dict[tuple[str, int], list[bool]],
    windows: dict[str, NDArray[Any]],
    outputs: dict[str, Any],
    places: list[Place],
) -> None:
    if "field" in outputs:
        named = outputs["field"].numpy().argmax(axis=-1)
        for place, truth, name in zip(places, windows["field_class"], named, strict=False):
            if truth >= 0:
                right.setdefault((place.stratum[0], int(truth)), []).append(bool(truth == name))
        return
    pooled, seen = pool_by_class(windows["target"][..., 1], outputs["cell_type"])
    named, shown = pooled.numpy().argmax(axis=-1), seen.numpy()
    for row, place in enumerate(places):
        source, kind = place.stratum
        if kind >= 0 and shown[row, kind]:
            right.setdefault((source, kind), []).append(bool(named[row, kind] == kind))


def _note_overlaps(
    overlaps: dict[str, NDArray[np.float64]],
    windows: dict[str, NDArray[Any]],
    outputs: dict[str, Any],
    places: list[Place],
) -> None:
    """Add up intersections and sizes of nucleus and whole cell at the mask's stride, where tissue is known."""
    share = pool_area(tf.one_hot(windows["target"][..., 0], TISSUES), MASK_STRIDE).numpy()
    known = share.sum(axis=-1) > 0.99
    truth, guess = share.argmax(axis=-1), outputs["mask"].numpy().argmax(axis=-1)
    for row, place in enumerate(places):
        both, sizes = overlaps.setdefault(place.stratum[0], np.zeros((2, 2)))
        for column, least in enumerate((2, 1)):
            wanted, found = (truth[row] >= least) & known[row], (guess[row] >= least) & known[row]
            both[column] += (wanted & found).sum()
            sizes[column] += wanted.sum() + found.sum()


def _mean_over_classes(right: dict[tuple[str, int], list[bool]]) -> dict[str, float]:
    by_source: dict[str, list[float]] = {}
    for (source, _), marks in sorted(right.items()):
        by_source.setdefault(source, []).append(float(np.mean(marks)))
    return {source: float(np.mean(values)) for source, values in by_source.items()}
