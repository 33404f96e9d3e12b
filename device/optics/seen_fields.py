"""Shading estimated from fields with cells, where no empty field was to be had: what all of them have in common."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.flatfield import SHADING_FROM_UM, estimate_background
from device.optics.grids import Grid, make_grid
from device.optics.light import check_light
from device.optics.stacking import MeasuringError, Told

MIN_FIELDS = 12
"""Fields without which nothing is estimated: the median of so many lets five be wrong at any place."""

FIELDS = 24
"""Fields that are asked for."""

SAME_FIELD = 0.6
"""Correlation of what lies in two pictures from which they show the same place."""

MAX_SPREAD = 0.06
"""Median deviation between fields, in share of the light: more, and lamp or camera changed between them."""


BAD_IN_A_ROW = 25
"""Pictures without usable light after which one says so rather than waiting for better ones."""


@dataclass(frozen=True, slots=True)
class SeenLight:
    """The light that fields have in common.

    Attributes:
        grid: its levels.
        fields: how many fields it was taken from.
        held_out: (h, w, 3) what is left where one half of the fields is corrected by the other, about 1.
        spread: median deviation of one field from it, in share of the light.
        looked_at: pictures that were looked at, those of the same place included.
    """

    grid: Grid
    fields: int
    held_out: Grid
    spread: float
    looked_at: int


def measure_seen(frames: Iterable[NDArray[np.uint8]], um_per_px: float, wanted: int, tell: Told) -> SeenLight:
    """Estimate the light from fields with cells.

    Each field gives its own estimate, in which large cells and clumps leave dents; the median over fields, each brought
    to the same mean, has none, for they lie elsewhere in each.

    Args:
        frames: (H, W, 3) uint8 raw pictures; those of a place already seen, and those too dark or bright, do not count.
        um_per_px: size of a pixel in micrometres.
        wanted: fields to take; fewer are taken where there are no more.
        tell: hears of each field.

    Returns:
        The light.

    Raises:
        MeasuringError: fewer than `MIN_FIELDS` different fields, or fields that do not agree.
    """
    lights: list[Grid] = []
    seen: list[NDArray[np.float32]] = []
    looked_at = bad_in_a_row = 0
    for frame in frames:
        looked_at += 1
        try:
            check_light(frame)
            bad_in_a_row = 0
        except MeasuringError:
            bad_in_a_row += 1
            if bad_in_a_row == BAD_IN_A_ROW:
                raise
            continue
        light = _estimate(frame, um_per_px)
        if lights and light.shape != lights[0].shape:
            continue
        content = _find_content(frame, light)
        if any(_correlate(content, other) > SAME_FIELD for other in seen):
            continue
        lights.append(light)
        seen.append(content)
        tell(len(lights), wanted)
        if len(lights) == wanted:
            break
    if len(lights) < MIN_FIELDS:
        raise MeasuringError(
            f"{len(lights)} different fields in {looked_at} pictures (expected at least {MIN_FIELDS}: move the slide)"
        )
    return _combine(np.stack(lights), looked_at)


def _combine(lights: NDArray[np.float32], looked_at: int) -> SeenLight:
    levels = lights.mean(axis=(1, 2), keepdims=True)
    forms = lights / levels
    form = np.median(forms, axis=0)
    spread = float(np.median(np.abs(forms / form - 1)) * 1.4826)
    if spread > MAX_SPREAD:
        raise MeasuringError(
            f"fields differ by {spread:.1%} in their shading (expected at most {MAX_SPREAD:.0%}: one lamp, one camera "
            "setting, one objective)"
        )
    grid = np.asarray(form * np.median(levels, axis=0), np.float32)
    held_out = np.asarray(np.median(forms[::2], axis=0) / np.median(forms[1::2], axis=0), np.float32)
    return SeenLight(grid, len(lights), held_out, spread, looked_at)


def _estimate(frame: NDArray[np.uint8], um_per_px: float) -> Grid:
    light = estimate_background(frame, um_per_px)
    if light.shape[:2] == (1, 1):
        raise MeasuringError(
            f"a field {min(frame.shape[:2]) * um_per_px:.0f} um high (expected at least {SHADING_FROM_UM:.0f} um, or "
            "one cell would pass for shading: measure an empty field)"
        )
    return light


def _find_content(frame: NDArray[np.uint8], light: Grid) -> NDArray[np.float32]:
    """What lies in the field, coarse, without shading: of mean 0 and length 1."""
    green = make_grid(frame.astype(np.float32))[..., 1]
    around = cv2.resize(light[..., 1], (green.shape[1], green.shape[0]), interpolation=cv2.INTER_LINEAR)
    density = np.log(np.maximum(around, 1.0) / np.maximum(green, 1.0))
    density -= density.mean()
    return np.asarray(density / max(float(np.linalg.norm(density)), 1e-6), np.float32)


def _correlate(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float((one * other).sum()) if one.shape == other.shape else 0.0
