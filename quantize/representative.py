"""What the converter is shown to set its scales: training pictures on canvases, and the extremes a camera can give."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from contract.flatfield import BACKGROUND
from training.description import read_description
from training.tfrecords import read_examples

Picture = NDArray[np.uint8]

EDGE_PX = 16
"""Empty plasma between pictures that share a canvas."""

CAST_GAIN_SD = 0.1
NOISE_SD = 12.0
PATCH_PX = 64


class RepresentativeError(Refusal):
    """There is nothing to calibrate with. Prepare data whose training split holds pictures."""

    exit_code = 4


def draw_pictures(data: Path, count: int, seed: int) -> list[Picture]:
    """Draw training pictures, as many of each source as its share allows and at least one of each.

    Args:
        data: prepared folder.
        count: how many in all, at most.
        seed: same seed, same pictures.

    Returns:
        Prepared uint8 RGB pictures of various sizes.

    Raises:
        RepresentativeError: the training split is empty.
    """
    counts = {one.name: one.counts["train"].images for one in read_description(data).sources if "train" in one.counts}
    if not sum(counts.values()):
        raise RepresentativeError(f"{data}: no picture in train (expected some to calibrate with)")
    rng = np.random.default_rng(seed)
    wanted = {
        source: set(rng.choice(total, min(total, max(1, round(count / len(counts)))), replace=False).tolist())
        for source, total in sorted(counts.items())
    }
    seen = dict.fromkeys(counts, 0)
    drawn = []
    for example in read_examples(data, "train"):
        if seen[example.source] in wanted[example.source]:
            drawn.append(example.image)
        seen[example.source] += 1
    return drawn


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


def add_extremes(canvases: list[Picture], seed: int) -> list[Picture]:
    """Add what a camera can give and training pictures lack: colour casts, noise, black and white.

    Black and white also pin the input's scale: without 0 and 255 among the pixels, raw bytes would be read too dark.

    Args:
        canvases: of training pictures.
        seed: same seed, same extremes.

    Returns:
        All canvases.
    """
    rng = np.random.default_rng(seed)
    changed = [_cast(canvas, rng) for canvas in canvases[::4]] + [_add_noise(canvas, rng) for canvas in canvases[1::4]]
    corner = canvases[0].copy()
    corner[:PATCH_PX, :PATCH_PX] = 0
    corner[-PATCH_PX:, -PATCH_PX:] = 255
    return [*canvases, *changed, corner]


def _empty(shape: tuple[int, int]) -> Picture:
    return np.full((*shape, 3), BACKGROUND, np.uint8)


def _cast(canvas: Picture, rng: np.random.Generator) -> Picture:
    gains = np.exp(rng.normal(0, CAST_GAIN_SD, 3))
    return np.clip(canvas * gains, 0, 255).astype(np.uint8)


def _add_noise(canvas: Picture, rng: np.random.Generator) -> Picture:
    return np.clip(canvas + rng.normal(0, NOISE_SD, canvas.shape), 0, 255).astype(np.uint8)
