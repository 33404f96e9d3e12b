"""The figures of an evaluation: confusion, reliability, risk against coverage, worst mistakes, masks over pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.reading import label_map
from training.forward import OutputsOf
from training.metrics import bin_reliability, count_confusion, trade_risk
from training.observe import SeenImage, as_prepared
from training.overlap import CYTOPLASM, NUCLEUS
from training.tabulate import Named
from training.tfrecords import Example

NUCLEUS_RGB, CELL_RGB = (0, 90, 181), (220, 50, 32)  # a pair that colour-blind people tell apart
CROP_MARGIN_PX = 12
SHOWN_PX = 192


@dataclass(frozen=True, slots=True)
class Mistake:
    """A cell or field that was called wrongly, and how surely; `thing` is the physical cell, or the picture."""

    thing: str
    source: str
    image: str
    row: int
    truth: int
    called: int
    confidence: float


def draw_naming(things: Named, classes: Sequence[str], title: str, path: Path) -> None:
    """Draw confusion, reliability and risk-coverage side by side.

    Args:
        things: calibrated.
        classes: names.
        title: what they are.
        path: PNG to write.
    """
    figure = Figure(figsize=(15, 4.8), layout="constrained")
    figure.suptitle(title)
    left, middle, right = figure.subplots(1, 3)
    correct, sure = things.called == things.truth, things.probabilities.max(axis=1)
    _draw_confusion(left, count_confusion(things.truth, things.called, len(classes)), classes)
    _draw_reliability(middle, sure, correct)
    coverage, risk = trade_risk(sure, correct)
    right.plot(coverage, risk)
    right.set(xlabel="share of cells named", ylabel="share of those named wrongly", xlim=(0, 1), ylim=(0, None))
    figure.savefig(path, dpi=90)


def find_mistakes(images: Sequence[SeenImage], most: int) -> list[Mistake]:
    """List the surest wrong answers, each physical cell once.

    Args:
        images: observed.
        most: how many at most.

    Returns:
        Mistakes, surest first.
    """
    answers = [
        Mistake(thing, image.source, image.image, row, truth, int(np.argmax(shares)), max(shares))
        for image in images
        for thing, row, truth, shares in _answers(image)
    ]
    wrong = [answer for answer in answers if answer.truth >= 0 and answer.truth != answer.called]
    surest = {(one.source, one.thing): one for one in sorted(wrong, key=lambda answer: answer.confidence)}
    return sorted(surest.values(), key=lambda answer: -answer.confidence)[:most]


def draw_mistakes(mistakes: Sequence[Mistake], examples: Iterable[Example], classes: Sequence[str], path: Path) -> None:
    """Draw wrong answers as pictures with what they are and what they were called.

    Args:
        mistakes: from `find_mistakes`.
        examples: pictures among which theirs are.
        classes: names.
        path: PNG to write.
    """
    wanted = {(mistake.source, mistake.image) for mistake in mistakes}
    pictures = {(one.source, one.id): one for one in examples if (one.source, one.id) in wanted}
    figure = Figure(figsize=(15, 2.9 * -(-len(mistakes) // 6)), layout="constrained")
    for place, mistake in enumerate(mistakes, start=1):
        axes = figure.add_subplot(-(-len(mistakes) // 6), 6, place)
        axes.imshow(_cut(pictures[mistake.source, mistake.image], mistake.row))
        axes.set_title(
            f"{classes[mistake.truth]}\ncalled {classes[mistake.called]} {mistake.confidence:.2f}", fontsize=9
        )
        axes.set_xlabel(f"{mistake.source} {Path(mistake.image).name}", fontsize=6)
        axes.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=90)


def draw_masks(examples: Sequence[Example], outputs_of: OutputsOf, manifest: Manifest, path: Path) -> None:
    """Draw pictures with the outlines of nucleus (blue) and cell (red): found above, human below where there is one.

    Args:
        examples: one or more pictures.
        outputs_of: the model.
        manifest: how it is read.
        path: PNG to write.
    """
    lines = 1 + any(example.human_mask for example in examples)
    figure = Figure(figsize=(3.2 * len(examples), 3.3 * lines), layout="constrained")
    for column, example in enumerate(examples, start=1):
        prepared = as_prepared(example, manifest.um_per_px)
        drawn = label_map(outputs_of(prepared), prepared, manifest.mask_stride)
        rows = [("found", drawn), ("human", example.target[..., 0])] if example.human_mask else [("found", drawn)]
        for row, (name, label) in enumerate(rows):
            axes = figure.add_subplot(lines, len(examples), column + row * len(examples))
            axes.imshow(outline(example.image, label)[_about_first_cell(example)])
            axes.set_title(f"{name}: {Path(example.id).name}", fontsize=8)
            axes.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=90)


def outline(image: NDArray[np.uint8], label: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Draw the outlines of a label map on a picture.

    Args:
        image: (h, w, 3) uint8 RGB.
        label: (h, w) 0 background, 1 cytoplasm, 2 nucleus, 255 unknown.

    Returns:
        A new picture.
    """
    canvas = np.ascontiguousarray(image.copy())
    cell = ((label == CYTOPLASM) | (label == NUCLEUS)).astype(np.uint8)
    for mask, colour in ((cell, CELL_RGB), ((label == NUCLEUS).astype(np.uint8), NUCLEUS_RGB)):
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(canvas, contours, -1, colour, 1)
    return canvas


