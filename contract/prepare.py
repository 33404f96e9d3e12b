"""How a field becomes what the model sees: shading off, white point set, one area resize, cut into input windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from contract.flatfield import BACKGROUND, divide_background, estimate_background
from contract.shrinking import find_period, shrink

OVERLAP_PX = 64
"""By how much neighbouring windows overlap at least: a white cell at 0.25 um/px is 30 to 80 px wide."""

SMALLEST_INPUT_PX = OVERLAP_PX + 32
"""Shortest side of a model's input: windows of less would hardly advance over a field."""


class PrepareError(Refusal):
    """A field has the wrong shape, type or scale. Look at the camera's format and at um_per_px."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Prepared:
    """A field as the model sees it.

    Attributes:
        image: (h, w, 3) uint8 RGB at the working scale, flat-fielded, empty plasma at `BACKGROUND`.
        field_shape: (H, W) of the field it came from, in pixels.
        um_per_px: working scale.
    """

    image: NDArray[np.uint8]
    field_shape: tuple[int, int]
    um_per_px: float


@dataclass(frozen=True, slots=True)
class Window:
    """One input of the model: where it lies in the prepared image, and what of it is kept when outputs are joined.

    Attributes:
        y0, x0: top left corner in prepared pixels; multiples of 16, so that output maps join without resampling.
    """

    y0: int
    x0: int


def prepare_field(field: NDArray[np.uint8], um_per_px: float, working_um_per_px: float) -> Prepared:
    """Bring a field of view to the working scale with its shading and white point taken away.

    The only resize in the project: training stores its result and the device calls it, so both see the same pixels.

    Args:
        field: (H, W, 3) uint8 RGB, 0..255.
        um_per_px: size of a field pixel in micrometres, > 0.
        working_um_per_px: the bundle's scale, > 0.

    Returns:
        The prepared field, of any size.

    Raises:
        PrepareError: the field is not (H, W, 3) uint8, or a scale is not a positive number.
    """
    if field.ndim != 3 or field.shape[2] != 3 or field.dtype != np.uint8:
        raise PrepareError(f"field: {field.shape} {field.dtype} (expected (H, W, 3) uint8 RGB)")
    if not (0 < um_per_px < 100 and working_um_per_px > 0):
        raise PrepareError(f"um_per_px: {um_per_px} (expected micrometres per pixel, more than 0 and less than 100)")
    height, width = field.shape[:2]
    shape = prepared_shape((height, width), um_per_px, working_um_per_px)
    scaled = _resize(field, shape)
    flat = divide_background(scaled, estimate_background(scaled, working_um_per_px))
    return Prepared(np.ascontiguousarray(flat), (height, width), working_um_per_px)


def prepared_shape(field_shape: tuple[int, int], um_per_px: float, working_um_per_px: float) -> tuple[int, int]:
    """Size of a field at the working scale.

    Args:
        field_shape: (H, W) in field pixels.
        um_per_px: field scale.
        working_um_per_px: working scale.

    Returns:
        (h, w) in prepared pixels, each at least 1.
    """
    factor = um_per_px / working_um_per_px
    return max(1, round(field_shape[0] * factor)), max(1, round(field_shape[1] * factor))


def resize_label(label: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize a label map so that each pixel takes the label that covers most of its area.

    Args:
        label: (H, W) uint8, few distinct values.
        shape: (h, w) wanted.

    Returns:
        (h, w) uint8 with values of `label` only.
    """
    values = np.unique(label)
    cover = np.stack([_resize((label == value).astype(np.float32), shape) for value in values])
    return np.asarray(values[cover.argmax(axis=0)], np.uint8)


def plan_windows(shape: tuple[int, int], input_shape: tuple[int, int]) -> tuple[Window, ...]:
    """Cover a prepared field with windows of the model's input size, as few as overlap allows.

    Args:
        shape: (h, w) of the prepared field.
        input_shape: (height, width) of the model's input.

    Returns:
        Windows row by row; one at (0, 0) where the field fits.

    Raises:
        PrepareError: the field needs several windows and the input is shorter than `SMALLEST_INPUT_PX`.
    """
    fits = shape[0] <= input_shape[0] and shape[1] <= input_shape[1]
    if not fits and min(input_shape) < SMALLEST_INPUT_PX:
        raise PrepareError(f"input size: {input_shape} (expected at least {SMALLEST_INPUT_PX} px a side)")
    rows, columns = (_starts(length, step) for length, step in zip(shape, input_shape, strict=True))
    return tuple(Window(y, x) for y in rows for x in columns)


def cut_window(image: NDArray[np.uint8], window: Window, input_shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Cut one model input from a prepared field; what lies outside the field is empty plasma.

    Args:
        image: (h, w, 3) prepared field.
        window: from `plan_windows`.
        input_shape: (height, width).

    Returns:
        (height, width, 3) uint8, C-contiguous.
    """
    part = image[window.y0 : window.y0 + input_shape[0], window.x0 : window.x0 + input_shape[1]]
    if part.shape[:2] == input_shape:
        return np.ascontiguousarray(part)
    canvas = np.full((*input_shape, 3), BACKGROUND, np.uint8)
    canvas[: part.shape[0], : part.shape[1]] = part
    return canvas


def stitch_maps(
    maps: Sequence[NDArray[Any]], windows: Sequence[Window], shape: tuple[int, int], stride: int
) -> NDArray[Any]:
    """Join the output maps of several windows; where two overlap, each gives the half that lies deeper inside it.

    Args:
        maps: (height / stride, width / stride, C) each, all of one type.
        windows: where each map's window lies.
        shape: (h, w) of the prepared field.
        stride: prepared pixels per map pixel; divides 16.

    Returns:
        (ceil(h / stride), ceil(w / stride), C).
    """
    rows, columns = -(-shape[0] // stride), -(-shape[1] // stride)
    if len(windows) == 1:
        return maps[0][:rows, :columns]
    joined = np.zeros((rows, columns, maps[0].shape[2]), maps[0].dtype)
    skip = OVERLAP_PX // 2 // stride
    for part, window in zip(maps, windows, strict=True):
        top, left = window.y0 // stride, window.x0 // stride
        cut_y, cut_x = (skip if top else 0), (skip if left else 0)
        kept = part[cut_y : rows - top, cut_x : columns - left]
        joined[top + cut_y : top + cut_y + kept.shape[0], left + cut_x : left + cut_x + kept.shape[1]] = kept
    return joined


def _starts(length: int, step: int) -> list[int]:
    starts = [0]
    while starts[-1] + step < length:
        starts.append((starts[-1] + step - OVERLAP_PX) // 16 * 16)
    return starts


def _resize(picture: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    if picture.shape[:2] == shape:
        return picture
    rows, columns = (find_period(length, wanted) for length, wanted in zip(picture.shape[:2], shape, strict=True))
    if rows and columns and picture.ndim == 3 and picture.dtype == np.uint8:
        return shrink(picture, rows, columns)
    shrinks = shape[0] <= picture.shape[0]
    resized = cv2.resize(picture, (shape[1], shape[0]), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(resized)
