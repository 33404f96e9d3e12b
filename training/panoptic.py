"""Panoptic quality: whether each cell was found as one cell, and how well its outline fits, in one figure."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.instances import separate_cells
from contract.outputs import Outputs
from contract.prepare import Prepared
from training.intervals import Estimate, estimate
from training.overlap import CYTOPLASM, NUCLEUS, UNKNOWN

MATCH_IOU = 0.5
"""Above it two segments are one: no third can overlap either as much."""

VOID = -1

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Segments:
    """How the found segments of one picture, or of many together, match the human ones.

    Attributes:
        matched: pairs with an IoU above `MATCH_IOU`.
        iou_sum: of those pairs.
        missed: human segments without a partner.
        invented: found segments without a partner, unless most of them lies where no human judged.
    """

    matched: int
    iou_sum: float
    missed: int
    invented: int


@dataclass(frozen=True, slots=True)
class SeenSegments:
    """Segments of one picture: whole cells, and their nuclei (the lobes of one cell are one nucleus)."""

    cells: Segments
    nuclei: Segments


@dataclass(frozen=True, slots=True)
class PanopticScores:
    """Panoptic quality over pictures: quality = segmentation * recognition.

    Attributes:
        quality: sum of the pairs' IoU / (matched + missed / 2 + invented / 2).
        segmentation: mean IoU of the pairs.
        recognition: F1 of finding.
        counted: the segments behind them.

    Source: Kirillov et al. 2019, arXiv 1801.00868.
    """

    quality: Estimate
    segmentation: Estimate
    recognition: Estimate
    counted: Segments


def number_human(tissue: NDArray[np.uint8], boxes: NDArray[np.float32]) -> Labels:
    """Tell the cells of a human mask apart: components, divided where several boxes lie in one.

    Args:
        tissue: (h, w) 0 background, 1 cytoplasm, 2 nucleus, 255 unknown.
        boxes: (n, 4) of the picture's cells; slivers at the rim have none.

    Returns:
        (h, w) int32: 0 background, number of the box plus 1, `VOID` where no cell can be asked for.
    """
    inside = (tissue == CYTOPLASM) | (tissue == NUCLEUS)
    _, components = cv2.connectedComponents(inside.astype(np.uint8), connectivity=8)
    owners: dict[int, list[int]] = {}
    for index, box in enumerate(boxes):
        x0, y0, x1, y1 = (max(0, round(float(value))) for value in box)
        held = np.bincount(components[y0:y1, x0:x1].ravel(), minlength=1)
        held[0] = 0
        if held.any():
            owners.setdefault(int(held.argmax()), []).append(index)
    numbers = np.where(inside | (tissue == UNKNOWN), VOID, 0).astype(np.int32)
    for component, owned in owners.items():
        rows, columns = np.nonzero(components == component)
        away = np.stack([_distance(boxes[index], rows, columns) for index in owned])
        numbers[rows, columns] = np.asarray(owned, np.int32)[away.argmin(axis=0)] + 1
    return numbers


def number_found(outputs: Outputs, prepared: Prepared, manifest: Manifest, drawn: NDArray[np.uint8]) -> Labels:
    """Tell the found cells apart at the size of their label map.

    Args:
        outputs: of the prepared field.
        prepared: the field itself.
        manifest: mask stride.
        drawn: (H, W) its label map, from `label_map`.

    Returns:
        (H, W) int32, 0 background, else the number of the cell.
    """
    shape = (prepared.image.shape[0], prepared.image.shape[1])
    found = separate_cells(outputs.mask, outputs.interior, manifest.mask_stride, shape, prepared.um_per_px)
    # the label map reaches one pixel of the grid beyond the cells
    labels = found.draw_labels().astype(np.float32)
    wider = np.where(labels > 0, labels, cv2.dilate(labels, np.ones((3, 3), np.uint8)))
    size = (drawn.shape[1], drawn.shape[0])
    return np.where(drawn > 0, cv2.resize(wider, size, interpolation=cv2.INTER_NEAREST), 0).astype(np.int32)


def match_segments(truth: Labels, found: Labels) -> Segments:
    """Pair human with found segments, as panoptic quality does; what lies in `VOID` counts for nobody.

    Args:
        truth: (h, w), 0 background, `VOID` unknown.
        found: (h, w), 0 background.

    Returns:
        The counts.
    """
    known = truth != VOID
    sizes = np.bincount(found.ravel())
    shown = np.bincount(found[known], minlength=len(sizes))
    pairs, shared = np.unique(np.stack([truth[known], found[known]]), axis=1, return_counts=True)
    wanted = {int(number): int((truth == number).sum()) for number in np.unique(truth) if number > 0}
    given = {int(number): int(shown[number]) for number in np.flatnonzero(sizes) if number}
    partners: set[int] = set()
    iou_sum = 0.0
    for (number, other), both in zip(pairs.T.tolist(), shared.tolist(), strict=True):
        if number and other and both > MATCH_IOU * (union := wanted[number] + given[other] - both):
            partners.add(other)
            iou_sum += both / union
    alone = [other for other in given if other not in partners and given[other] >= (1 - MATCH_IOU) * sizes[other]]
    return Segments(len(partners), iou_sum, len(wanted) - len(partners), len(alone))


def compare_segments(
    tissue: NDArray[np.uint8], boxes: NDArray[np.float32], drawn: NDArray[np.uint8], found: Labels
) -> SeenSegments:
    """Match the cells and the nuclei of one picture with a human mask.

    Args:
        tissue: (h, w) the human mask.
        boxes: (n, 4) of its cells.
        drawn: (h, w) the label map that was found.
        found: (h, w) from `number_found`.

    Returns:
        Both matches.
    """
    truth = number_human(tissue, boxes)
    nuclei = np.where((tissue == NUCLEUS) | (truth == VOID), truth, 0)
    return SeenSegments(match_segments(truth, found), match_segments(nuclei, np.where(drawn == NUCLEUS, found, 0)))


def score_segments(pictures: Sequence[Segments], units: Sequence[str]) -> PanopticScores:
    """Score many pictures together.

    Args:
        pictures: matches, one for each picture.
        units: slide or block of each, for the intervals.

    Returns:
        The scores.
    """
    counts = np.array([[one.matched, one.iou_sum, one.missed, one.invented] for one in pictures]).reshape(-1, 4)

    def measure(part: int) -> Estimate:
        return estimate(lambda rows: _qualities(counts[rows].sum(axis=0))[part], units)

    matched, iou_sum, missed, invented = counts.sum(axis=0)
    counted = Segments(int(matched), float(iou_sum), int(missed), int(invented))
    return PanopticScores(measure(0), measure(1), measure(2), counted)


def _qualities(counts: NDArray[np.float64]) -> tuple[float, float, float]:
    matched, iou_sum, missed, invented = (float(value) for value in counts)
    asked = matched + missed / 2 + invented / 2
    if not asked:
        return float("nan"), float("nan"), float("nan")
    return iou_sum / asked, iou_sum / matched if matched else float("nan"), matched / asked


def _distance(box: NDArray[np.float32], rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """Distance from the middle of a box in halves of its sides, so that a large cell reaches farther."""
    x0, y0, x1, y1 = (float(value) for value in box)
    across = (columns + 0.5 - (x0 + x1) / 2) / max((x1 - x0) / 2, 0.5)
    down = (rows + 0.5 - (y0 + y1) / 2) / max((y1 - y0) / 2, 0.5)
    return np.asarray(np.hypot(across, down), np.float64)
