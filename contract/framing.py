"""From the grid on which cells are separated to the field's own pixels: boxes and outlines."""

from dataclasses import dataclass

import cv2
import numpy as np

from contract.cell import Point
from contract.instances import GRID_STRIDE, Instance
from contract.outline import Outline, find_level, trace_outlines
from contract.prepare import Prepared

TOLERANCE_PX = 0.4
"""How far an outline may pass by its points, in field pixels: what nobody sees need not be stored."""

Contour = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Framing:
    """How the grid lies in the field; made by `find_framing`.

    Attributes:
        field_shape: (H, W) of the field in pixels.
        px_per_grid: field pixels to a grid pixel, across and down.
    """

    field_shape: tuple[int, int]
    px_per_grid: tuple[float, float]


def find_framing(prepared: Prepared) -> Framing:
    """Say how the grid lies in the field that a prepared one came from."""
    height, width = prepared.image.shape[:2]
    across, down = prepared.field_shape[1] / width, prepared.field_shape[0] / height
    return Framing(prepared.field_shape, (GRID_STRIDE * across, GRID_STRIDE * down))


def frame_outlines(instance: Instance, framing: Framing) -> tuple[Contour, tuple[Contour, ...]]:
    """Draw the outlines of a cell and of its nucleus in field pixels.

    Args:
        instance: the cell.
        framing: of the field.

    Returns:
        The cell's outline, and the nucleus's, largest part first; a nucleus never reaches out of its cell.
    """
    level = find_level(instance.inside, instance.tissue)
    nucleus = np.minimum(find_level(instance.nucleus, instance.chromatin), level)
    # what is a pixel wide may vanish in the smoothing
    cell, *_ = trace_outlines(level) or trace_outlines(instance.inside * np.uint8(255))
    nuclei = tuple(_to_field(one, instance, framing) for one in trace_outlines(nucleus))
    return _to_field(cell, instance, framing), nuclei


def find_field_box(box: tuple[int, int, int, int], framing: Framing) -> tuple[int, int, int, int]:
    """Bring a box from grid to field pixels.

    Args:
        box: x0, y0, x1, y1 half-open, grid pixels.
        framing: of the field.

    Returns:
        The same in field pixels, within the field.
    """
    factor_x, factor_y = framing.px_per_grid
    height, width = framing.field_shape
    x0, y0, x1, y1 = box
    return (
        int(x0 * factor_x),
        int(y0 * factor_y),
        min(width, round(x1 * factor_x)),
        min(height, round(y1 * factor_y)),
    )


def _to_field(outline: Outline, instance: Instance, framing: Framing) -> Contour:
    scale_x, scale_y = framing.px_per_grid
    height, width = framing.field_shape
    # half a pixel, for a pixel's centre is its place: the grid's first is 0.5 grid pixels from the field's edge
    at = outline + np.array([instance.left + 0.5, instance.top + 0.5], np.float32)
    at *= np.array([scale_x, scale_y], np.float32)
    at -= np.float32(0.5)
    points = cv2.approxPolyDP(at, TOLERANCE_PX, True)[:, 0]
    whole = np.clip(np.rint(points), 0, (width - 1, height - 1)).astype(int)
    return tuple((x, y) for x, y in whole.tolist())
