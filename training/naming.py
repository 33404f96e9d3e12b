"""How well things of known class are named: every figure with its interval, abstentions and candidates counted."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Abstention, Manifest
from contract.confidence import choose_candidates
from contract.fit_outside import score
from training.intervals import Estimate, estimate, mean_of
from training.metrics import (
    ClassScores,
    average_area,
    average_recall,
    count_confusion,
    expected_calibration_error,
    score_classes,
)
from training.tabulate import Named


@dataclass(frozen=True, slots=True)
class NamingScores:
    """How things of known class were named.

    Attributes:
        rows: how many.
        accuracy, macro_accuracy: of the likeliest class, all answers counted; macro: mean over classes.
        auc: mean over classes of the one-against-rest area under the ROC curve.
        ece: expected calibration error.
        named_share: share that is named and not left unidentified.
        named_accuracy: accuracy among those.
        set_coverage, set_size: of the conformal sets, for cells; None for fields.
        classes: precision, recall and F1 by class.
        confusion: rows true, columns called, in the order of the classes.
    """

    rows: int
    accuracy: Estimate
    macro_accuracy: Estimate
    auc: Estimate
    ece: Estimate
    named_share: Estimate
    named_accuracy: Estimate
    set_coverage: Estimate | None
    set_size: Estimate | None
    classes: dict[str, ClassScores]
    confusion: list[list[int]]


def score_naming(things: Named, manifest: Manifest, abstention: Abstention, sets: bool) -> NamingScores | None:
    """Score how things of known class are named.

    Args:
        things: at temperature 1.
        manifest: classes, conformal quantiles, picture of known cells.
        abstention: temperature and threshold to apply.
        sets: whether conformal sets are scored too.

    Returns:
        The scores; None where there is nothing.
    """
    if not len(things.truth):
        return None
    things = things.calibrated(abstention.temperature)
    truth, called, sure = things.truth, things.called, things.probabilities.max(axis=1)
    right = called == truth
    named = sure >= abstention.threshold
    if manifest.outside is not None and things.inputs.size:
        named &= score(things.known, manifest.outside) <= manifest.outside.threshold
    kept = [choose_candidates(row, manifest.classes, manifest.conformal) for row in things.probabilities]
    held = np.array([manifest.classes[t] in names for t, names in zip(truth, kept, strict=True)])
    sizes = np.array([len(names) for names in kept])
    confusion = count_confusion(truth, called, len(manifest.classes))
    members = np.bincount(truth, minlength=len(manifest.classes))

    def measure(statistic: Callable[[NDArray[np.intp]], float]) -> Estimate:
        return estimate(statistic, things.unit)

    def measure_classes(statistic: Callable[[NDArray[np.intp]], float]) -> Estimate:
        return estimate(statistic, things.unit, classes=truth)

    return NamingScores(
        rows=len(truth),
        accuracy=measure(mean_of(right)),
        macro_accuracy=measure_classes(lambda rows: average_recall(truth[rows], called[rows])),
        auc=measure_classes(lambda rows: average_area(things.probabilities[rows], truth[rows])),
        ece=measure(lambda rows: expected_calibration_error(sure[rows], right[rows])),
        named_share=measure(mean_of(named)),
        named_accuracy=measure(mean_of(np.where(named, right, np.nan))),
        set_coverage=measure(mean_of(held)) if sets else None,
        set_size=measure(mean_of(sizes.astype(np.float64))) if sets else None,
        classes=dict(zip(manifest.classes, score_classes(confusion, members), strict=True)),
        confusion=confusion.tolist(),
    )
