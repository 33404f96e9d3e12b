"""How good the weights are now: cells named, tissue found, on windows about every validation cell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.augment import Strength, change_camera
from training.dataset import judging_batches
from training.losses import pool_area, pool_by_class
from training.model import MASK_STRIDE, TISSUES
from training.pool import Place, Pool

JUDGED_AT_MOST = 120
"""Places of a source and class that are judged: more would cost more steps than they decide."""

ELSEWHERE = Strength(scale=1.0, jitter=0.0, blur_sigma=1.2, colour_share=1.0, stain_gain=0.2, cast_gain=0.2)
"""Another microscope: the changes of training, the stain's and the lamp's a third stronger."""

SEED = 11


@dataclass(frozen=True, slots=True)
class Judgement:
    """Validation figures.

    Attributes:
        score: what the best checkpoint is chosen by: mean of naming here, naming elsewhere and finding, each the mean
            over the sources that decide.
        figures: every figure by name, 0..1; `accuracy_SOURCE` is the mean over classes, `elsewhere_SOURCE` the same on
            windows as another microscope would show them, `dice_SOURCE` the mean of nucleus and whole cell.
    """

    score: float
    figures: dict[str, float]


def judge(
    run: Callable[[Any], dict[str, Any]], pool: Pool, size: int, batch: int, deciding: frozenset[str] = frozenset()
) -> Judgement:
    """Judge a network on places of a pool, as they are and as another microscope would show them.

    Args:
        run: (batch, size, size, 3) uint8 to the network's outputs.
        pool: validation pictures.
        size: side of a window in pixels.
        batch: windows at a time.
        deciding: sources whose figures make the score, the target's where there are pictures of it; empty: all.

    Returns:
        The figures. A source without named cells or without masks has no such figure.
    """
    right: dict[tuple[str, int], list[bool]] = {}
    elsewhere: dict[tuple[str, int], list[bool]] = {}
    overlaps: dict[str, NDArray[np.float64]] = {}
    rng = np.random.default_rng(SEED)
    for windows, places in judging_batches(pool, size, batch, JUDGED_AT_MOST):
        outputs = run(windows["image"])
        _note_names(right, windows, outputs, places)
        _note_overlaps(overlaps, windows, outputs, places)
        moved = np.stack([change_camera(image, rng, ELSEWHERE) for image in windows["image"]])
        _note_names(elsewhere, windows, run(moved), places)
    figures = {f"accuracy_{source}": value for source, value in _mean_over_classes(right).items()}
    figures |= {f"elsewhere_{source}": value for source, value in _mean_over_classes(elsewhere).items()}
    for source, (both, sizes) in overlaps.items():
        if sizes.min() > 0:
            figures[f"dice_{source}"] = float(np.mean(2 * both / sizes))
    means = {kind: _mean_of(figures, kind, deciding) for kind in ("accuracy", "elsewhere", "dice")}
    return Judgement(float(np.mean(list(means.values()))), {**means, **figures})


def _mean_of(figures: dict[str, float], kind: str, deciding: frozenset[str]) -> float:
    of_kind = {name.removeprefix(f"{kind}_"): value for name, value in figures.items() if name.startswith(f"{kind}_")}
    chosen = [value for source, value in of_kind.items() if source in deciding] or list(of_kind.values())
    return float(np.mean(chosen)) if chosen else 0.0


def _note_names(
    right: dict[tuple[str, int], list[bool]],
    windows: dict[str, NDArray[Any]],
    outputs: dict[str, Any],
    places: list[Place],
) -> None:
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
