"""How a mask becomes separate white cells."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes, find_objects

GRID_STRIDE = 2
"""Prepared pixels per pixel of the grid on which cells are separated: 0.5 um at the usual 0.25 um/px."""

CORE = 0.5
"""Interior probability above which a pixel belongs to the core of a cell; two cores in one component are two cells."""

MIN_CELL_UM2 = 30.0
"""Smallest white cell: a lymphocyte of 7 um has 38 um2, the largest usual platelet, 4 um, has 13."""

MIN_NUCLEUS_UM2 = 12.0
"""Smallest sum of nuclear lobes: platelets and stain specks have none."""


@dataclass(frozen=True, slots=True)
class Instances:
    """White cells on the grid.

    Attributes:
        labels: (g, k) int32; 0 outside cells, 1.. within, one number a cell.
        nucleus: (g, k) bool; nucleus within cells.
        places: for each cell, from 1 on, the rows and columns that hold it.
    """

    labels: NDArray[np.int32]
    nucleus: NDArray[np.bool_]
    places: tuple[tuple[slice, slice], ...]


def separate_cells(
    mask: NDArray[np.float32], interior: NDArray[np.float32], mask_stride: int, shape: tuple[int, int], um_per_px: float
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
    logits = _to_grid(mask, mask_stride, shape)
    background, cytoplasm, nucleus = (logits[..., i] for i in range(3))
    foreground = np.maximum(cytoplasm, nucleus) > background
    core = foreground & (_to_grid(interior, mask_stride, shape) > np.log(CORE / (1 - CORE)))
    labels = _part_by_cores(foreground, core)
    return _keep_white_cells(labels, foreground & (nucleus > cytoplasm), GRID_STRIDE * um_per_px)


def _to_grid(logits: NDArray[np.float32], stride: int, shape: tuple[int, int]) -> NDArray[np.float32]:
    factor = stride // GRID_STRIDE
    size = (logits.shape[1] * factor, logits.shape[0] * factor)
    finer = cv2.resize(np.ascontiguousarray(logits), size, interpolation=cv2.INTER_LINEAR)
    rows, columns = -(-shape[0] // GRID_STRIDE), -(-shape[1] // GRID_STRIDE)
    return np.asarray(finer[:rows, :columns], np.float32)


def _part_by_cores(foreground: NDArray[np.bool_], core: NDArray[np.bool_]) -> NDArray[np.int32]:
    count, labels = cv2.connectedComponents(foreground.astype(np.uint8), connectivity=4)
    _, cores = cv2.connectedComponents(core.astype(np.uint8), connectivity=8)
    pairs = np.unique(np.stack([labels[core], cores[core]], axis=1), axis=0)
    components, held = np.unique(pairs[:, 0], return_counts=True)
    parted = np.asarray(labels, np.int32).copy()
    for component in components[held > 1]:
        inside = labels == component
        nearest = _nearest_core(inside & core)
        for core_id in np.unique(nearest[inside])[1:]:
            count += 1
            parted[inside & (nearest == core_id)] = count - 1
    return parted


def _nearest_core(core: NDArray[np.bool_]) -> NDArray[np.int32]:
    _, nearest = cv2.distanceTransformWithLabels(
        (~core).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_CCOMP
    )
    return np.asarray(nearest, np.int32)


def _keep_white_cells(labels: NDArray[np.int32], nucleus: NDArray[np.bool_], um_per_grid: float) -> Instances:
    pixel_um2 = um_per_grid**2
    areas = np.bincount(labels.ravel()) * pixel_um2
    nuclei = np.bincount(labels[nucleus], minlength=len(areas)) * pixel_um2
    large = (areas >= MIN_CELL_UM2) & (nuclei >= MIN_NUCLEUS_UM2)
    kept = np.zeros_like(labels)
    places = []
    for label, place in enumerate(find_objects(labels), start=1):
        if place is None or not large[label]:
            continue
        places.append(place)
        filled = binary_fill_holes(labels[place] == label)
        kept[place][filled] = len(places)
    return Instances(kept, nucleus & (kept > 0), tuple(places))
