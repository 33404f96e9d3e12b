"""From a sample to what a model sees and should answer: the prepared picture and its three-channel target."""

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.flatfield import BACKGROUND as PLASMA
from contract.prepare import prepare_field, resize_label
from training.sample import BACKGROUND, UNKNOWN, Pixels, Sample
from training.target_cells import Cells, Teacher, find_cells
from training.tfrecords import Example
from training.vocabulary import Vocabulary


def make_example(sample: Sample, vocabulary: Vocabulary, um_per_px: float, teacher: Teacher | None = None) -> Example:
    """Prepare one picture as the device would, and draw its target beside it.

    Args:
        sample: the picture.
        vocabulary: classes and attributes.
        um_per_px: working scale.
        teacher: draws the mask where no person did; None: it is guessed from colour.

    Returns:
        The example.

    Raises:
        ImageError: the picture cannot be read.
        SourceError: its mask does not fit it.
        TargetError: its instance map holds more cells than a field can.
    """
    pixels = sample.load()
    prepared = prepare_field(cover_hidden(pixels), sample.um_per_px, um_per_px)
    cells = find_cells(sample, pixels, prepared, teacher)
    image, target = prepared.image.copy(), draw_target(cells, vocabulary.classes)
    if pixels.hidden is not None:
        hidden = resize_label(pixels.hidden.astype(np.uint8), (image.shape[0], image.shape[1])) > 0
        image[hidden] = PLASMA
        target[hidden] = (UNKNOWN, UNKNOWN, 0)
    return Example(
        id=sample.id,
        source=sample.source,
        group=sample.group,
        um_per_px=sample.um_per_px,
        image=image,
        target=target,
        boxes=np.array([cell.box for cell in cells.named], np.float32).reshape(-1, 4),
        box_class=np.array([_index(vocabulary.classes, cell.cell_type) for cell in cells.named], np.int32),
        box_cell=tuple(cell.cell for cell in cells.named),
        field_class=_index(vocabulary.classes, sample.field_class),
        attributes=np.array(
            [_index(values, sample.attributes.get(name)) for name, values in vocabulary.attributes.items()], np.int32
        ),
        human_mask=sample.human_mask,
    )


def draw_target(cells: Cells, classes: tuple[str, ...]) -> NDArray[np.uint8]:
    """Draw tissue, class and interior maps.

    Args:
        cells: of a prepared picture.
        classes: class names in the model's order.

    Returns:
        (h, w, 3) uint8 as `Example.target`.
    """
    class_of = np.full(int(cells.numbers.max()) + 1, UNKNOWN, np.uint8)
    for cell in cells.named:
        if cell.cell_type in classes and cell.number < len(class_of):
            class_of[cell.number] = classes.index(cell.cell_type)
    kinds = np.where(cells.tissue == BACKGROUND, UNKNOWN, class_of[cells.numbers])
    return np.stack([cells.tissue, kinds.astype(np.uint8), draw_interior(cells.numbers)], axis=2)


def draw_interior(numbers: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Draw how deep inside its cell each pixel lies, relative to the cell's deepest.

    A cell cut by the edge of the picture is deepest at the edge, as it would be seen whole.

    Args:
        numbers: (h, w) uint16, 0 or the number of the cell.

    Returns:
        (h, w) uint8, 255 at a cell's centre, 0 outside.
    """
    interior = np.zeros(numbers.shape, np.uint8)
    for number in np.unique(numbers)[1:] if (numbers == 0).any() else np.unique(numbers):
        inside = (numbers == number).astype(np.uint8)
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        around = (slice(max(0, rows[0] - 1), rows[-1] + 2), slice(max(0, columns[0] - 1), columns[-1] + 2))
        depth = cv2.distanceTransform(np.ascontiguousarray(inside[around]), cv2.DIST_L2, cv2.DIST_MASK_5)
        deepest = min(float(depth.max()), float(max(inside.shape)))  # a cell that fills the picture has no boundary
        np.maximum(
            interior[around], np.rint(255 * np.minimum(depth / deepest, 1)), out=interior[around], casting="unsafe"
        )
    return interior


def cover_hidden(pixels: Pixels) -> NDArray[np.uint8]:
    """Paint what is hidden in the colour of the rest's brightest parts, so that the flat field does not see it.

    Args:
        pixels: of a sample.

    Returns:
        (H, W, 3) uint8 RGB; the picture itself where nothing is hidden.
    """
    if pixels.hidden is None:
        return pixels.image
    covered = pixels.image.copy()
    shown = covered[~pixels.hidden]
    grey = shown.mean(axis=1)
    covered[pixels.hidden] = np.median(shown[grey >= np.quantile(grey, 0.85)], axis=0).astype(np.uint8)
    return covered


def _index(names: tuple[str, ...], name: str | None) -> int:
    return names.index(name) if name in names else -1
