"""What the converter is shown to set its scales: training pictures on canvases, and the extremes a camera can give."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from contract.flatfield import BACKGROUND
from training.description import Description, read_description
from training.tfrecords import Example, read_examples

Picture = NDArray[np.uint8]

EDGE_PX = 16
"""Empty plasma between pictures that share a canvas."""

CAST_GAIN_SD = 0.1
NOISE_SD = 12.0
PATCH_PX = 64
EVERY = 4
"""One canvas in so many is shown again with a colour cast, and another one with noise."""


class RepresentativeError(Refusal):
    """There is nothing to calibrate with. Prepare data whose training split holds pictures."""

    exit_code = 4


@dataclass(frozen=True, slots=True, eq=False)
class Representative:
    """The pictures that set the scales.

    Attributes:
        canvases: inputs of the network, extremes among them.
        sources: training pictures by source.
        classes: named cells, or fields, by class.
        extremes: canvases by what was done to them.
    """

    canvases: list[Picture]
    sources: dict[str, int]
    classes: dict[str, int]
    extremes: dict[str, int]


def choose_representative(data: Path, count: int, seed: int, shape: tuple[int, int]) -> Representative:
    """Choose what the converter is shown.

    Args:
        data: prepared folder.
        count: of training pictures.
        seed: same seed, same choice.
        shape: (height, width) of the network's input.

    Returns:
        The canvases, and what is on them.

    Raises:
        RepresentativeError: the training split is empty.
    """
    examples = draw_examples(data, count, seed)
    names = read_description(data).classes
    canvases = list(fill_canvases((example.image for example in examples), shape))
    extremes = make_extremes(canvases, seed)
    return Representative(
        canvases=canvases + [canvas for changed in extremes.values() for canvas in changed],
        sources=dict(sorted(Counter(example.source for example in examples).items())),
        classes=dict(Counter(names[kind] for kind in sorted(_kinds(examples)))),
        extremes={name: len(changed) for name, changed in extremes.items()},
    )


def draw_examples(data: Path, count: int, seed: int) -> list[Example]:
    """Draw training pictures, equally many of each source and at least one of each class there is.

    Args:
        data: prepared folder.
        count: how many in all, about.
        seed: same seed, same pictures.

    Returns:
        Prepared pictures of various sizes; a class that chance left out gives the first that shows it.

    Raises:
        RepresentativeError: the training split is empty.
    """
    wanted = _choose_places(read_description(data), count, seed, data)
    passed: Counter[str] = Counter()
    drawn: list[Example] = []
    spare: dict[int, Example] = {}
    for example in read_examples(data, "train"):
        if passed[example.source] in wanted[example.source]:
            drawn.append(example)
        else:
            for kind in _kinds([example]):
                spare.setdefault(kind, example)
        passed[example.source] += 1
    there = set(_kinds(drawn))
    left_out = {example.id: example for kind, example in sorted(spare.items()) if kind not in there}
    return drawn + list(left_out.values())


def _choose_places(description: Description, count: int, seed: int, data: Path) -> dict[str, set[int]]:
    counts = {one.name: one.counts["train"].images for one in description.sources if "train" in one.counts}
    if not sum(counts.values()):
        raise RepresentativeError(f"{data}: no picture in train (expected some to calibrate with)")
    rng = np.random.default_rng(seed)
    return {
        source: set(rng.choice(total, min(total, max(1, round(count / len(counts)))), replace=False).tolist())
        for source, total in sorted(counts.items())
    }


def _kinds(examples: Iterable[Example]) -> list[int]:
    """Class indices that pictures show: of the field where it has one, else of each cell."""
    return [
        int(kind)
        for example in examples
        for kind in ([example.field_class] if example.field_class >= 0 else example.box_class)
        if kind >= 0
    ]


def fill_canvases(pictures: Iterable[Picture], shape: tuple[int, int]) -> Iterator[Picture]:
    """Lay pictures row by row onto canvases of the input's size, so that a small crop does not cost a whole pass.

    Scales come from the range of each activation, which does not ask where in a canvas a picture lies.

    Args:
        pictures: any sizes; what is larger than the canvas is cut.
        shape: (height, width) of the input.

    Yields:
        Canvases, (height, width, 3) uint8.
    """
    canvas, x, y, row = _empty(shape), 0, 0, 0
    used = False
    for picture in pictures:
        part = picture[: shape[0], : shape[1]]
        if x + part.shape[1] > shape[1]:
            x, y, row = 0, y + row + EDGE_PX, 0
        if y + part.shape[0] > shape[0]:
            yield canvas
            canvas, x, y, row = _empty(shape), 0, 0, 0
        canvas[y : y + part.shape[0], x : x + part.shape[1]] = part
        x, row, used = x + part.shape[1] + EDGE_PX, max(row, part.shape[0]), True
    if used:
        yield canvas


def make_extremes(canvases: list[Picture], seed: int) -> dict[str, list[Picture]]:
    """Make what a camera can give and training pictures lack: colour casts, noise, black and white.

    Black and white also pin the input's scale: without 0 and 255 among the pixels, raw bytes would be read too dark.
    Exposure needs no extreme: the white point of a field is set before the network sees it.

    Args:
        canvases: of training pictures.
        seed: same seed, same extremes.

    Returns:
        Further canvases by what was done to them.
    """
    rng = np.random.default_rng(seed)
    corner = canvases[0].copy()
    corner[:PATCH_PX, :PATCH_PX] = 0
    corner[-PATCH_PX:, -PATCH_PX:] = 255
    return {
        "colour cast": [_cast(canvas, rng) for canvas in canvases[::EVERY]],
        "noise": [_add_noise(canvas, rng) for canvas in canvases[1::EVERY]],
        "black and white": [corner],
    }


def _empty(shape: tuple[int, int]) -> Picture:
    return np.full((*shape, 3), BACKGROUND, np.uint8)


def _cast(canvas: Picture, rng: np.random.Generator) -> Picture:
    gains = np.exp(rng.normal(0, CAST_GAIN_SD, 3))
    return np.clip(canvas * gains, 0, 255).astype(np.uint8)


def _add_noise(canvas: Picture, rng: np.random.Generator) -> Picture:
    return np.clip(canvas + rng.normal(0, NOISE_SD, canvas.shape), 0, 255).astype(np.uint8)
