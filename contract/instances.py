"""How a mask becomes separate white cells."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.parting import CORE_LOGIT, part_cells
from contract.quantized import LogitMap, find_order

GRID_STRIDE = 2
"""Prepared pixels per pixel of the grid on which cells are separated: 0.5 um at the usual 0.25 um/px."""

MIN_CELL_UM2 = 30.0
"""Smallest white cell: a lymphocyte of 7 um has 38 um2, the largest usual platelet, 4 um, has 13."""

MIN_NUCLEUS_UM2 = 12.0
"""Smallest sum of nuclear lobes: platelets and stain specks have none."""

MARGIN = 3
"""Pixels of the grid that are kept around a cell, where the field goes on: its outline is found between pixels."""

Pixels = NDArray[np.uint8]
"""(h, w) of 0 and 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One white cell, on a cutting of the grid that holds it.

    Attributes:
        top, left: of the cutting, in grid pixels.
        inside: the whole cell, holes filled.
        nucleus: its nucleus, within it.
        tissue: (h, w) float32 by how much cell is likelier than background, in logits.
        chromatin: (h, w) float32 by how much nucleus is likelier than cytoplasm.
        area, nucleus_area: grid pixels.
        box: x0, y0, x1, y1 half-open, in pixels of the whole grid.
    """

    top: int
    left: int
    inside: Pixels
    nucleus: Pixels
    tissue: NDArray[np.float32]
    chromatin: NDArray[np.float32]
    area: int
    nucleus_area: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Instances:
    """White cells of a field.

    Attributes:
        shape: (g, k) of the grid.
        cells: top to bottom.
    """

    shape: tuple[int, int]
    cells: tuple[Instance, ...]

    def draw_labels(self) -> NDArray[np.int32]:
        """Number the cells on the whole grid: (g, k), 0 outside cells, 1.. within, in the order of `cells`."""
        labels = np.zeros(self.shape, np.int32)
        for number, cell in enumerate(self.cells, start=1):
            height, width = cell.inside.shape
            part = labels[cell.top : cell.top + height, cell.left : cell.left + width]
            part[cell.inside > 0] = number
        return labels


def separate_cells(
    mask: LogitMap, interior: LogitMap, mask_stride: int, shape: tuple[int, int], um_per_px: float
) -> Instances:
    """Find the white cells in the mask, parting those that touch.

    Args:
        mask: (h / stride, w / stride, 3) logits of background, cytoplasm, nucleus.
        interior: (h / stride, w / stride) logit, high at a cell's centre, low at its boundary.
        mask_stride: prepared pixels per mask pixel.
        shape: (h, w) of the prepared field.
        um_per_px: its scale.

    Returns:
        Cells large enough to be white cells, with holes filled.
    """
    grid = -(-shape[0] // GRID_STRIDE), -(-shape[1] // GRID_STRIDE)
    cells: list[Instance] = []
    for place, own in _find_islands(find_order(mask), (mask_stride * um_per_px) ** 2):
        island = _refine_island(mask[place], interior[place], own, mask_stride // GRID_STRIDE)
        cells += _read_island(island, (place[0].start, place[1].start), mask_stride, grid, GRID_STRIDE * um_per_px)
    cells.sort(key=lambda cell: (cell.box[1], cell.box[0]))
    return Instances(grid, tuple(cells))


def _find_islands(order: NDArray[Any], pixel_um2: float) -> Iterator[tuple[tuple[slice, slice], Pixels | None]]:
    """Cut out of the mask what may be white cells, one or several that touch.

    Between mask pixels no cell can be where none of the four around is one: a ring of a pixel around those that are
    holds everything. Yields rows and columns, and which of them belong to it where another reaches in.
    """
    background, cytoplasm, nucleus = cv2.split(order)
    cell = cv2.compare(cv2.max(cytoplasm, nucleus), background, cv2.CMP_GT)
    ring = cv2.dilate(cell, _SQUARE)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ring, connectivity=8, ltype=cv2.CV_16U)
    for label, (x, y, width, height, area) in enumerate(stats[1:].tolist(), start=1):
        if area * pixel_um2 >= MIN_CELL_UM2:
            # one more all around: an outline is found by what lies on both sides of it
            place = slice(max(0, y - 1), y + height + 1), slice(max(0, x - 1), x + width + 1)
            alone = cv2.countNonZero(ring[place]) == area
            yield place, None if alone else (labels[place] == label).view(np.uint8)


class _Island(NamedTuple):
    """Part of the grid: where cells are, their middles, and the evidence as `Instance` has it."""

    inside: Pixels
    core: Pixels
    tissue: NDArray[np.float32]
    chromatin: NDArray[np.float32]


def _refine_island(
    mask: NDArray[np.float32], interior: NDArray[np.float32], own: Pixels | None, factor: int
) -> _Island:
    background, cytoplasm, nucleus = cv2.split(_refine(mask, factor))
    tissue, chromatin = cv2.max(cytoplasm, nucleus) - background, nucleus - cytoplasm
    inside = (tissue > 0).view(np.uint8)
    if own is not None:
        finer = cv2.resize(own, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
        inside &= np.asarray(finer, np.uint8)
    core = (_refine(interior, factor) > CORE_LOGIT).view(np.uint8) & inside
    return _Island(inside, core, tissue, chromatin)


def _read_island(
    island: _Island, place: tuple[int, int], mask_stride: int, grid: tuple[int, int], um_per_grid: float
) -> Iterator[Instance]:
    top, left = (start * mask_stride // GRID_STRIDE for start in place)
    # the last mask pixel may reach out of the field
    seen = slice(grid[0] - top), slice(grid[1] - left)
    inside, core, tissue, chromatin = (
        island.inside[seen],
        island.core[seen],
        island.tissue[seen],
        island.chromatin[seen],
    )
    chromatic = (chromatin > 0).view(np.uint8) & inside
    for body in part_cells(inside, core, um_per_grid):
        nucleus = body & chromatic
        area, nucleus_area = cv2.countNonZero(body), cv2.countNonZero(nucleus)
        if area * um_per_grid**2 >= MIN_CELL_UM2 and nucleus_area * um_per_grid**2 >= MIN_NUCLEUS_UM2:
            yield _cut_out(
                body, nucleus, nucleus_area, island._replace(tissue=tissue, chromatin=chromatin), (top, left)
            )


def _cut_out(body: Pixels, nucleus: Pixels, nucleus_area: int, island: _Island, corner: tuple[int, int]) -> Instance:
    x, y, width, height = cv2.boundingRect(body)
    around = slice(max(0, y - MARGIN), y + height + MARGIN), slice(max(0, x - MARGIN), x + width + MARGIN)
    inside = fill_holes(body[around])
    top, left = corner
    return Instance(
        top=top + around[0].start,
        left=left + around[1].start,
        inside=inside,
        nucleus=nucleus[around],
        tissue=island.tissue[around],
        chromatin=island.chromatin[around],
        area=cv2.countNonZero(inside),
        nucleus_area=nucleus_area,
        box=(left + x, top + y, left + x + width, top + y + height),
    )


def fill_holes(body: Pixels) -> Pixels:
    """Fill what a form encloses.

    Args:
        body: (h, w) of 0 and 1.

    Returns:
        The same with holes filled; a new array.
    """
    outlines, _ = cv2.findContours(body, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return np.asarray(cv2.drawContours(np.zeros(body.shape, np.uint8), outlines, -1, 1, cv2.FILLED), np.uint8)


def _refine(logits: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    finer = cv2.resize(np.ascontiguousarray(logits), None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
    return np.asarray(finer, np.float32)


_SQUARE = np.ones((3, 3), np.uint8)
