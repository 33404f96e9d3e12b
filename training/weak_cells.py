"""Where guessed cells end: which lie free, how far the others reach, and where two that touch are parted."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.shapes import (
    Mask,
    distance_um,
    fill_holes,
    grow,
    smooth_close,
    smooth_open,
    solidity,
    touching,
)
from training.stain import Stain

REACH_UM = 6.0  # farthest a free cell may reach from its nucleus; farther is a neighbour that it touches
FREE_UM2 = (25.0, 450.0)  # a small lymphocyte to a spread monocyte
FREE_SOLIDITY = 0.95  # less convex: a red cell clings to it
CYTOPLASM_UM = 1.5  # what is granted around the nucleus of a cell that touches others
LEAST_NUCLEUS_UM2 = 12.0  # as contract.instances has it
LOBE_UM2 = 25.0  # less nucleus than this beside a cell is a lobe of it; a small lymphocyte has 35
LOBE_GAP_UM = 4.0  # between a lobe and the rest of its cell
PART_BELOW = 0.9  # solidity under which a large group is looked at for several cells
CENTRE_UM = 2.0  # a cell's middle is at least this deep


def find_free_cells(
    stain: Stain, nucleus: Mask, plasma: Mask, distance: NDArray[np.float32], purple: Mask, um_per_px: float
) -> Mask:
    """Find cells that plasma surrounds on all sides, so that their whole extent is known.

    A candidate is refused where it reaches too far from its nucleus, is not convex, or its cytoplasm has the colour
    of the picture's red cells.

    Args:
        stain: scores of the prepared image.
        nucleus: (h, w) bool.
        plasma: (h, w) bool, empty and joined to the world outside.
        distance: (h, w) micrometres to the nearest nucleus.
        purple: (h, w) bool, may belong to white cells.
        um_per_px: scale.

    Returns:
        (h, w) bool.
    """
    body = smooth_open(~plasma & (distance <= REACH_UM), 0.75, um_per_px) | nucleus
    red = (distance > REACH_UM) & ~plasma & ~purple
    red_purple = float(np.median(stain.purple[red])) if red.sum() > 50 else -np.inf
    count, labels = cv2.connectedComponents(body.astype(np.uint8), connectivity=4)
    free = np.zeros_like(nucleus)
    for label in range(1, count):
        cell = fill_holes(labels == label)
        low, high = (area / um_per_px**2 for area in FREE_UM2)
        if not (cell & nucleus).any() or not low <= cell.sum() <= high:
            continue
        ring = cell & (distance > 0.75)
        reaches_far = float(distance[cell].max()) > REACH_UM - um_per_px
        like_red = ring.sum() > 20 and float((stain.purple[ring] > red_purple).mean()) < 0.6
        if not reaches_far and not like_red and solidity(cell) >= FREE_SOLIDITY:
            free |= cell
    return free


def find_extents(nucleus: Mask, free: Mask, coloured: Mask, plasma: Mask, um_per_px: float) -> Mask:
    """Estimate how far white cells reach: for class maps, boxes and interiors, not for the mask.

    Args:
        nucleus: (h, w) bool.
        free: (h, w) bool, from `find_free_cells`.
        coloured: (h, w) bool, purple and not plasma.
        plasma: (h, w) bool.
        um_per_px: scale.

    Returns:
        (h, w) bool without holes.
    """
    around = grow(smooth_close(nucleus, 1.5, um_per_px), CYTOPLASM_UM, um_per_px) & ~plasma
    near = distance_um(nucleus, um_per_px) < REACH_UM
    joined = touching(smooth_open(coloured & near, 0.5, um_per_px) | nucleus, nucleus)
    return fill_holes(smooth_open(around | free | joined, 0.75, um_per_px) | nucleus)


def number_cells(extents: Mask, nucleus: Mask, um_per_px: float) -> NDArray[np.uint16]:
    """Number the cells of a mask, parting groups that are far from convex and joining stray lobes to their cell.

    Args:
        extents: (h, w) bool.
        nucleus: (h, w) bool.
        um_per_px: scale.

    Returns:
        (h, w) uint16, 0 or 1..n; components without enough nucleus are left out.
    """
    count, labels = cv2.connectedComponents(extents.astype(np.uint8), connectivity=4)
    parts = [part for label in range(1, count) for part in _part_group(labels == label, nucleus, um_per_px)]
    areas = [float((part & nucleus).sum() * um_per_px**2) for part in parts]
    numbered = np.zeros(extents.shape, np.uint16)
    large = [part for part, area in zip(parts, areas, strict=True) if area >= LOBE_UM2]
    for number, part in enumerate(large, start=1):
        numbered[part] = number
    following = len(large)
    for part, area in zip(parts, areas, strict=True):
        if area >= LOBE_UM2:
            continue
        owner = _find_owner(part, numbered, um_per_px)
        if owner or area >= LEAST_NUCLEUS_UM2:
            following += not owner
            numbered[part] = owner or following
    return numbered


def _find_owner(lobe: Mask, numbered: NDArray[np.uint16], um_per_px: float) -> int:
    around = numbered[grow(lobe, LOBE_GAP_UM, um_per_px)]
    around = around[around > 0]
    return int(np.bincount(around).argmax()) if around.size else 0


def _part_group(group: Mask, nucleus: Mask, um_per_px: float) -> list[Mask]:
    if solidity(group) >= PART_BELOW:
        return [group]
    padded = np.pad(group, 1).astype(np.uint8)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1] * um_per_px
    radius = max(1, round(CENTRE_UM / um_per_px))
    window = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    middles = (depth >= cv2.dilate(depth, window)) & (depth >= CENTRE_UM) & group
    middles = grow(middles, CENTRE_UM / 2, um_per_px) & group
    _, marks = cv2.connectedComponents(middles.astype(np.uint8), connectivity=8)
    while True:
        parts = _share_out(group, np.asarray(marks))
        small = [mark for mark, part in parts.items() if (part & nucleus).sum() * um_per_px**2 < LOBE_UM2]
        if len(parts) < 2:
            return [group]
        if not small:
            return list(parts.values())
        marks[marks == small[0]] = 0


def _share_out(group: Mask, marks: NDArray[np.int32]) -> dict[int, Mask]:
    """Give each pixel of a group to the nearest mark."""
    if not marks.any():
        return {}
    _, nearest = cv2.distanceTransformWithLabels(
        (marks == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    mark_at = np.zeros(int(nearest.max()) + 1, np.int32)
    mark_at[nearest[marks > 0]] = marks[marks > 0]
    owner = mark_at[nearest]
    return {int(mark): group & (owner == mark) for mark in np.unique(marks) if mark}
