"""The shortcut baseline: how far one comes with the colour of the picture alone, without looking at a cell."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from training.intervals import Estimate, estimate, mean_of
from training.metrics import average_recall
from training.tfrecords import Example, read_examples

NEIGHBOURS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Colour:
    """A named thing of which nothing but the colour of its picture is known.

    Attributes:
        colour: (6,) from `describe_colour`.
        truth: class index.
        group: slide or block.
        image: path within its data set.
    """

    colour: NDArray[np.float64]
    truth: int
    group: str
    image: str


def describe_colour(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Six numbers that hold no shape: mean and standard deviation of R, G and B.

    Args:
        image: (h, w, 3) uint8 RGB.

    Returns:
        (6,) grey levels.
    """
    pixels = image.reshape(-1, 3).astype(np.float64)
    return np.concatenate([pixels.mean(axis=0), pixels.std(axis=0)])


def guess_by_colour(
    known: NDArray[np.float64], labels: NDArray[np.intp], asked: NDArray[np.float64], neighbours: int = NEIGHBOURS
) -> NDArray[np.intp]:
    """Name images by the majority of their nearest neighbours in colour; a tie goes to the nearer neighbours.

    Args:
        known: (n, 6) colours of training images.
        labels: (n,) their class indices.
        asked: (m, 6) colours of the images to name.
        neighbours: how many vote, at most n.

    Returns:
        (m,) class indices.
    """
    centre, spread = known.mean(axis=0), np.maximum(known.std(axis=0), 1e-9)
    count = min(neighbours, len(known))
    _, nearest = cKDTree((known - centre) / spread).query((asked - centre) / spread, k=list(range(1, count + 1)))
    votes = np.zeros((len(asked), int(labels.max()) + 1))
    for rank in range(count):
        votes[np.arange(len(asked)), labels[nearest[:, rank]]] += 1 - 1e-3 * rank
    return np.asarray(votes.argmax(axis=1), np.intp)


@dataclass(frozen=True, slots=True)
class ShortcutScores:
    """How far colour alone comes on one source.

    Attributes:
        rows: named cells or fields asked.
        known: training pictures it learnt from; 0 where the source is not in the training split.
        accuracy, macro_accuracy: of its guesses; None where it knows nothing.
    """

    rows: int
    known: int
    accuracy: Estimate | None
    macro_accuracy: Estimate | None


def score_shortcut(known: Sequence[Colour], asked: Sequence[Colour]) -> ShortcutScores:
    """Score the baseline on one source.

    Args:
        known: training pictures of that source.
        asked: pictures of the same source to be named.

    Returns:
        Its scores.
    """
    if not known or not asked:
        return ShortcutScores(len(asked), len(known), None, None)
    truth = np.array([one.truth for one in asked], np.intp)
    called = guess_by_colour(
        np.stack([one.colour for one in known]),
        np.array([one.truth for one in known], np.intp),
        np.stack([one.colour for one in asked]),
    )
    units = [one.group for one in asked]
    if len(set(units)) < 2:
        units = [one.image for one in asked]
    return ShortcutScores(
        rows=len(asked),
        known=len(known),
        accuracy=estimate(mean_of(called == truth), units),
        macro_accuracy=estimate(lambda rows: average_recall(truth[rows], called[rows]), units, classes=truth),
    )


def score_shortcuts(data: Path, split: str) -> dict[str, ShortcutScores]:
    """Measure the colour baseline on every source of a split, taught by the same source's training pictures.

    Args:
        data: prepared folder.
        split: to measure.

    Returns:
        Scores by source.
    """
    known, asked = (_gather_colours(read_examples(data, part)) for part in ("train", split))
    return {source: score_shortcut(known[source], asked[source]) for source in sorted(asked)}


def _gather_colours(examples: Iterable[Example]) -> dict[str, list[Colour]]:
    gathered: dict[str, list[Colour]] = defaultdict(list)
    for example in examples:
        truths = (
            [example.field_class] if example.field_class >= 0 else [kind for kind in example.box_class if kind >= 0]
        )
        colour = describe_colour(example.image) if truths else None
        if colour is not None:
            gathered[example.source] += [Colour(colour, int(t), example.group, example.id) for t in truths]
    return gathered
