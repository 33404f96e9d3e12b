"""How the size of a pixel is measured, on a stage micrometer or on red cells."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from device.optics.drawing import draw_scale
from device.optics.measurement import Facts, Measurement, find_version, tell_now
from device.optics.micrometer import measure_micrometer
from device.optics.scene import Scene, Task
from device.optics.stacking import MeasuringError, Told, stack_frames
from device.scale import RED_CELL_UM, estimate_from_fields

Picture = NDArray[np.uint8]


def _measure_micrometer(frames: Iterable[Picture], scene: Scene, wanted: int, tell: Told) -> Measurement:
    stack = stack_frames(frames, wanted, tell)
    found = measure_micrometer(stack.mean, scene.division_um)
    ruling = found.ruling
    words = (
        f"{found.um_per_px:.5f} +- {found.error:.5f} um per pixel: {ruling.lines} lines {scene.division_um:g} um apart "
        f"lie {ruling.period_px:.3f} +- {ruling.error_px:.3f} px apart",
        f"the scale runs at {ruling.angle_deg:.1f} degrees",
    )
    title = f"lines found, bar 10 um ({found.um_per_px:.4f} um/px)"
    picture = draw_scale(stack.last, found.um_per_px, title, ruling)
    facts = _write_facts("micrometer", found.um_per_px, found.error, stack.last, stack.count, words, scene)
    return Measurement(facts=facts, arrays={}, picture=picture)


def _measure_red_cells(frames: Iterable[Picture], scene: Scene, wanted: int, tell: Told) -> Measurement:
    last: list[Picture] = []

    def take() -> Iterator[Picture]:
        for count, frame in enumerate(frames, 1):
            last[:] = [frame]
            yield frame
            tell(count, wanted)
            if count == wanted:
                return

    found = estimate_from_fields(take())
    if not last:
        raise MeasuringError("no picture came (expected at least one)")
    words = (
        f"{found.um_per_px:.4f} +- {found.error:.4f} um per pixel: {found.red_cells} red cells of {RED_CELL_UM} um",
        "most of the error is how much red cells differ between people; a stage micrometer is better",
    )
    picture = draw_scale(last[0], found.um_per_px, f"bar 10 um ({found.um_per_px:.4f} um/px)")
    facts = _write_facts("red cells", found.um_per_px, found.error, last[0], wanted, words, scene)
    return Measurement(facts=facts, arrays={}, picture=picture)


def _write_facts(
    how: str, um_per_px: float, error: float, picture: Picture, count: int, words: tuple[str, ...], scene: Scene
) -> Facts:
    return Facts(
        kind="scale",
        how=how,
        measured_at=tell_now(),
        camera=scene.camera,
        height=picture.shape[0],
        width=picture.shape[1],
        frames=count,
        um_per_px=um_per_px,
        error_um_per_px=error,
        words=words,
        made_with=find_version(),
    )


MEASURES: dict[Task, Callable[[Iterable[Picture], Scene, int, Told], Measurement]] = {
    "micrometer": _measure_micrometer,
    "red_cells": _measure_red_cells,
}
"""By task: pictures, scene, how many, whom to tell."""
