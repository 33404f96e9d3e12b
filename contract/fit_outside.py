"""How the picture of known cells is made, beside which others are strange: on training cells, judged on others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.outside import Outside, Yardstick, least_distance, measure_outside
from contract.packed import pack
from contract.site_head import Input

INPUTS: tuple[Input, ...] = ("features", "shape")
ENERGY_WEIGHT = 0.5
"""What free energy counts beside distance: AUROC of immature granulocytes 0.915 without, 0.928 with it."""

SHARED = 0.5
"""Share of a class's covariance that comes from all classes: with tens of cells a class its own is too noisy."""

FLOOR = 1e-3
"""Part of the mean variance added to each, so that inputs that never vary do not make every new cell strange."""

KNOWN_KEPT = 0.99
"""Share of known cells that pass the threshold: what it refuses must be strange."""

FEWEST = 60
"""Known cells needed: with fewer, a covariance or the last hundredth says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class KnownCells:
    """Cells of known type.

    Attributes:
        inputs: (n, N) rows of `contract.site_head.stack_inputs` for `INPUTS`.
        energy: (n,) free energy of the network's logits.
        truth: (n,) class indices.
        weight: (n,) what each counts, > 0; cells of one source together as much as those of another.
    """

    inputs: NDArray[np.float64]
    energy: NDArray[np.float64]
    truth: NDArray[np.intp]
    weight: NDArray[np.float64]


def fit_outside(trained: KnownCells, judged: KnownCells, classes: int) -> Outside | None:
    """Describe known cells, and find from where on a cell is strange.

    Args:
        trained: cells the means and covariances are taken from.
        judged: other cells, which give the yardsticks and the threshold: trained ones lie too near.
        classes: number of classes.

    Returns:
        The description; None where a class has no cell, or there are too few in all.
    """
    counts = np.bincount(trained.truth, minlength=classes)
    if counts.min() < 2 or min(len(trained.truth), len(judged.truth)) < FEWEST:
        return None
    means = np.stack([_mean(trained, trained.truth == one) for one in range(classes)])
    own = [_spread(trained, means[one], trained.truth == one) for one in range(classes)]
    shared = np.mean(own, axis=0)
    shared += FLOOR * np.trace(shared) / len(shared) * np.eye(len(shared))
    mixed = [(1 - SHARED) * one + SHARED * shared for one in own]
    factors = np.stack([np.linalg.cholesky(np.linalg.inv(one)) for one in mixed])
    unit = Yardstick(middle=0.0, spread=1.0)
    rough = Outside(
        inputs=INPUTS,
        means=tuple(tuple(float(value) for value in row) for row in means),
        factors=pack(factors),
        log_volumes=tuple(float(np.linalg.slogdet(one)[1]) for one in mixed),
        distance=unit,
        energy=unit,
        energy_weight=ENERGY_WEIGHT,
        threshold=0.0,
    )
    distance = _yardstick(least_distance(judged.inputs, rough), judged.weight)
    scaled = rough.model_copy(update={"distance": distance, "energy": _yardstick(judged.energy, judged.weight)})
    return refit_threshold(scaled, judged)


def refit_threshold(outside: Outside, known: KnownCells) -> Outside:
    """Move the threshold so that known cells pass, as many as `KNOWN_KEPT` asks.

    Args:
        outside: the description.
        known: cells it was not made of.

    Returns:
        The same with its threshold.
    """
    scores = score(known, outside)
    return outside.model_copy(update={"threshold": _quantile(scores, known.weight, KNOWN_KEPT)})


def score(cells: KnownCells, outside: Outside) -> NDArray[np.float64]:
    """Score cells whose free energy is known; see `contract.outside.measure_outside`."""
    # the free energy of the single logit -energy is the energy itself
    return measure_outside(cells.inputs, -cells.energy[:, np.newaxis], outside)


def _mean(cells: KnownCells, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.asarray(np.average(cells.inputs[chosen], axis=0, weights=cells.weight[chosen]), np.float64)


def _spread(cells: KnownCells, mean: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    away = cells.inputs[chosen] - mean
    share = cells.weight[chosen] / cells.weight[chosen].sum()
    return np.asarray((away * share[:, np.newaxis]).T @ away, np.float64)


def _yardstick(values: NDArray[np.float64], weight: NDArray[np.float64]) -> Yardstick:
    middle, upper = _quantile(values, weight, 0.5), _quantile(values, weight, 0.84)
    return Yardstick(middle=middle, spread=max(upper - middle, 1e-6))


def _quantile(values: NDArray[np.float64], weight: NDArray[np.float64], share: float) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][min(int(np.searchsorted(reached, share)), len(values) - 1)])
