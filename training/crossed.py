"""Slides left out in turn: what networks say of slides they were trained without, taken together.

Where a site has a handful of slides, a single test set says little. Each slide is left out of one training; the answers
for it are those of the network that never saw it. Confidence fitted on these answers is honest about new slides of the
site, and scored without the slides it is judged on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contract.bundle import Manifest
from contract.confidence import choose_candidates
from contract.fitting import fit_abstention, fit_conformal
from training.intervals import Estimate, estimate, mean_of
from training.metrics import ClassScores, average_recall, count_confusion, expected_calibration_error, score_classes
from training.observe import SeenImage
from training.tabulate import Named, merge_same_cells, tabulate_cells


@dataclass(frozen=True, slots=True)
class CrossedScores:
    """How cells of left-out slides are named; every figure by distinct physical cell, intervals by slide.

    Attributes:
        turns: number of trainings.
        cells: distinct cells.
        found: share of true boxes that were found.
        macro_accuracy: mean over classes of the share named rightly, all answers counted.
        ece: expected calibration error, temperature fitted on the other turns.
        named_share, named_accuracy: with the threshold fitted on the other turns.
        set_coverage, set_size: of conformal sets fitted on the other turns.
        classes: precision, recall and F1.
        confusion: rows true, columns called.
    """

    turns: int
    cells: int
    found: Estimate
    macro_accuracy: Estimate
    ece: Estimate
    named_share: Estimate
    named_accuracy: Estimate
    set_coverage: Estimate
    set_size: Estimate
    classes: dict[str, ClassScores]
    confusion: list[list[int]]


@dataclass(frozen=True, slots=True)
class _Answer:
    truth: int
    called: int
    sure: float
    named: bool
    held: bool
    size: int
    unit: str


def score_crossed(turns: Mapping[str, Sequence[SeenImage]], draft: Manifest, named_accuracy: float) -> CrossedScores:
    """Score slides left out in turn, confidence always fitted on the slides of the other turns.

    Args:
        turns: by name, the left-out pictures as their network saw them, through a manifest whose temperatures are 1.
        draft: that manifest.
        named_accuracy: how often what is named must be right, 0..1.

    Returns:
        The scores.
    """
    count = len(draft.classes)
    tables = {name: tabulate_cells(images, count) for name, images in turns.items()}
    answers: list[_Answer] = []
    for name, table in tables.items():
        others = [image for other, images in turns.items() if other != name for image in images]
        answers += _answer(merge_same_cells(table), tabulate_cells(others, count), draft, named_accuracy)
    truth = np.array([answer.truth for answer in answers])
    called = np.array([answer.called for answer in answers])
    right = truth == called
    sure, named = (np.array([getattr(answer, name) for answer in answers]) for name in ("sure", "named"))
    units = [answer.unit for answer in answers]
    boxes = [
        (image.group, cell.read is not None) for images in turns.values() for image in images for cell in image.cells
    ]
    confusion = count_confusion(truth, called, count)
    return CrossedScores(
        turns=len(turns),
        cells=len(answers),
        found=estimate(mean_of(np.array([found for _, found in boxes])), [group for group, _ in boxes]),
        macro_accuracy=estimate(lambda rows: average_recall(truth[rows], called[rows]), units, classes=truth),
        ece=estimate(lambda rows: expected_calibration_error(sure[rows], right[rows]), units),
        named_share=estimate(mean_of(named), units),
        named_accuracy=estimate(mean_of(np.where(named, right, np.nan)), units),
        set_coverage=estimate(mean_of(np.array([answer.held for answer in answers])), units),
        set_size=estimate(mean_of(np.array([float(answer.size) for answer in answers])), units),
        classes=dict(zip(draft.classes, score_classes(confusion), strict=True)),
        confusion=confusion.tolist(),
    )


def _answer(cells: Named, others: Named, draft: Manifest, named_accuracy: float) -> list[_Answer]:
    abstention = fit_abstention(others.logits, others.truth, named_accuracy)
    conformal = fit_conformal(others.calibrated(abstention.temperature).probabilities, others.truth, draft.classes)
    told = cells.calibrated(abstention.temperature)
    rows = zip(told.truth, told.probabilities, told.unit, strict=True)
    answers = []
    for truth, probabilities, unit in rows:
        kept = choose_candidates(probabilities, draft.classes, conformal)
        sure = float(probabilities.max())
        held = draft.classes[truth] in kept
        named = sure >= abstention.threshold
        answers.append(_Answer(int(truth), int(probabilities.argmax()), sure, named, held, len(kept), unit))
    return answers
