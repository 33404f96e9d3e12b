"""How logits become an honest answer: temperature, abstention, candidates, energy."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


def calibrate(logits: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Probabilities of the classes.

    Args:
        logits: (..., C).
        temperature: > 0; above 1 makes less sure.

    Returns:
        (..., C) float64, summing to 1.

    Source: temperature scaling, Guo et al. 2017, arXiv 1706.04599.
    """
    scaled = np.asarray(logits, np.float64) / temperature
    shares: NDArray[np.float64] = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def free_energy(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """How little the logits speak for any class; higher is stranger.

    Args:
        logits: (..., C).

    Returns:
        (...,) float64.

    Source: energy score, Liu et al. 2020, arXiv 2010.03759.
    """
    told = np.asarray(logits, np.float64)
    highest = told.max(axis=-1)
    return -np.asarray(highest + np.log(np.exp(told - highest[..., np.newaxis]).sum(axis=-1)))


def choose_candidates(
    probabilities: NDArray[np.float64], classes: Sequence[str], conformal: Mapping[str, float]
) -> tuple[str, ...]:
    """The classes that cannot be ruled out at the coverage the quantiles were fitted for.

    Args:
        probabilities: (C,) calibrated.
        classes: names in the order of the probabilities.
        conformal: for each class the largest 1 - p at which it stays a candidate.

    Returns:
        Names, likeliest first; the likeliest alone where the set would be empty.

    Source: class-conditional split conformal prediction, Vovk 2012.
    """
    told = dict(zip(classes, probabilities.tolist(), strict=True))
    likeliest_first = sorted(told, key=told.__getitem__, reverse=True)
    kept = tuple(name for name in likeliest_first if 1 - told[name] <= conformal[name])
    return kept or (likeliest_first[0],)