def _draw_confusion(axes: Any, confusion: NDArray[np.int64], classes: Sequence[str]) -> None:
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(confusion):
        dark = shares[row, column] > 0.5
        axes.text(column, row, str(count), ha="center", va="center", color="white" if dark else "black")
    axes.set(xlabel="called", ylabel="true", xticks=range(len(classes)), yticks=range(len(classes)))
    axes.set_xticklabels(classes, rotation=30, ha="right")
    axes.set_yticklabels(classes)


def _draw_reliability(axes: Any, confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> None:
    bins = bin_reliability(confidence, correct)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    sizes = [10 + 300 * one.count / max(len(correct), 1) for one in bins]
    axes.scatter([one.confidence for one in bins], [one.accuracy for one in bins], s=sizes)
    axes.set(xlabel="confidence", ylabel="share right", xlim=(0, 1), ylim=(0, 1.02))


def _answers(image: SeenImage) -> Iterable[tuple[str, int, int, list[float]]]:
    if image.field is not None:
        yield image.image, -1, image.field_truth, [float(share) for share in image.field]
        return
    for row, cell in enumerate(image.cells):
        if cell.read is not None:
            yield cell.cell, row, cell.truth, list(cell.read.probabilities.values())


def _about_first_cell(example: Example) -> tuple[slice, slice]:
    """A window about the first cell of a field, small enough to see its outline; the whole of a small picture."""
    height, width = example.image.shape[:2]
    x0, y0, x1, y1 = example.boxes[0] if len(example.boxes) else (0, 0, width, height)
    top = int(np.clip((y0 + y1) / 2 - SHOWN_PX / 2, 0, max(0, height - SHOWN_PX)))
    left = int(np.clip((x0 + x1) / 2 - SHOWN_PX / 2, 0, max(0, width - SHOWN_PX)))
    return slice(top, top + SHOWN_PX), slice(left, left + SHOWN_PX)


def _cut(example: Example, row: int) -> NDArray[np.uint8]:
    if row < 0:
        return example.image
    height, width = example.image.shape[:2]
    x0, y0, x1, y1 = (int(value) for value in example.boxes[row])
    top, left = max(0, y0 - CROP_MARGIN_PX), max(0, x0 - CROP_MARGIN_PX)
    return example.image[top : min(height, y1 + CROP_MARGIN_PX), left : min(width, x1 + CROP_MARGIN_PX)]
