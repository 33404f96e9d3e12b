"""The worst mistakes, to be looked at: the cell, what it is, what it was called, how surely, and on what evidence."""

import base64
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.bundle import Abstention, Manifest
from contract.cell import Cell
from contract.confidence import calibrate, choose_candidates
from contract.evidence import describe_evidence
from contract.image import encode_jpeg
from contract.naming import LEAST_PROBABILITY
from training.figures_masks import CELL_RGB, NUCLEUS_RGB
from training.observe import SeenImage
from training.tabulate import find_silent
from training.tfrecords import Example

MOST_OF_SOURCE = 8
MARGIN_PX = 12
SHOWN_SIDE_PX = 160
JPEG_QUALITY = 88


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """A cell or field that was called wrongly.

    Attributes:
        thing: the physical cell, or the picture.
        source, image: where it is.
        row: which box of the picture; -1 the whole field.
        truth, called: class indices.
        probabilities: (C,) calibrated.
        named: confidence reached the threshold, so that a person would have read the wrong name.
        cell: what was found; None for a field.
    """

    thing: str
    source: str
    image: str
    row: int
    truth: int
    called: int
    probabilities: NDArray[np.float64]
    named: bool
    cell: Cell | None

    @property
    def confidence(self) -> float:
        """Of the wrong answer, calibrated."""
        return float(self.probabilities[self.called])


@dataclass(frozen=True, slots=True)
class MistakeCard:
    """A mistake as the report shows it; `picture` is a JPEG in base64, `evidence` what is told of the cell."""

    source: str
    image: str
    truth: str
    called: str
    confidence: float
    true_probability: float
    named: bool
    candidates: tuple[str, ...]
    evidence: str
    picture: str


def find_mistakes(images: Sequence[SeenImage], manifest: Manifest, most: int = MOST_OF_SOURCE) -> list[Mistake]:
    """List the surest wrong answers of each source, each physical cell once.

    Args:
        images: observed through a manifest whose temperatures are 1.
        manifest: with fitted confidence.
        most: of a source at most.

    Returns:
        Mistakes by source, surest first.
    """
    wrong = [one for image in images for one in _answer(image, manifest) if one.truth >= 0 and one.truth != one.called]
    surest = {(one.source, one.thing): one for one in sorted(wrong, key=lambda mistake: mistake.confidence)}
    kept: list[Mistake] = []
    taken: Counter[str] = Counter()
    for mistake in sorted(surest.values(), key=lambda mistake: (mistake.source, -mistake.confidence)):
        taken[mistake.source] += 1
        if taken[mistake.source] <= most:
            kept.append(mistake)
    return kept


def show_mistakes(mistakes: Sequence[Mistake], examples: Iterable[Example], manifest: Manifest) -> list[MistakeCard]:
    """Cut mistakes out of their pictures.

    Args:
        mistakes: from `find_mistakes`.
        examples: pictures among which theirs are.
        manifest: names of classes, conformal quantiles.

    Returns:
        A card for each, in the same order.
    """
    wanted = {(mistake.source, mistake.image) for mistake in mistakes}
    pictures = {(one.source, one.id): one for one in examples if (one.source, one.id) in wanted}
    return [_show(one, pictures[one.source, one.image], manifest) for one in mistakes]


def _show(mistake: Mistake, example: Example, manifest: Manifest) -> MistakeCard:
    return MistakeCard(
        source=mistake.source,
        image=mistake.image,
        truth=manifest.classes[mistake.truth],
        called=manifest.classes[mistake.called],
        confidence=mistake.confidence,
        true_probability=float(mistake.probabilities[mistake.truth]),
        named=mistake.named,
        candidates=choose_candidates(mistake.probabilities, manifest.classes, manifest.conformal),
        evidence="" if mistake.cell is None else describe_evidence(mistake.cell),
        picture=base64.b64encode(encode_jpeg(_draw(example, mistake), JPEG_QUALITY)).decode(),
    )


def _answer(image: SeenImage, manifest: Manifest) -> Iterator[Mistake]:
    if image.field is not None and manifest.field is not None:
        if not find_silent(image.field[np.newaxis])[0]:
            yield _judge(image.image, image, -1, image.field_truth, image.field, manifest.field, None)
        return
    for row, cell in enumerate(image.cells):
        if cell.read is not None:
            shares = np.array(list(cell.read.probabilities.values()))
            yield _judge(cell.cell, image, row, cell.truth, shares, manifest.cell, cell.read)


def _judge(
    thing: str,
    image: SeenImage,
    row: int,
    truth: int,
    shares: NDArray[np.float64],
    abstention: Abstention,
    cell: Cell | None,
) -> Mistake:
    probabilities = calibrate(np.log(np.clip(shares, LEAST_PROBABILITY, 1)), abstention.temperature)
    called = int(probabilities.argmax())
    named = bool(probabilities[called] >= abstention.threshold)
    return Mistake(thing, image.source, image.image, row, truth, called, probabilities, named, cell)


def _draw(example: Example, mistake: Mistake) -> NDArray[np.uint8]:
    """The cell as it is, and beside it with the outlines that were found; the whole of a field."""
    if mistake.cell is None:
        return example.image
    outlined = np.ascontiguousarray(example.image.copy())
    for outlines, colour in (((mistake.cell.contour,), CELL_RGB), (mistake.cell.nucleus_contours, NUCLEUS_RGB)):
        cv2.polylines(outlined, [np.array(points, np.int32) for points in outlines], True, colour, 1)
    x0, y0, x1, y1 = mistake.cell.box
    height, width = example.image.shape[:2]
    rows = slice(max(0, y0 - MARGIN_PX), min(height, y1 + MARGIN_PX))
    columns = slice(max(0, x0 - MARGIN_PX), min(width, x1 + MARGIN_PX))
    both = np.hstack([example.image[rows, columns], outlined[rows, columns]])
    factor = max(1, round(SHOWN_SIDE_PX / both.shape[0]))
    return np.asarray(cv2.resize(both, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)
