"""The figures of one source of pictures: cells, distinct cells, fields and masks, each with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contract.bundle import Manifest
from training.intervals import Estimate, estimate, mean_of
from training.metrics import average_recall
from training.naming import NamingScores, score_naming
from training.observe import SeenImage
from training.overlap import MaskScores, score_masks
from training.tabulate import choose_units, merge_same_cells, tabulate_cells, tabulate_fields


@dataclass(frozen=True, slots=True)
class MaskEstimates:
    """How masks agree with human ones; Dice is the mean over pictures, IoU is over all pixels together."""

    images: int
    dice_nucleus: Estimate
    dice_cell: Estimate
    miou: Estimate
    iou: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class SourceScores:
    """Every figure of one source that its labels allow.

    Attributes:
        source: data set.
        images: pictures.
        intervals_by: what the bootstrap draws: "group" (slide or block), or "image" where there is one group only.
        recall: share of true cells that were found (see `match_boxes`); None where none is marked.
        recall_half: share of true cells that were found with an IoU of boxes of 0.5 or more.
        unmatched_per_image: found cells that no box shows; errors only where every white cell is boxed.
        cells: naming by box, of the boxes that were found.
        distinct: the same by physical cell: mean probability over its boxes.
        macro_accuracy_missed_wrong: macro accuracy by box in which a missed cell is a wrong answer.
        fields: naming of whole fields.
        masks: against human masks.
    """

    source: str
    images: int
    intervals_by: str
    recall: Estimate | None
    recall_half: Estimate | None
    unmatched_per_image: float
    cells: NamingScores | None
    distinct: NamingScores | None
    macro_accuracy_missed_wrong: Estimate | None
    fields: NamingScores | None
    masks: MaskEstimates | None

    def __str__(self) -> str:
        """One line for a terminal."""
        parts = [f"{self.source}: {self.images} images"]
        if self.recall is not None:
            parts.append(f"cells found {self.recall}")
        for kind, scores in (("fields", self.fields), ("cells", self.cells), ("distinct cells", self.distinct)):
            if scores is not None:
                parts.append(f"macro accuracy of {kind} {scores.macro_accuracy}")
        if self.masks is not None:
            parts.append(f"Dice nucleus {self.masks.dice_nucleus}, whole cell {self.masks.dice_cell}")
        return "; ".join(parts)


def score_sources(images: Sequence[SeenImage], manifest: Manifest) -> dict[str, SourceScores]:
    """Score each source by itself: an average over sources would hide the one that fails.

    Args:
        images: observed through a manifest whose temperatures are 1.
        manifest: with fitted confidence.

    Returns:
        Scores by source, in alphabetical order.
    """
    return {
        source: _score_source(source, [image for image in images if image.source == source], manifest)
        for source in sorted({image.source for image in images})
    }


def score_masks_of(images: Sequence[SeenImage], units: dict[str, str]) -> MaskEstimates | None:
    """Compare drawn with human masks, where there are any.

    Args:
        images: observed.
        units: what the bootstrap draws, by picture.

    Returns:
        The scores, or None.
    """
    masked = [image for image in images if image.pixels is not None]
    if not masked:
        return None
    counts = np.stack([image.pixels for image in masked if image.pixels is not None])
    each = [score_masks(count) for count in counts]
    groups = [units[image.image] for image in masked]
    whole: MaskScores = score_masks(counts.sum(axis=0))
    return MaskEstimates(
        images=len(masked),
        dice_nucleus=estimate(mean_of(np.array([one.dice_nucleus for one in each])), groups),
        dice_cell=estimate(mean_of(np.array([one.dice_cell for one in each])), groups),
        miou=estimate(lambda rows: score_masks(counts[rows].sum(axis=0)).miou, groups),
        iou=whole.iou,
    )


def _score_source(source: str, images: Sequence[SeenImage], manifest: Manifest) -> SourceScores:
    units, intervals_by = choose_units(images)
    cells = tabulate_cells(images, len(manifest.classes), units)
    fields = tabulate_fields(images, len(manifest.classes), units)
    boxes = [(units[image.image], cell) for image in images for cell in image.cells]
    found = np.array([cell.read is not None for _, cell in boxes])
    half = np.array([cell.iou >= 0.5 for _, cell in boxes])
    return SourceScores(
        source=source,
        images=len(images),
        intervals_by=intervals_by,
        recall=estimate(mean_of(found), [unit for unit, _ in boxes]) if boxes else None,
        recall_half=estimate(mean_of(half), [unit for unit, _ in boxes]) if boxes else None,
        unmatched_per_image=float(np.mean([image.unmatched for image in images])),
        cells=score_naming(cells, manifest, manifest.cell, sets=True),
        distinct=score_naming(merge_same_cells(cells), manifest, manifest.cell, sets=True),
        macro_accuracy_missed_wrong=_count_missed_as_wrong(images, units, manifest),
        fields=None if manifest.field is None else score_naming(fields, manifest, manifest.field, sets=False),
        masks=score_masks_of(images, units),
    )


def _count_missed_as_wrong(images: Sequence[SeenImage], units: dict[str, str], manifest: Manifest) -> Estimate | None:
    boxes = [(units[image.image], cell) for image in images for cell in image.cells if cell.truth >= 0]
    if not boxes:
        return None
    truth = np.array([cell.truth for _, cell in boxes])
    called = np.array([-1 if cell.read is None else _likeliest(cell.read.probabilities) for _, cell in boxes])
    units_of = [unit for unit, _ in boxes]
    return estimate(lambda rows: average_recall(truth[rows], called[rows]), units_of, classes=truth)


def _likeliest(probabilities: dict[str, float]) -> int:
    return int(np.argmax(list(probabilities.values())))
