"""Which pixels of a prepared picture belong to which cell, and what is known of each cell."""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from contract.prepare import Prepared, resize_label
from training.sample import CYTOPLASM, NUCLEUS, Framing, Pixels, Sample
from training.weak_cells import LEAST_NUCLEUS_UM2
from training.weak_fields import mask_field
from training.weak_masks import WeakMask, mask_boxes, mask_crop

MIDDLE_UM = 10.0  # where colour finds no cell in a picture of one: the cell is taken to fill this
MOST_CELLS = 254


class TargetError(Refusal):
    """An instance map holds more cells than a field of blood can; look whether it is a map of instances."""

    exit_code = 4


class Teacher(Protocol):
    """A trained model whose masks replace the ones guessed from colour (self-training)."""

    def tissue(self, prepared: Prepared) -> NDArray[np.uint8]:
        """Say what each pixel is: (h, w) uint8, 0 background, 1 cytoplasm, 2 nucleus, 255 unsure."""
        ...


@dataclass(frozen=True, slots=True)
class NamedCell:
    """A white cell with a place.

    Attributes:
        number: its value in `Cells.numbers`.
        box: (x0, y0, x1, y1) half-open, prepared pixels.
        cell_type: its name, or None.
        cell: id of the physical cell.
    """

    number: int
    box: tuple[float, float, float, float]
    cell_type: str | None
    cell: str


@dataclass(frozen=True, slots=True)
class Cells:
    """What a prepared picture shows.

    Attributes:
        tissue: (h, w) uint8, 0 background, 1 cytoplasm, 2 nucleus, 255 unknown.
        numbers: (h, w) uint16, extent of each cell; 0 none. Not every number is named: slivers at the rim are not.
        named: the cells that have a place.
    """

    tissue: NDArray[np.uint8]
    numbers: NDArray[np.uint16]
    named: tuple[NamedCell, ...]


def find_cells(sample: Sample, pixels: Pixels, prepared: Prepared, teacher: Teacher | None) -> Cells:
    """Bring a sample's labels to the prepared picture, guessing the mask where nobody drew one.

    Args:
        sample: the picture.
        pixels: its arrays.
        prepared: the same, prepared.
        teacher: draws the mask where no person did; None: it is guessed from colour.

    Returns:
        The cells.

    Raises:
        TargetError: more cells than a field can hold.
    """
    if pixels.tissue is None:
        return _guess_cells(sample, prepared, teacher)
    shape = prepared.image.shape[:2]
    tissue = resize_label(pixels.tissue, (shape[0], shape[1]))
    if pixels.instances is None:
        numbers = _number_components((tissue == CYTOPLASM) | (tissue == NUCLEUS))
        kinds = {int(number): (sample.cell_type, f"{sample.id}#{number}") for number in np.unique(numbers)}
    else:
        old, packed = np.unique(pixels.instances, return_inverse=True)
        if len(old) > MOST_CELLS:
            raise TargetError(f"{sample.id}: {len(old)} instances (expected {MOST_CELLS} or fewer)")
        offset = 0 if old[0] == 0 else 1
        packed = packed.reshape(pixels.instances.shape) + offset
        numbers = resize_label(packed.astype(np.uint8), (shape[0], shape[1])).astype(np.uint16)
        new = {int(value): position + offset for position, value in enumerate(old)}
        kinds = {new[b.instance]: (b.cell_type, b.cell) for b in sample.boxes if b.instance in new}
    return Cells(tissue, numbers, _name_whole(tissue, numbers, kinds, prepared.um_per_px))


def _guess_cells(sample: Sample, prepared: Prepared, teacher: Teacher | None) -> Cells:
    boxes = _scale_boxes(sample, prepared)
    guess = _guess_mask(sample, prepared, boxes)
    if teacher is not None:
        guess = _follow_teacher(guess, teacher.tissue(prepared))
    if boxes:
        named = [
            NamedCell(number, box, known.cell_type, known.cell)
            for number, (box, known) in enumerate(zip(boxes, sample.boxes, strict=True), start=1)
        ]
    elif sample.framing is Framing.CROP:
        box = _bound(guess.cells == 1) or _middle(prepared)
        named = [NamedCell(1, box, sample.cell_type, f"{sample.source}/{sample.id}")]
    else:
        kinds = {int(number): (sample.cell_type, f"{sample.id}#{number}") for number in np.unique(guess.cells)}
        named = list(_name_whole(guess.tissue, guess.cells, kinds, prepared.um_per_px))
    return Cells(guess.tissue, guess.cells, tuple(named))


def _guess_mask(sample: Sample, prepared: Prepared, boxes: list[tuple[float, float, float, float]]) -> WeakMask:
    if boxes:
        return mask_boxes(prepared.image, boxes, prepared.um_per_px)
    if sample.framing is Framing.CROP:
        return mask_crop(prepared.image, prepared.um_per_px)
    return mask_field(prepared.image, prepared.um_per_px)


def _follow_teacher(guess: WeakMask, tissue: NDArray[np.uint8]) -> WeakMask:
    """The teacher says where cells end; the guess says which cell is which. Cells only the teacher saw follow on."""
    components = _number_components((tissue == CYTOPLASM) | (tissue == NUCLEUS))
    if not guess.cells.any():
        return WeakMask(tissue, components)
    _, nearest = cv2.distanceTransformWithLabels(
        (guess.cells == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    number_at = np.zeros(int(nearest.max()) + 1, np.uint16)
    number_at[nearest[guess.cells > 0]] = guess.cells[guess.cells > 0]
    numbers = np.zeros_like(components)
    following = int(guess.cells.max())
    for component in range(1, int(components.max()) + 1):
        inside = components == component
        if (guess.cells[inside] > 0).any():
            numbers[inside] = number_at[nearest[inside]]
        else:
            following += 1
            numbers[inside] = following
    return WeakMask(tissue, numbers)


def _name_whole(
    tissue: NDArray[np.uint8], numbers: NDArray[np.uint16], kinds: dict[int, tuple[str | None, str]], um_per_px: float
) -> tuple[NamedCell, ...]:
    """Give a place to cells that show enough nucleus to be told by a person."""
    nuclei = np.bincount(numbers[tissue == NUCLEUS], minlength=int(numbers.max()) + 1) * um_per_px**2
    named = []
    for number, (cell_type, cell) in sorted(kinds.items()):
        box = _bound(numbers == number)
        if number and box is not None and nuclei[number] >= LEAST_NUCLEUS_UM2:
            named.append(NamedCell(number, box, cell_type, cell))
    return tuple(named)


def _number_components(inside: NDArray[np.bool_]) -> NDArray[np.uint16]:
    _, numbers = cv2.connectedComponents(inside.astype(np.uint8), connectivity=8)
    return np.asarray(numbers, np.uint16)


def _scale_boxes(sample: Sample, prepared: Prepared) -> list[tuple[float, float, float, float]]:
    y, x = (new / old for new, old in zip(prepared.image.shape[:2], prepared.field_shape, strict=True))
    return [(box.x0 * x, box.y0 * y, box.x1 * x, box.y1 * y) for box in sample.boxes]


def _bound(inside: NDArray[np.bool_]) -> tuple[float, float, float, float] | None:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not rows.size:
        return None
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _middle(prepared: Prepared) -> tuple[float, float, float, float]:
    height, width = prepared.image.shape[:2]
    half = MIDDLE_UM / 2 / prepared.um_per_px
    return (
        max(0.0, width / 2 - half),
        max(0.0, height / 2 - half),
        min(float(width), width / 2 + half),
        min(float(height), height / 2 + half),
    )
