"""The only reading of a model's outputs: from maps of logits to white cells and masks."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.attributes import read_attributes
from contract.bundle import Manifest
from contract.cell import Cell, Details
from contract.framing import Framing, find_field_box, find_framing, frame_outlines
from contract.instances import GRID_STRIDE, Instance, Instances, separate_cells
from contract.later import Later
from contract.morphology import Shape, measure_shape
from contract.naming import Naming, Pooled, name_cells
from contract.outputs import Outputs
from contract.overruling import overrule
from contract.prepare import Prepared
from contract.quantized import LogitMap, Quantized


def read_cells(outputs: Outputs, prepared: Prepared, manifest: Manifest) -> tuple[Cell, ...]:
    """Read the white cells of a field.

    A cell is a component of the mask, parted where it has several cores; its type is the mean of the cell-type logits
    over the cell, or the on-site head's, calibrated; see `contract.naming.name_cells`.

    Args:
        outputs: of the prepared field.
        prepared: the field itself, for its size and scale.
        manifest: classes, strides, temperature and thresholds.

    Returns:
        Cells in field pixels, top to bottom.
    """
    instances = _separate(outputs, prepared, manifest.mask_stride)
    um_per_grid, framing = GRID_STRIDE * prepared.um_per_px, find_framing(prepared)
    pooled = [
        _pool(instance, outputs, manifest.type_stride // GRID_STRIDE, um_per_grid) for instance in instances.cells
    ]
    return tuple(
        _read_cell(instance, instances.shape, one, naming, um_per_grid, framing, manifest)
        for instance, one, naming in zip(instances.cells, pooled, name_cells(pooled, manifest), strict=True)
    )


def label_map(outputs: Outputs, prepared: Prepared, mask_stride: int) -> NDArray[np.uint8]:
    """Draw what belongs to white cells at the field's own size.

    Args:
        outputs: of the prepared field.
        prepared: the field itself.
        mask_stride: prepared pixels per mask pixel.

    Returns:
        (H, W) uint8: 0 background, 1 cytoplasm, 2 nucleus.
    """
    instances = _separate(outputs, prepared, mask_stride)
    height, width = prepared.image.shape[:2]
    logits = cv2.resize(outputs.mask[:], None, fx=mask_stride, fy=mask_stride, interpolation=cv2.INTER_LINEAR)
    size = (prepared.field_shape[1], prepared.field_shape[0])
    tissue = cv2.resize(logits[:height, :width], size, interpolation=cv2.INTER_LINEAR).argmax(axis=2)
    near_cell = cv2.dilate((instances.draw_labels() > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(tissue * cv2.resize(near_cell, size, interpolation=cv2.INTER_NEAREST), np.uint8)


def pool_over(weights: NDArray[np.float32], maps: NDArray[Any]) -> NDArray[np.float32]:
    """Mean of a map over a cell.

    Args:
        weights: (h, w) share of each map pixel that the cell covers, 0..1, not all zero.
        maps: (h, w, C), real numbers or integers.

    Returns:
        (C,) weighted mean.
    """
    rows = np.asarray(maps, np.float32).reshape(-1, maps.shape[2])
    return np.asarray(weights.ravel() @ rows / weights.sum(), np.float32)


def _separate(outputs: Outputs, prepared: Prepared, mask_stride: int) -> Instances:
    shape = (prepared.image.shape[0], prepared.image.shape[1])
    return separate_cells(outputs.mask, outputs.interior, mask_stride, shape, prepared.um_per_px)


def _read_cell(
    instance: Instance,
    grid: tuple[int, int],
    pooled: Pooled,
    naming: Naming,
    um_per_grid: float,
    framing: Framing,
    manifest: Manifest,
) -> Cell:
    shape = Later(lambda: measure_shape(instance.inside, instance.nucleus, um_per_grid))
    touches = _touches_edge(instance.box, grid)
    return Cell(
        box=find_field_box(instance.box, framing),
        cell_type=overrule(naming, pooled.area_um2, shape, instance, whole=not touches, manifest=manifest),
        confidence=naming.confidence,
        probabilities=naming.probabilities,
        candidates=naming.candidates,
        nucleus_fraction=pooled.nucleus_fraction,
        area_um2=pooled.area_um2,
        touches_border=touches,
        outside=naming.outside,
        features=tuple(pooled.features.tolist()),
        details=Later(lambda: _look_closer(instance, shape, pooled, framing, manifest)),
    )


def _look_closer(
    instance: Instance, shape: Later[Shape], pooled: Pooled, framing: Framing, manifest: Manifest
) -> Details:
    contour, nuclei = frame_outlines(instance, framing)
    return Details(contour, nuclei, shape.get(), read_attributes(pooled.attributes, manifest.attributes))


def _touches_edge(box: tuple[int, int, int, int], grid: tuple[int, int]) -> bool:
    x0, y0, x1, y1 = box
    return x0 == 0 or y0 == 0 or y1 == grid[0] or x1 == grid[1]


def _pool(instance: Instance, outputs: Outputs, factor: int, um_per_grid: float) -> Pooled:
    cover, place = _cover(instance, factor)

    def pool(maps: LogitMap) -> NDArray[np.float32]:
        if isinstance(maps, Quantized):  # the mean of integers, of which one a channel becomes real
            return maps.make_real(pool_over(cover, maps.values[place]))
        return pool_over(cover, maps[place])

    return Pooled(
        features=pool(outputs.features),
        logits=pool(outputs.cell_type),
        attributes=None if outputs.attributes is None else pool(outputs.attributes),
        area_um2=instance.area * um_per_grid**2,
        nucleus_fraction=instance.nucleus_area / instance.area,
    )


def _cover(instance: Instance, factor: int) -> tuple[NDArray[np.float32], tuple[slice, slice]]:
    """Say what share of each pixel of the cell-type map the cell covers, and which rows and columns these are."""
    x0, y0, x1, y1 = instance.box
    top, left, bottom, right = y0 // factor, x0 // factor, -(-y1 // factor), -(-x1 // factor)
    padded = np.zeros(((bottom - top) * factor, (right - left) * factor), np.float32)
    body = instance.inside[y0 - instance.top : y1 - instance.top, x0 - instance.left : x1 - instance.left]
    padded[y0 - top * factor : y1 - top * factor, x0 - left * factor : x1 - left * factor] = body
    cover = cv2.resize(padded, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    return np.asarray(cover, np.float32), (slice(top, bottom), slice(left, right))
