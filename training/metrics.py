"""The figures of a classifier: confusion, precision and recall, calibration, risk against coverage, AUC."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ECE_BINS = 15

NOT_CALLED = -1
"""Stands for a class where nothing was said; never right."""

Labels = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClassScores:
    """How one class fared; a share without a denominator is None, not zero.

    Attributes:
        support: true members of the class.
        precision: share of what was called so that is so.
        recall: share of the members that were called so.
        f1: harmonic mean of both.
    """

    support: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Predictions of similar confidence: how sure they were and how often right."""

    count: int
    confidence: float
    accuracy: float


def count_confusion(truth: Labels, named: Labels, classes: int) -> NDArray[np.int64]:
    """Count how often each class (row) was called each class (column).

    Args:
        truth: (n,) class indices.
        named: (n,) class indices; `NOT_CALLED` is counted nowhere.
        classes: number of classes C.

    Returns:
        (C, C) int64.
    """
    said = named != NOT_CALLED
    return np.bincount(truth[said] * classes + named[said], minlength=classes**2).reshape(classes, classes)


def score_classes(confusion: NDArray[np.int64], members: NDArray[np.int64] | None = None) -> tuple[ClassScores, ...]:
    """Precision, recall and F1 of each class.

    Args:
        confusion: (C, C) from `count_confusion`.
        members: (C,) true members of each class, those that were not called among them; None: all were.

    Returns:
        C scores.
    """
    hits, called = np.diag(confusion), confusion.sum(axis=0)
    members = confusion.sum(axis=1) if members is None else members
    return tuple(
        ClassScores(int(m), _share(h, c), _share(h, m), _share(2 * h, m + c))
        for h, m, c in zip(hits, members, called, strict=True)
    )


def average_recall(truth: Labels, named: Labels) -> float:
    """Macro accuracy: the mean over the classes present of the share that was named rightly; nan without rows."""
    present = np.unique(truth)
    return float(np.mean([(named[truth == c] == c).mean() for c in present])) if len(present) else float("nan")


def bin_reliability(confidence: Floats, correct: NDArray[np.bool_], bins: int = ECE_BINS) -> tuple[ReliabilityBin, ...]:
    """Group predictions into equal steps of confidence.

    Args:
        confidence: (n,) 0..1.
        correct: (n,).
        bins: number of steps.

    Returns:
        The bins that hold something, least sure first.
    """
    step = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return tuple(
        ReliabilityBin(int(inside.sum()), float(confidence[inside].mean()), float(correct[inside].mean()))
        for inside in (step == i for i in np.unique(step))
    )


def expected_calibration_error(confidence: Floats, correct: NDArray[np.bool_], bins: int = ECE_BINS) -> float:
    """Mean distance between confidence and accuracy, weighted by count; nan without rows.

    Source: Guo et al. 2017, arXiv 1706.04599.
    """
    if not len(confidence):
        return float("nan")
    found = bin_reliability(confidence, correct, bins)
    return sum(part.count * abs(part.confidence - part.accuracy) for part in found) / len(confidence)


def trade_risk(confidence: Floats, correct: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Error among the surest predictions, for every share of them that is kept.

    Args:
        confidence: (n,).
        correct: (n,).

    Returns:
        Coverage (n,) rising to 1 and the error rate (n,) at it.
    """
    order = np.argsort(-confidence, kind="stable")
    kept = np.arange(1, len(order) + 1)
    return kept / max(len(order), 1), np.cumsum(~correct[order]) / kept


def area_under_curve(score: Floats, positive: NDArray[np.bool_]) -> float:
    """Chance that a positive scores above a negative (area under the ROC curve); nan where one kind is absent."""
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    negatives, positives = np.sort(score[~positive]), score[positive]
    beaten = np.searchsorted(negatives, positives, "left") + np.searchsorted(negatives, positives, "right")
    return float(beaten.sum() / (2 * n_positive * n_negative))  # a tie was counted once of twice: it is half a win


def average_area(probabilities: Floats, truth: Labels) -> float:
    """Mean over classes of the one-against-rest area under the curve; nan where none is defined."""
    areas = [area_under_curve(probabilities[:, c], truth == c) for c in range(probabilities.shape[1])]
    defined = [area for area in areas if np.isfinite(area)]
    return float(np.mean(defined)) if defined else float("nan")


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
