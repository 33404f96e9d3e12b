"""The figures of an audit: how a model does on altered pictures, with intervals over slides or blocks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.audit_plan import Alteration
from training.audit_read import Answer
from training.intervals import Estimate, estimate, mean_of
from training.metrics import NOT_CALLED, Labels, average_recall


@dataclass(frozen=True, slots=True)
class AuditScores:
    """How a model does on altered pictures; without an answer is wrong, except in the last two.

    Attributes:
        family, name, level: of the alteration.
        rows: things of known class, times draws.
        answered: share that got any answer: its cell was found, or a cell in its field.
        accuracy, macro_accuracy: of the likeliest class.
        answered_accuracy: accuracy among the answered.
        told_macro_accuracy: macro accuracy by the pixels where the cells lay, for a model told where to look.
    """

    family: str
    name: str
    level: float
    rows: int
    answered: Estimate
    accuracy: Estimate
    macro_accuracy: Estimate
    answered_accuracy: Estimate
    told_macro_accuracy: Estimate


@dataclass(frozen=True, slots=True)
class SourceAudit:
    """The audit of one source.

    Attributes:
        source: data set.
        images: pictures altered.
        masks: whose masks say where cells are: "human", or "guessed".
        from_originals: alterations acted on original pictures.
        rows: scores of each alteration, the untouched picture first.
    """

    source: str
    images: int
    masks: str
    from_originals: bool
    rows: tuple[AuditScores, ...]


def score_answers(alteration: Alteration, answers: Sequence[Answer]) -> AuditScores:
    """Score what was said of altered pictures.

    Args:
        alteration: that was made.
        answers: to it, at least one.

    Returns:
        The scores.
    """
    truth, called, told = (np.array([answer[part] for answer in answers], np.intp) for part in range(3))
    units = [answer.unit for answer in answers]
    if len(set(units)) < 2:
        units = [answer.image for answer in answers]
    said, right = called != NOT_CALLED, called == truth

    def measure_classes(named: Labels) -> Estimate:
        return estimate(lambda rows: average_recall(truth[rows], named[rows]), units, classes=truth)

    return AuditScores(
        family=alteration.family,
        name=alteration.name,
        level=alteration.level,
        rows=len(answers),
        answered=estimate(mean_of(said), units),
        accuracy=estimate(mean_of(right), units),
        macro_accuracy=measure_classes(called),
        answered_accuracy=estimate(mean_of(np.where(said, right, np.nan)), units),
        told_macro_accuracy=measure_classes(told),
    )
