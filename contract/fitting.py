"""How confidence is made honest on held-out cells: temperature, abstention, conformal sets. No TensorFlow."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Abstention
from contract.confidence import calibrate

COVERAGE = 0.95
"""Share of each class's cells whose candidates must hold the true type."""

MAX_TEMPERATURE = 20.0
"""Beyond it every answer is near even; a fit that ends here means that the logits say nothing."""

Logits = NDArray[np.float64]
Labels = NDArray[np.intp]


def fit_temperature(logits: Logits, truth: Labels, weight: NDArray[np.float64] | None = None) -> float:
    """Find the temperature at which the true classes are likeliest; 1 where there is nothing to fit on.

    Args:
        logits: (n, C), each row up to a constant.
        truth: (n,) class indices.
        weight: (n,) what each row counts; None: all alike.

    Returns:
        Temperature between 0.05 and `MAX_TEMPERATURE`.

    Source: Guo et al. 2017, arXiv 1706.04599.
    """
    from scipy.optimize import minimize_scalar  # 22 MB that a device needs only while it calibrates

    if not len(truth):
        return 1.0
    rows = np.arange(len(truth))

    def surprise(log_temperature: float) -> float:
        probabilities = calibrate(logits, float(np.exp(log_temperature)))
        return float(np.average(-np.log(np.clip(probabilities[rows, truth], 1e-12, None)), weights=weight))

    best = minimize_scalar(surprise, bounds=(np.log(0.05), np.log(MAX_TEMPERATURE)), method="bounded")
    return float(np.exp(best.x))


def fit_threshold(confidence: NDArray[np.float64], correct: NDArray[np.bool_], accuracy: float) -> float:
    """Find the lowest confidence at which what is named is right often enough.

    Args:
        confidence: (n,) calibrated.
        correct: (n,).
        accuracy: wanted among the named, 0..1.

    Returns:
        Threshold, 0..1: 0 where all may be named; 1 where no threshold reaches the accuracy, so that nothing is named.
    """
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    right = np.cumsum(correct[order]) / np.arange(1, len(order) + 1)
    last_of_ties = np.append(ranked[1:] < ranked[:-1], True) if len(ranked) else np.zeros(0, bool)
    enough = np.flatnonzero((right >= accuracy) & last_of_ties)
    if not len(enough):
        return 1.0
    return 0.0 if enough[-1] == len(ranked) - 1 else float(ranked[enough[-1]])


def fit_abstention(
    logits: Logits, truth: Labels, accuracy: float, weight: NDArray[np.float64] | None = None
) -> Abstention:
    """Fit temperature, then threshold.

    Args:
        logits: (n, C), each row up to a constant.
        truth: (n,) class indices.
        accuracy: wanted among what is named.
        weight: (n,) what each row counts for the temperature; None: all alike.

    Returns:
        Both, as a manifest holds them.
    """
    temperature = fit_temperature(logits, truth, weight)
    probabilities = calibrate(logits, temperature)
    correct = probabilities.argmax(axis=1) == truth if len(truth) else np.zeros(0, bool)
    confidence = probabilities.max(axis=1) if len(truth) else np.zeros(0)
    return Abstention(temperature=temperature, threshold=fit_threshold(confidence, correct, accuracy))


def fit_conformal(
    probabilities: NDArray[np.float64], truth: Labels, classes: Sequence[str], coverage: float = COVERAGE
) -> dict[str, float]:
    """For each class the largest 1 - p at which it must stay a candidate.

    Args:
        probabilities: (n, C) calibrated.
        truth: (n,) class indices.
        classes: C names.
        coverage: wanted for each class.

    Returns:
        Quantile for each class; 1 (always a candidate) where the class has too few cells for the coverage.

    Source: class-conditional split conformal prediction, Vovk 2012: the ceil((n + 1) coverage)-th smallest score.
    """
    quantiles = {}
    for index, name in enumerate(classes):
        scores = np.sort(1 - probabilities[truth == index, index])
        rank = int(np.ceil((len(scores) + 1) * coverage))
        quantiles[name] = float(np.clip(scores[rank - 1], 0, 1)) if 0 < rank <= len(scores) else 1.0
    return quantiles
