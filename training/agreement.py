"""Agreement with masks made from colour: the measure of the first models of the screening data, kept to compare."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.hidden import find_hidden
from training.intervals import Estimate, estimate, mean_of
from training.stain import mask_by_lab
from training.tfrecords import Example


@dataclass(frozen=True, slots=True)
class Agreement:
    """How found cells agree with `mask_by_lab`; no measure of truth.

    Attributes:
        images: pictures.
        miou: mean IoU of background and white cell over all pixels together.
        miou_by_image: the same of each picture, averaged.
        iou: of background and of white cell, over all pixels together.
    """

    images: int
    miou: Estimate
    miou_by_image: Estimate
    iou: tuple[float, float]


def count_agreement(example: Example, drawn: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count pixels by colour's opinion (row) and the model's (column), background before cell.

    What is hidden in a prepared picture is left out.

    Args:
        example: the picture.
        drawn: (h, w) label map that was found, 0 background.

    Returns:
        (2, 2) int64.
    """
    shown = ~find_hidden(example)
    pairs = 2 * mask_by_lab(example.image)[shown].astype(np.intp) + (drawn[shown] > 0)
    return np.bincount(pairs, minlength=4).reshape(2, 2)


def score_agreement(counts: Sequence[NDArray[np.int64]], units: Sequence[str]) -> Agreement:
    """Score many pictures.

    Args:
        counts: from `count_agreement`, at least one.
        units: slide or block of each, for the intervals.

    Returns:
        The scores.
    """
    stacked = np.stack(counts)
    each = np.array([np.mean(_ious(one)) for one in stacked])
    background, cell = _ious(stacked.sum(axis=0))
    return Agreement(
        images=len(stacked),
        miou=estimate(lambda rows: float(np.mean(_ious(stacked[rows].sum(axis=0)))), units),
        miou_by_image=estimate(mean_of(each), units),
        iou=(background, cell),
    )


def _ious(counts: NDArray[np.int64]) -> tuple[float, float]:
    """IoU of background and of cell; 1 where neither drew any."""
    unions = counts.sum(axis=0) + counts.sum(axis=1) - np.diag(counts)
    shares = np.divide(np.diag(counts), unions, out=np.ones(2), where=unions > 0)
    return float(shares[0]), float(shares[1])
