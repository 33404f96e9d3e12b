"""What can be measured of the optics, and how each measurement goes: pictures in, measurement out."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from device.optics import flat_field, measuring_light, measuring_scale, micrometer, seen_fields
from device.optics.measurement import Measurement
from device.optics.scene import Scene, Task
from device.optics.stacking import Told

PICTURES: dict[Task, int] = {
    "flat": flat_field.FRAMES,
    "seen": seen_fields.FIELDS,
    "white": 8,
    "dark": 16,
    "micrometer": micrometer.FRAMES,
    "red_cells": 8,
}
"""Pictures, or different fields, that each task takes."""


def measure(task: Task, frames: Iterable[NDArray[np.uint8]], scene: Scene, tell: Told) -> tuple[Measurement, ...]:
    """Measure.

    Args:
        task: what.
        frames: (H, W, 3) uint8 raw pictures as they come.
        scene: of which camera, and what holds there.
        tell: hears how many pictures there are, and of how many.

    Returns:
        One measurement, or two: a flat field comes with the white balance of the same pictures.

    Raises:
        MeasuringError: the pictures do not allow it; the line says why.
        ScaleError: too few red cells.
        ShelfError: what holds there already is damaged.
    """
    wanted = scene.pictures or PICTURES[task]
    if task in ("micrometer", "red_cells"):
        return (measuring_scale.MEASURES[task](frames, scene, wanted, tell),)
    return measuring_light.MEASURES[task](frames, scene, wanted, tell)
