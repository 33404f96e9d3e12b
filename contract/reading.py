"""The only reading of a model's outputs: from maps of logits to white cells and masks."""

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.attributes import read_attributes
from contract.bundle import Manifest
from contract.cell import Cell, Point
from contract.instances import GRID_STRIDE, Instances, separate_cells
from contract.morphology import measure_shape
from contract.naming import Pooled, name_cell
from contract.outputs import Outputs
from contract.prepare import Prepared


def read_cells(outputs: Outputs, prepared: Prepared, manifest: Manifest) -> tuple[Cell, ...]:
    """Read the white cells of a field.

    A cell is a component of the mask, parted where it has several cores; its type is the mean of the cell-type logits
    over the cell, or the on-site head's, calibrated; see `contract.naming.name_cell`.

    Args:
        outputs: of the prepared field.
        prepared: the field itself, for its size and scale.
        manifest: classes, strides, temperature and thresholds.

    Returns:
        Cells in field pixels, top to bottom.
    """
    instances = _separate(outputs, prepared, manifest.mask_stride)
    labels = range(1, len(instances.places) + 1)
    return tuple(_read_cell(label, instances, outputs, prepared, manifest) for label in labels)


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
    logits = cv2.resize(outputs.mask, None, fx=mask_stride, fy=mask_stride, interpolation=cv2.INTER_LINEAR)
    size = (prepared.field_shape[1], prepared.field_shape[0])
    tissue = cv2.resize(logits[:height, :width], size, interpolation=cv2.INTER_LINEAR).argmax(axis=2)
    near_cell = cv2.dilate((instances.labels > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(tissue * cv2.resize(near_cell, size, interpolation=cv2.INTER_NEAREST), np.uint8)


def pool_over(weights: NDArray[np.float32], maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of a map over a cell.

    Args:
        weights: (h, w) share of each map pixel that the cell covers, 0..1, not all zero.
        maps: (h, w, C).

    Returns:
        (C,) weighted mean.
    """
    return np.asarray(np.tensordot(weights, maps, axes=2) / weights.sum(), np.float32)


def _separate(outputs: Outputs, prepared: Prepared, mask_stride: int) -> Instances:
    shape = (prepared.image.shape[0], prepared.image.shape[1])
    return separate_cells(outputs.mask, outputs.interior, mask_stride, shape, prepared.um_per_px)


def _read_cell(label: int, instances: Instances, outputs: Outputs, prepared: Prepared, manifest: Manifest) -> Cell:
    rows, columns = instances.places[label - 1]
    factor = manifest.type_stride // GRID_STRIDE
    # only the part of the maps around the cell is looked at, from a pixel of the cell-type map on
    top, left = rows.start // factor * factor, columns.start // factor * factor
    around = slice(top, rows.stop), slice(left, columns.stop)
    inside = instances.labels[around] == label
    nucleus = inside & instances.nucleus[around]
    cover = _cover(inside, factor)
    under = tuple(slice(at // factor, at // factor + size) for at, size in zip((top, left), cover.shape, strict=True))
    area = int(inside.sum())
    pooled = Pooled(
        features=pool_over(cover, outputs.features[under]),
        logits=pool_over(cover, outputs.cell_type[under]),
        attributes=None if outputs.attributes is None else pool_over(cover, outputs.attributes[under]),
        area_um2=area * (GRID_STRIDE * prepared.um_per_px) ** 2,
        nucleus_fraction=int(nucleus.sum()) / area,
    )
    naming = name_cell(pooled, manifest)
    height, width = instances.labels.shape
    return Cell(
        box=_to_field_box((columns.start, rows.start, columns.stop, rows.stop), prepared),
        contour=_outlines(inside, (left, top), prepared)[0],
        nucleus_contours=_outlines(nucleus, (left, top), prepared),
        cell_type=naming.cell_type,
        confidence=naming.confidence,
        probabilities=naming.probabilities,
        candidates=naming.candidates,
        nucleus_fraction=pooled.nucleus_fraction,
        area_um2=pooled.area_um2,
        touches_border=rows.start == 0 or columns.start == 0 or rows.stop == height or columns.stop == width,
        outside=naming.outside,
        features=tuple(float(value) for value in pooled.features),
        shape=measure_shape(inside, nucleus, GRID_STRIDE * prepared.um_per_px),
        attributes=read_attributes(pooled.attributes, manifest.attributes),
    )


def _cover(inside: NDArray[np.bool_], factor: int) -> NDArray[np.float32]:
    rows, columns = (-(-length // factor) for length in inside.shape)
    padded = np.zeros((rows * factor, columns * factor), np.float32)
    padded[: inside.shape[0], : inside.shape[1]] = inside
    return np.asarray(padded.reshape(rows, factor, columns, factor).mean(axis=(1, 3)), np.float32)


def _outlines(inside: NDArray[np.bool_], corner: Point, prepared: Prepared) -> tuple[tuple[Point, ...], ...]:
    outlines, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=corner)
    by_size = sorted(outlines, key=cv2.contourArea, reverse=True)
    scale = np.array(_field_px_per_grid(prepared))
    return tuple(
        tuple((x, y) for x, y in np.rint((outline[:, 0] + 0.5) * scale - 0.5).astype(int).tolist())
        for outline in by_size
    )


def _field_px_per_grid(prepared: Prepared) -> tuple[float, float]:
    height, width = prepared.image.shape[:2]
    return GRID_STRIDE * prepared.field_shape[1] / width, GRID_STRIDE * prepared.field_shape[0] / height


def _to_field_box(box: tuple[int, int, int, int], prepared: Prepared) -> tuple[int, int, int, int]:
    factor_x, factor_y = _field_px_per_grid(prepared)
    height, width = prepared.field_shape
    x0, y0, x1, y1 = box
    return (
        int(x0 * factor_x),
        int(y0 * factor_y),
        min(width, round(x1 * factor_x)),
        min(height, round(y1 * factor_y)),
    )
