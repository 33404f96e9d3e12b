"""Where in a cell the evidence lies, asked of the network itself: parts are covered with plasma and it looks again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.cell import Cell
from contract.contributions import contrast_class, find_place_logits
from contract.flatfield import BACKGROUND
from contract.prepare import Prepared
from device.drawing.heat_map import Heat, likeliest
from device.network.classifier import Classifier

PATCH_UM = 3.0
"""Side of what is covered: a lobe, or a handful of granules."""

AROUND_UM = 4.0
"""How much of the field around the cell the network sees beside it."""

ALIGN_PX = 16
"""Copies lie on multiples of the network's coarsest stride, so that all are seen alike."""


def cover_and_look(cell: Cell, prepared: Prepared, classifier: Classifier) -> Heat:
    """Cover one place of a cell after the other and see how the evidence for its likeliest class falls.

    Many copies of the cell, each covered elsewhere, are looked at in one pass: a cell costs three to six passes.

    Args:
        cell: of the field.
        prepared: the field as the model saw it.
        classifier: opened.

    Returns:
        For each place by how many logits the cell speaks less for its class when it is covered; below 0: it speaks
        more, so that the place spoke against it.
    """
    manifest = classifier.bundle.manifest
    stride = manifest.type_stride
    scene = _Scene.around(cell, prepared, classifier.bundle.manifest.input_shape, stride)
    best = manifest.classes.index(likeliest(cell))
    patch = max(stride, round(PATCH_UM / prepared.um_per_px))
    whole = _Asker(scene, classifier, best)
    before = whole.ask([scene.pixels] * whole.slots)
    covered = [scene.cover(place, patch, stride) for place in scene.places]
    after = np.concatenate([whole.ask(covered[i : i + whole.slots]) for i in range(0, len(covered), whole.slots)])
    fall = np.resize(before, len(after)) - after
    return Heat("lost where covered", scene.lay_out(fall), scene.origin(prepared), scene.step(prepared, stride))


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """A cell with what lies around it.

    Attributes:
        pixels: (h, w, 3) of the prepared field; h and w are multiples of the type stride.
        weights: (h / stride, w / stride) share of each place that the cell covers.
        corner: (x, y) of its upper left corner in prepared pixels.
    """

    pixels: NDArray[np.uint8]
    weights: NDArray[np.float32]
    corner: tuple[int, int]

    @classmethod
    def around(cls, cell: Cell, prepared: Prepared, input_shape: tuple[int, int], stride: int) -> "_Scene":
        scale = np.array(prepared.image.shape[1::-1]) / np.array(prepared.field_shape[::-1])
        outline = (np.array(cell.contour) + 0.5) * scale
        margin = AROUND_UM / prepared.um_per_px
        low = np.floor((outline.min(axis=0) - margin) / stride).astype(int) * stride
        high = np.ceil((outline.max(axis=0) + margin) / stride).astype(int) * stride
        width, height = np.minimum(high - low, np.array(input_shape[::-1]) // ALIGN_PX * ALIGN_PX).tolist()
        x, y = ((low + high - (width, height)) // (2 * stride) * stride).tolist()
        plane = np.zeros((height, width), np.float32)
        cv2.fillPoly(plane, [np.rint((outline - (x, y)) * 16 - 8).astype(np.int32)], 1.0, shift=4)
        weights = cv2.resize(plane, (width // stride, height // stride), interpolation=cv2.INTER_AREA)
        return cls(_cut(prepared.image, x, y, width, height), np.asarray(weights, np.float32), (x, y))

    @property
    def places(self) -> list[tuple[int, int]]:
        """Row and column of each place that the cell covers."""
        rows, columns = np.nonzero(self.weights)
        return list(zip(rows.tolist(), columns.tolist(), strict=True))

    def cover(self, place: tuple[int, int], patch: int, stride: int) -> NDArray[np.uint8]:
        covered = self.pixels.copy()
        top, left = (max(0, round((at + 0.5) * stride - patch / 2)) for at in place)
        covered[top : top + patch, left : left + patch] = BACKGROUND
        return covered

    def lay_out(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        plane = np.zeros_like(self.weights)
        plane[self.weights > 0] = values
        return plane

    def origin(self, prepared: Prepared) -> tuple[float, float]:
        x, y = _field_px(prepared)
        return self.corner[0] * x, self.corner[1] * y

    def step(self, prepared: Prepared, stride: int) -> tuple[float, float]:
        x, y = _field_px(prepared)
        return stride * x, stride * y


class _Asker:
    """Asks the network about as many scenes of one size at once as its input holds."""

    def __init__(self, scene: _Scene, classifier: Classifier, best: int) -> None:
        self._scene, self._classifier, self._best = scene, classifier, best
        self._input = classifier.bundle.manifest.input_shape
        self._tile = tuple(-(-side // ALIGN_PX) * ALIGN_PX for side in scene.pixels.shape[:2])
        self.slots = int(np.prod([max(1, whole // side) for whole, side in zip(self._input, self._tile, strict=True)]))

    def ask(self, scenes: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Say for each scene how much the cell speaks for its class: (n,) logits."""
        manifest = self._classifier.bundle.manifest
        canvas = np.full((*self._input, 3), BACKGROUND, np.uint8)
        height, width = self._scene.pixels.shape[:2]
        corners = list(self._corners())[: len(scenes)]
        for pixels, (y, x) in zip(scenes, corners, strict=True):
            canvas[y : y + height, x : x + width] = pixels
        prepared = Prepared(canvas, self._input, manifest.um_per_px)
        logits = find_place_logits(self._classifier.outputs(prepared), prepared, manifest).logits
        stride, weights = manifest.type_stride, self._scene.weights
        told = [
            np.tensordot(weights, logits[y // stride :, x // stride :][: weights.shape[0], : weights.shape[1]], axes=2)
            for y, x in corners
        ]
        return contrast_class(np.array(told) / weights.sum(), self._best)

    def _corners(self) -> Iterator[tuple[int, int]]:
        rows, columns = (max(1, whole // side) for whole, side in zip(self._input, self._tile, strict=True))
        yield from ((row * self._tile[0], column * self._tile[1]) for row in range(rows) for column in range(columns))


def _cut(image: NDArray[np.uint8], x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
    """Cut a part that may reach beyond the field, where empty plasma is."""
    cut = np.full((height, width, 3), BACKGROUND, np.uint8)
    top, left = max(0, y), max(0, x)
    part = image[top : y + height, left : x + width]
    cut[top - y : top - y + part.shape[0], left - x : left - x + part.shape[1]] = part
    return cut


def _field_px(prepared: Prepared) -> tuple[float, float]:
    return (
        prepared.field_shape[1] / prepared.image.shape[1],
        prepared.field_shape[0] / prepared.image.shape[0],
    )
