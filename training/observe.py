"""What a model sees in labelled pictures, read as on the device: found cells by true ones, masks by human ones."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.cell import Cell
from contract.matching import Box, match_boxes, measure_iou
from contract.naming import name_field
from contract.prepare import Prepared
from contract.reading import label_map, read_cells
from training.agreement import count_agreement
from training.forward import OutputsOf
from training.overlap import count_pixels
from training.panoptic import SeenSegments, compare_segments, number_found
from training.tfrecords import Example


@dataclass(frozen=True, slots=True)
class SeenCell:
    """A true cell and the found cell that shows it.

    Attributes:
        cell: id of the physical cell; several boxes may show one.
        truth: class index; -1 unknown.
        read: what was found; None: missed.
        iou: of the true and the found box, 0 where missed.
    """

    cell: str
    truth: int
    read: Cell | None
    iou: float


@dataclass(frozen=True, slots=True, eq=False)
class SeenImage:
    """One labelled picture and what was found in it.

    Attributes:
        source: data set.
        group: slide or block within the data set.
        image: path within the data set.
        cells: its true cells.
        unmatched: found cells that no box shows; wrong only where every white cell is boxed.
        pixels: (3, 3) pixel counts of human by drawn tissue; None without a human mask.
        field_truth: class index of the whole field; -1 unknown.
        field: (C,) calibrated probabilities of the field; None for a differential.
        segments: cells and nuclei matched with those of the human mask; None without one.
        agreement: (2, 2) pixel counts beside the mask that colour makes; None for a differential.
    """

    source: str
    group: str
    image: str
    cells: tuple[SeenCell, ...]
    unmatched: int
    pixels: NDArray[np.int64] | None
    field_truth: int
    field: NDArray[np.float64] | None
    segments: SeenSegments | None = None
    agreement: NDArray[np.int64] | None = None


def observe(examples: Iterable[Example], outputs_of: OutputsOf, manifest: Manifest) -> list[SeenImage]:
    """Look at labelled pictures through a model; the one path for float networks and int8 bundles.

    Args:
        examples: prepared pictures with labels; the caller shows progress.
        outputs_of: the model.
        manifest: how its outputs are read.

    Returns:
        One record for each picture.
    """
    return [_observe_one(example, outputs_of, manifest) for example in examples]


def as_prepared(example: Example, um_per_px: float) -> Prepared:
    """Take a stored picture for what it is: a field already prepared, measured in its own pixels.

    Args:
        example: from a prepared set.
        um_per_px: the set's working scale.

    Returns:
        The field as the model sees it.
    """
    return Prepared(example.image, (example.image.shape[0], example.image.shape[1]), um_per_px)


def _observe_one(example: Example, outputs_of: OutputsOf, manifest: Manifest) -> SeenImage:
    prepared = as_prepared(example, manifest.um_per_px)
    outputs = outputs_of(prepared)
    found = read_cells(outputs, prepared, manifest)
    true_boxes = [(float(box[0]), float(box[1]), float(box[2]), float(box[3])) for box in example.boxes]
    matches = match_boxes([cell.box for cell in found], true_boxes)
    named = zip(example.box_class, example.box_cell, true_boxes, matches, strict=True)
    field = name_field(found, manifest)
    pixels = segments = agreement = None
    if example.human_mask or field is not None:
        drawn = label_map(outputs, prepared, manifest.mask_stride)
        agreement = None if field is None else count_agreement(example, drawn)
    if example.human_mask:
        tissue = example.target[..., 0]
        pixels = count_pixels(tissue, drawn)
        numbers = number_found(outputs, prepared, manifest, drawn)
        segments = compare_segments(tissue, example.boxes, drawn, numbers)
    return SeenImage(
        source=example.source,
        group=example.group,
        image=example.id,
        cells=tuple(
            SeenCell(str(cell), int(kind), *_look_at(box, None if match is None else found[match]))
            for kind, cell, box, match in named
        ),
        unmatched=len(found) - sum(match is not None for match in matches),
        pixels=pixels,
        field_truth=int(example.field_class),
        field=None if field is None else np.array([field.probabilities[name] for name in manifest.classes]),
        segments=segments,
        agreement=agreement,
    )


def _look_at(box: Box, found: Cell | None) -> tuple[Cell | None, float]:
    if found is None:
        return None, 0.0
    return found, float(measure_iou(np.array([box]), np.array([found.box], np.float64))[0, 0])
