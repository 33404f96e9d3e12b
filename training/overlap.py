"""How well drawn masks cover human ones: Dice and intersection over union."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TISSUES = 3
UNKNOWN = 255
CYTOPLASM, NUCLEUS = 1, 2


@dataclass(frozen=True, slots=True)
class MaskScores:
    """How one image's mask compares with the human one, or many images' together.

    Attributes:
        dice_nucleus: 2 |A and B| / (|A| + |B|) of nucleus.
        dice_cell: the same of nucleus and cytoplasm together.
        iou: intersection over union of background, cytoplasm, nucleus.
        miou: mean of `iou`.
    """

    dice_nucleus: float
    dice_cell: float
    iou: tuple[float, float, float]
    miou: float


def count_pixels(truth: NDArray[np.uint8], drawn: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count pixels by human (row) and drawn (column) tissue, leaving out those no human judged.

    Args:
        truth: (h, w) 0 background, 1 cytoplasm, 2 nucleus, 255 unknown.
        drawn: (h, w) 0, 1, 2.

    Returns:
        (3, 3) int64.
    """
    known = truth != UNKNOWN
    pairs = truth[known].astype(np.intp) * TISSUES + drawn[known]
    return np.bincount(pairs, minlength=TISSUES**2).reshape(TISSUES, TISSUES)


def score_masks(counts: NDArray[np.int64]) -> MaskScores:
    """Turn pixel counts, of one image or summed over many, into Dice and IoU; what neither drew is nan.

    Args:
        counts: (3, 3) from `count_pixels`.

    Returns:
        The scores.
    """
    hits, true, drawn = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    iou = tuple(_ratio(h, t + d - h) for h, t, d in zip(hits, true, drawn, strict=True))
    both = counts[CYTOPLASM:, CYTOPLASM:].sum()
    return MaskScores(
        dice_nucleus=_ratio(2 * hits[NUCLEUS], true[NUCLEUS] + drawn[NUCLEUS]),
        dice_cell=_ratio(2 * both, true[CYTOPLASM:].sum() + drawn[CYTOPLASM:].sum()),
        iou=(iou[0], iou[1], iou[2]),
        miou=float(np.mean(iou)),
    )


def _ratio(part: int, whole: int) -> float:
    return float(part / whole) if whole else float("nan")
