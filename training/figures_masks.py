"""Pictures with outlines: what was found beside what a person drew."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.reading import label_map
from training.figures import DPI
from training.forward import OutputsOf
from training.observe import as_prepared
from training.overlap import CYTOPLASM, NUCLEUS
from training.tfrecords import Example

NUCLEUS_RGB, CELL_RGB = (0, 90, 181), (220, 50, 32)  # a pair that colour-blind people tell apart
SHOWN_PX = 192


def draw_masks(examples: Sequence[Example], outputs_of: OutputsOf, manifest: Manifest, path: Path) -> None:
    """Draw pictures with the outlines of nucleus (blue) and cell (red): found above, human below where there is one.

    Args:
        examples: one or more pictures.
        outputs_of: the model.
        manifest: how it is read.
        path: file to write, JPEG or PNG by its name.
    """
    lines = 1 + any(example.human_mask for example in examples)
    figure = Figure(figsize=(2.4 * len(examples), 2.6 * lines), layout="constrained")
    for column, example in enumerate(examples, start=1):
        prepared = as_prepared(example, manifest.um_per_px)
        drawn = label_map(outputs_of(prepared), prepared, manifest.mask_stride)
        rows = [("found", drawn), ("human", example.target[..., 0])] if example.human_mask else [("found", drawn)]
        for row, (name, label) in enumerate(rows):
            axes = figure.add_subplot(lines, len(examples), column + row * len(examples))
            axes.imshow(outline(example.image, label)[_about_first_cell(example)])
            axes.set_title(f"{name}: {Path(example.id).name}", fontsize=8)
            axes.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=DPI)


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


def _about_first_cell(example: Example) -> tuple[slice, slice]:
    """A window about the first cell of a field, small enough to see its outline; the whole of a small picture."""
    height, width = example.image.shape[:2]
    x0, y0, x1, y1 = example.boxes[0] if len(example.boxes) else (0, 0, width, height)
    top = int(np.clip((y0 + y1) / 2 - SHOWN_PX / 2, 0, max(0, height - SHOWN_PX)))
    left = int(np.clip((x0 + x1) / 2 - SHOWN_PX / 2, 0, max(0, width - SHOWN_PX)))
    return slice(top, top + SHOWN_PX), slice(left, left + SHOWN_PX)
