"""The examples by which a machine proves that it computes what this one does: drawn, so that no photograph ships."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.cell_types import DIFFERENTIAL_ORDER
from contract.flatfield import BACKGROUND
from contract.prepare import prepare_field
from device.network.runtime import Model
from device.smear.crowding import BALANCED_MIX, Crowding
from device.smear.look import vary_look
from device.smear.slide import VirtualSlide
from quantize.coax import coax, middle_of

Picture = NDArray[np.uint8]

FIELD_PX = (400, 640)
FIELD_UM_PER_PX = 0.15
FIELDS = 12
REACH_PX = 56
"""Half the side of a cell's picture: a white cell at 0.25 um/px with a rim of its neighbours."""

CELLS_AT_LEAST = 6


@dataclass(frozen=True, slots=True)
class SelfTest:
    """The content of selftest.npz.

    Attributes:
        content: bytes of the file.
        inputs: number of examples.
        answered: classes that are the likeliest answer in one of them.
        coaxed: those among them that no drawn cell shows, so that one was changed until it did.
    """

    content: bytes
    inputs: int
    answered: tuple[str, ...]
    coaxed: tuple[str, ...]


def make_selftest(model: Model, network: Any, manifest: Manifest, seed: int) -> SelfTest:
    """Choose examples in which every class speaks up, and record what this machine answers.

    For each class the drawn cell that speaks loudest for it is taken, then further ones; for a class that none of them
    shows, one is changed until the network answers with it; noise and a step from black to white complete them.

    Args:
        model: the int8 file in the device's own runtime.
        network: the float one it was made of, in Keras, for one input of the device's size.
        manifest: classes, heads and sizes.
        seed: of the drawing.

    Returns:
        The file's content and what it covers.
    """
    drawn = draw_cells(manifest, seed)
    margins = np.stack([_margins(model, manifest, picture) for picture in drawn])
    chosen = _choose(margins, max(CELLS_AT_LEAST, len(manifest.classes)))
    shown = {int(margins[index].argmax()) for index in chosen}
    coaxed = {
        kind: coax(network, manifest.heads.cell_type, drawn[int(margins[:, kind].argmax())], kind)
        for kind in sorted(set(range(len(manifest.classes))) - shown)
    }
    convinced = {kind for kind, picture in coaxed.items() if _margins(model, manifest, picture).argmax() == kind}
    inputs = [drawn[index] for index in chosen] + [coaxed[kind] for kind in sorted(convinced)]
    inputs += _draw_others(manifest, seed)

    def name(kinds: set[int]) -> tuple[str, ...]:
        return tuple(manifest.classes[kind] for kind in sorted(kinds))

    return SelfTest(_record(model, inputs), len(inputs), name(shown | convinced), name(convinced))


def _record(model: Model, inputs: list[Picture]) -> bytes:
    outputs = [model.run(image) for image in inputs]
    arrays = {f"output_{name}": np.stack([one[name] for one in outputs]) for name in outputs[0]}
    file = io.BytesIO()
    np.savez_compressed(file, inputs=np.stack(inputs), **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def draw_cells(manifest: Manifest, seed: int) -> list[Picture]:
    """Draw single simulated cells of every type on an otherwise empty input.

    Args:
        manifest: input size and scale.
        seed: same seed, same cells.

    Returns:
        (height, width, 3) uint8 pictures, at least one for each type of the simulation.
    """
    pictures: list[Picture] = []
    for number in range(FIELDS):
        rng = np.random.default_rng((seed, number))
        field, centres = _draw_field(rng, manifest.um_per_px)
        pictures += [_place(field, centre, manifest.input_shape) for centre in centres]
    return pictures


def _draw_field(rng: np.random.Generator, um_per_px: float) -> tuple[Picture, list[tuple[int, int]]]:
    slide = VirtualSlide(int(rng.integers(2**31)), Crowding(white_per_mm2=900.0, mix=BALANCED_MIX), vary_look(rng))
    image, truth = slide.render(0.0, 0.0, *FIELD_PX, FIELD_UM_PER_PX)
    prepared = prepare_field(image, FIELD_UM_PER_PX, um_per_px)
    factor = FIELD_UM_PER_PX / um_per_px
    whole = {cell.cell_type: cell for cell in truth.cells if not cell.touches_border}
    boxes = [whole[kind].box for kind in DIFFERENTIAL_ORDER if kind in whole]
    return prepared.image, [(int((x0 + x1) / 2 * factor), int((y0 + y1) / 2 * factor)) for x0, y0, x1, y1 in boxes]


def _place(field: Picture, centre: tuple[int, int], shape: tuple[int, int]) -> Picture:
    x, y = centre
    part = field[max(0, y - REACH_PX) : y + REACH_PX, max(0, x - REACH_PX) : x + REACH_PX][: shape[0], : shape[1]]
    canvas = np.full((*shape, 3), BACKGROUND, np.uint8)
    top, left = (shape[0] - part.shape[0]) // 2, (shape[1] - part.shape[1]) // 2
    canvas[top : top + part.shape[0], left : left + part.shape[1]] = part
    return canvas


def _margins(model: Model, manifest: Manifest, picture: Picture) -> NDArray[np.float64]:
    """How far each class lies above the best other, in the middle of the picture."""
    head = manifest.heads.cell_type
    logits = middle_of(model.dequantize(head, model.run(picture)[head]).astype(np.float64))
    others = np.where(np.eye(len(logits), dtype=bool), -np.inf, logits[np.newaxis]).max(axis=1)
    return np.asarray(logits - others)


def _choose(margins: NDArray[np.float64], count: int) -> list[int]:
    """Take for each class in turn the picture that speaks loudest for it, until there are enough; none twice."""
    left = margins.copy()
    chosen: list[int] = []
    while len(chosen) < min(count, len(margins)):
        index = int(left[:, len(chosen) % margins.shape[1]].argmax())
        left[index] = -np.inf
        chosen.append(index)
    return chosen


def _draw_others(manifest: Manifest, seed: int) -> list[Picture]:
    rng = np.random.default_rng((seed, FIELDS))
    height, width = manifest.input_shape
    noise = np.full((height, width, 3), BACKGROUND, np.uint8)
    side = min(height, width, 2 * REACH_PX)
    noise[:side, :side] = rng.integers(0, 256, (side, side, 3), np.uint8)
    step = np.zeros((height, width, 3), np.uint8)
    step[:, width // 2 :] = 255
    return [noise, step]


def describe_coverage(classes: Sequence[str], selftest: SelfTest) -> str:
    """Say which classes the self-test makes the network answer with.

    Args:
        classes: of the bundle.
        selftest: as made.

    Returns:
        A sentence for the card.
    """
    missing = [name for name in classes if name not in selftest.answered]
    said = f"{selftest.inputs} drawn examples; the network answers {', '.join(selftest.answered)} in them"
    if selftest.coaxed:
        said += f" ({', '.join(selftest.coaxed)} in pictures changed until it did)"
    return f"{said}, and never {', '.join(missing)}" if missing else said
