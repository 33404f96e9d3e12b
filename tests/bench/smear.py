"""How many simulated white cells a bundle finds, and how much of what it finds is none."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from contract.bundle import Bundle
from contract.cell import Cell
from contract.cell_types import UNIDENTIFIED
from contract.moments import now
from contract.settings_files import load_settings
from device.frame import make_frame
from device.network.classifier import Classifier
from device.quality.picture import measure_quality
from device.smear.slide import VirtualSlide
from device.smear.truth import WhiteCellTruth

UM_PER_PX = 0.15
SHAPE = (600, 960)
STEP_UM = 200.0  # farther than a field is wide: no cell is met twice


@dataclass(frozen=True)
class Tally:
    """Outcome over the fields; cells cut by the border are neither true nor false, as nobody counts them."""

    fields: int
    true: int
    found: int
    missed: int
    false: int
    named: int
    named_right: int
    unidentified: int
    confused: dict[tuple[str, str], int]

    @property
    def recall(self) -> float:
        return (self.true - self.missed) / self.true

    @property
    def false_share(self) -> float:
        return self.false / self.found


def tally_slide(bundle: Bundle, fields: int = 20, seed: int = 977) -> Tally:
    """Predict fields of a slide that no training set holds and compare with what was drawn."""
    slide, limits = VirtualSlide(seed), load_settings().device.quality
    counts: Counter[str] = Counter()
    confused: Counter[tuple[str, str]] = Counter()
    with Classifier(bundle, threads=1) as classifier:
        for number in range(fields):
            image, truth = slide.render(number * STEP_UM, 0.0, *SHAPE, UM_PER_PX, exposure=number)
            quality = measure_quality(image, UM_PER_PX, limits)
            frame = make_frame(image, quality, UM_PER_PX, seq=number + 1, captured_at=now(), simulated=True)
            _tally_field(classifier.predict(frame).cells, truth.cells, truth.instances, counts, confused)
    return Tally(
        fields=fields,
        **{k: counts[k] for k in ("true", "found", "missed", "false", "named", "named_right", "unidentified")},
        confused=dict(confused),
    )


def _tally_field(
    cells: tuple[Cell, ...],
    truths: tuple[WhiteCellTruth, ...],
    instances: np.ndarray,
    counts: Counter[str],
    confused: Counter[tuple[str, str]],
) -> None:
    by_instance = {truth.instance: truth for truth in truths}
    seen: set[int] = set()
    for cell in cells:
        hit = instance_under(cell, instances)
        truth = by_instance.get(hit)
        if truth is None:
            counts.update(found=1, false=1)
        elif truth.touches_border:
            continue
        elif hit in seen:
            counts.update(found=1, false=1)  # one cell torn in two: the second half is no white cell
        else:
            seen.add(hit)
            counts.update(found=1)
            if cell.cell_type == UNIDENTIFIED:
                counts.update(unidentified=1)
            else:
                counts.update(named=1, named_right=cell.cell_type == truth.cell_type)
                if cell.cell_type != truth.cell_type:
                    confused[truth.cell_type, cell.cell_type] += 1
    whole = {truth.instance for truth in truths if not truth.touches_border}
    counts.update(true=len(whole), missed=len(whole - seen))


def instance_under(cell: Cell, instances: np.ndarray) -> int:
    """The drawn cell that fills most of the found box, or 0 where none fills a quarter of it."""
    x0, y0, x1, y1 = cell.box
    inside = instances[y0:y1, x0:x1]
    numbers, areas = np.unique(inside[inside > 0], return_counts=True)
    if not len(numbers) or areas.max() < 0.25 * inside.size:
        return 0
    return int(numbers[areas.argmax()])
