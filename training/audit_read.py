"""What a model says of an altered picture: as the device would say it, and when told where the cells lay."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.matching import match_boxes
from contract.naming import Pooled, name_cell, name_field
from contract.outputs import Outputs
from contract.prepare import Prepared
from contract.reading import pool_over, read_cells
from training.audit_places import mark_cells
from training.metrics import NOT_CALLED
from training.overlap import NUCLEUS
from training.tabulate import find_silent
from training.tfrecords import Example


class Answer(NamedTuple):
    """What a model says of one thing of known class.

    Attributes:
        truth: class index.
        called: likeliest class; `NOT_CALLED` where the cell was not found, or no cell in the field.
        told: likeliest class by the pixels where the cells lay, whatever the mask says; `NOT_CALLED` without any.
        unit: slide or block.
        image: the picture.
    """

    truth: int
    called: int
    told: int
    unit: str
    image: str


def read_answers(outputs: Outputs, prepared: Prepared, example: Example, manifest: Manifest) -> list[Answer]:
    """Read what a model says of everything named in a picture.

    Args:
        outputs: of the altered picture.
        prepared: the altered picture, measured in the example's pixels.
        example: the labels.
        manifest: how outputs are read.

    Returns:
        One answer for the field, or for each box of known class, the first of each physical cell.
    """
    cells = read_cells(outputs, prepared, manifest)
    inside = mark_cells(example)
    nucleus = example.target[..., 0] == NUCLEUS
    if example.field_class >= 0:
        field = name_field(cells, manifest)
        shares = np.zeros((1, 1)) if field is None else np.array([list(field.probabilities.values())])
        called = NOT_CALLED if find_silent(shares)[0] else int(shares.argmax())
        told = _read_there(outputs, inside, nucleus, prepared.um_per_px, manifest)
        return [Answer(int(example.field_class), called, told, example.group, example.id)]
    boxes = [(float(box[0]), float(box[1]), float(box[2]), float(box[3])) for box in example.boxes]
    matches = match_boxes([cell.box for cell in cells], boxes)
    answers: dict[str, Answer] = {}
    for kind, name, box, match in zip(example.box_class, example.box_cell, boxes, matches, strict=True):
        if kind < 0 or name in answers:
            continue
        called = NOT_CALLED if match is None else int(np.argmax(list(cells[match].probabilities.values())))
        x0, y0, x1, y1 = (max(0, round(value)) for value in box)
        there = np.zeros_like(inside)
        there[y0:y1, x0:x1] = inside[y0:y1, x0:x1]
        told = _read_there(outputs, there, nucleus & there, prepared.um_per_px, manifest)
        answers[name] = Answer(int(kind), called, told, example.group, example.id)
    return list(answers.values())


def _read_there(
    outputs: Outputs, inside: NDArray[np.bool_], nucleus: NDArray[np.bool_], um_per_px: float, manifest: Manifest
) -> int:
    """Name what the maps say over some pixels, as the cell that fills them would be named."""
    area = int(inside.sum())
    if not area:
        return NOT_CALLED
    cover = _cover(inside, outputs.cell_type.shape[:2], manifest.type_stride)
    pooled = Pooled(
        features=pool_over(cover, outputs.features[:]),
        logits=pool_over(cover, outputs.cell_type[:]),
        attributes=None if outputs.attributes is None else pool_over(cover, outputs.attributes[:]),
        area_um2=area * um_per_px**2,
        nucleus_fraction=int(nucleus.sum()) / area,
    )
    return int(np.argmax(list(name_cell(pooled, manifest).probabilities.values())))


def _cover(inside: NDArray[np.bool_], shape: tuple[int, ...], stride: int) -> NDArray[np.float32]:
    rows, columns = shape[0], shape[1]
    padded = np.zeros((rows * stride, columns * stride), np.float32)
    padded[: inside.shape[0], : inside.shape[1]] = inside
    return np.asarray(padded.reshape(rows, stride, columns, stride).mean(axis=(1, 3)), np.float32)
