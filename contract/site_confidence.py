"""Temperature, threshold, candidates and the limit of strangeness, fitted on one microscope's few cells."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Abstention
from contract.confidence import calibrate
from contract.fitting import fit_abstention, fit_conformal
from contract.outside import Outside, rate_strangeness
from contract.site_cells import LabelledCell

FEWEST_FOR_SETS = 19
"""With fewer cells of a class no score stands at 95 of 100; its candidates are then chosen as for all together."""

KEPT_HERE = 0.95
"""Share of this microscope's own cells that must not count as strange; the shipped limit comes from other lenses."""

FEWEST_FOR_OUTSIDE = 20

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


def fit_site_confidence(
    logits: Floats, truth: Indices, weight: Floats, classes: Sequence[str], named_accuracy: float
) -> tuple[Abstention, dict[str, float]]:
    """Fit temperature and threshold, then the quantiles of the conformal sets.

    Args:
        logits: (n, C) of cells that the head had not seen.
        truth: (n,) class indices.
        weight: (n,) what each counts for the temperature.
        classes: C names.
        named_accuracy: how often what is named must be right, 0..1.

    Returns:
        Abstention, and the quantile of each class.
    """
    cell = fit_abstention(logits, truth, named_accuracy, weight)
    return cell, fit_site_sets(calibrate(logits, cell.temperature), truth, classes)


def fit_site_sets(probabilities: Floats, truth: Indices, classes: Sequence[str]) -> dict[str, float]:
    """Quantiles by class; a class with too few cells for its own takes that of all cells, or its worst where higher.

    Args:
        probabilities: (n, C) calibrated.
        truth: (n,) class indices.
        classes: C names.

    Returns:
        For each class the largest 1 - p at which it stays a candidate.
    """
    own = fit_conformal(probabilities, truth, classes)
    told = probabilities[np.arange(len(truth)), truth]
    together = np.column_stack([told, 1 - told])
    shared = fit_conformal(together, np.zeros(len(truth), np.intp), ("all", "none"))["all"]
    quantiles = {}
    for index, name in enumerate(classes):
        mine = 1 - told[truth == index]
        few = len(mine) < FEWEST_FOR_SETS
        quantiles[name] = max(shared, float(mine.max(initial=0.0))) if few else own[name]
    return quantiles


def widen_outside(outside: Outside | None, cells: Sequence[LabelledCell]) -> Outside | None:
    """Let this microscope's own cells pass; the limit is never narrowed, for strange cells were not asked about.

    Args:
        outside: of the bundle.
        cells: known ones.

    Returns:
        The same with the higher of both limits; unchanged with fewer than `FEWEST_FOR_OUTSIDE` cells.
    """
    if outside is None or len(cells) < FEWEST_FOR_OUTSIDE:
        return outside
    scores = rate_strangeness([cell.pooled for cell in cells], outside)
    return outside.model_copy(update={"threshold": max(outside.threshold, float(np.quantile(scores, KEPT_HERE)))})


def find_strange(outside: Outside | None, cells: Sequence[LabelledCell]) -> NDArray[np.bool_]:
    """(n,) whether each cell lies outside, by a limit that may have been widened."""
    if outside is None or not cells:
        return np.zeros(len(cells), bool)
    return rate_strangeness([cell.pooled for cell in cells], outside) > outside.threshold
