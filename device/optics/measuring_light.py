"""How flat field, white balance and dark frame are measured: what is taken off first, and what is told of it."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from device.optics.composing import combine
from device.optics.dark_frame import count_glowing, measure_dark
from device.optics.drawing import draw_pair, draw_shading
from device.optics.flat_field import measure_flat
from device.optics.grids import Grid, compare_corners, make_grid, spread_grid
from device.optics.measurement import Arrays, Facts, Kind, Measurement, find_version, tell_now
from device.optics.scene import Scene, Task
from device.optics.seen_fields import measure_seen
from device.optics.stacking import Told, stack_frames
from device.optics.white_balance import check_levels, find_flat_gains, find_gains, find_plasma

Picture = NDArray[np.uint8]
Frames = Iterable[Picture]


def _measure_flat(frames: Frames, scene: Scene, wanted: int, tell: Told) -> tuple[Measurement, ...]:
    stack = stack_frames(frames, wanted, tell)
    level = _read_dark(scene, stack.last.shape)
    mean = stack.mean if level is None else np.maximum(stack.mean - level, 0)
    light = measure_flat(np.asarray(mean, np.float32))
    shape = (stack.last.shape[0], stack.last.shape[1])
    plasma = _find_white(light, shape)
    after = combine("", shape, level=level, light=light, plasma=plasma).correct(stack.last)
    flattened = make_grid(after.astype(np.float32))
    words = (
        *_tell_shading(light, flattened),
        *_tell_gains(light, plasma),
        f"noise of one picture {_name_channels(stack.noise, '.1f')} grey levels, {stack.count} averaged",
    )
    picture = draw_shading(stack.last, after, (make_grid(np.asarray(mean, np.float32)), flattened), ("before", "after"))
    return _pair("empty field", shape, stack.count, light, plasma, words, picture, scene)


def _measure_seen(frames: Frames, scene: Scene, wanted: int, tell: Told) -> tuple[Measurement, ...]:
    kept: list[Picture] = []
    level: NDArray[np.uint8] | None = None

    def keep_last(pictures: Frames) -> Iterator[Picture]:
        nonlocal level
        for picture in pictures:
            level = _read_dark(scene, picture.shape)
            kept[:] = [picture]
            yield picture if level is None else combine("", None, level=level).correct(picture)

    seen = measure_seen(keep_last(frames), scene.um_per_px, wanted, tell)
    shape = (kept[0].shape[0], kept[0].shape[1])
    plasma = _find_white(seen.grid, shape)
    after = combine("", shape, level=level, light=seen.grid, plasma=plasma).correct(kept[0])
    words = (
        *_tell_shading(seen.grid, seen.held_out, "held out: half of the fields corrected by the other half"),
        *_tell_gains(seen.grid, plasma),
        f"{seen.fields} different fields of {seen.looked_at} pictures agree within {seen.spread:.1%}",
    )
    picture = draw_shading(kept[0], after, (seen.grid, seen.held_out), ("before", "after"))
    return _pair("fields seen", shape, seen.fields, seen.grid, plasma, words, picture, scene)


def _measure_white(frames: Frames, scene: Scene, wanted: int, tell: Told) -> tuple[Measurement, ...]:
    stack = stack_frames(frames, wanted, tell)
    shape = (stack.last.shape[0], stack.last.shape[1])
    level, light = _read_dark(scene, stack.last.shape), _read_light(scene, stack.last.shape)
    mean = stack.mean if level is None else np.maximum(stack.mean - level, 0)
    if light is not None:
        mean = mean * find_flat_gains(spread_grid(light, *shape))
    plasma = find_plasma(np.asarray(mean, np.float32))
    before = combine("", shape, level=level, light=light).correct(stack.last)
    after = combine("", shape, level=level, light=light, plasma=plasma).correct(stack.last)
    words = (
        f"plasma {_name_channels(plasma, '.0f')}: gains {_name_channels(find_gains(plasma), '.3f')}",
        f"{stack.count} pictures averaged",
    )
    facts = _write_facts("white", "brightest plasma", shape, stack.count, words, scene)
    return (Measurement(facts=facts, arrays={"plasma": plasma}, picture=draw_pair(before, after)),)


def _measure_dark(frames: Frames, scene: Scene, wanted: int, tell: Told) -> tuple[Measurement, ...]:
    stack = stack_frames(frames, wanted, tell)
    level = measure_dark(stack.mean)
    shape = (level.shape[0], level.shape[1])
    after = combine("", shape, level=level).correct(stack.last)
    words = (
        f"dark level {_name_channels(stack.mean.mean(axis=(0, 1), dtype=np.float64), '.2f')} grey levels; "
        f"after {_name_channels(after.mean(axis=(0, 1)), '.2f')}",
        f"{count_glowing(level)} glowing pixels, noise {_name_channels(stack.noise, '.1f')}; {stack.count} averaged",
        *(["a flat field from before this dark frame is to be measured again"] if "flat" in scene.in_force else []),
    )
    facts = _write_facts("dark", "no light", shape, stack.count, words, scene)
    # Ten times as bright: what it holds cannot be seen otherwise.
    pair = [np.asarray(np.minimum(picture.astype(np.uint16) * 10, 255), np.uint8) for picture in (stack.last, after)]
    picture = draw_pair(pair[0], pair[1], ("before, 10 times as bright", "after, 10 times as bright"))
    return (Measurement(facts=facts, arrays={"level": level}, picture=picture),)


def _pair(
    how: str,
    shape: tuple[int, int],
    count: int,
    light: Grid,
    plasma: NDArray[np.float32],
    words: tuple[str, ...],
    picture: Picture,
    scene: Scene,
) -> tuple[Measurement, Measurement]:
    arrays: tuple[tuple[Kind, Arrays], ...] = (("flat", {"light": light}), ("white", {"plasma": plasma}))
    flat, white = (
        Measurement(facts=_write_facts(kind, how, shape, count, words, scene), arrays=held, picture=picture)
        for kind, held in arrays
    )
    return flat, white


def _write_facts(
    kind: Kind, how: str, shape: tuple[int, int], count: int, words: tuple[str, ...], scene: Scene
) -> Facts:
    return Facts(
        kind=kind,
        how=how,
        measured_at=tell_now(),
        camera=scene.camera,
        height=shape[0],
        width=shape[1],
        frames=count,
        words=words,
        made_with=find_version(),
    )


def _read_dark(scene: Scene, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    dark = scene.in_force.get("dark")
    # One of another size holds for none of these pictures; the correction would refuse them.
    if dark is None or (dark.facts.height, dark.facts.width) != shape[:2]:
        return None
    return np.asarray(dark.read_arrays()["level"], np.uint8)


def _read_light(scene: Scene, shape: tuple[int, ...]) -> Grid | None:
    flat = scene.in_force.get("flat")
    if flat is None or (flat.facts.height, flat.facts.width) != shape[:2]:
        return None
    return np.asarray(flat.read_arrays()["light"], np.float32)


def _find_white(light: Grid, shape: tuple[int, int]) -> NDArray[np.float32]:
    """The colour of plasma once the light is even: each channel then has the level of its brightest place."""
    return check_levels(spread_grid(light, *shape).max(axis=(0, 1)))


def _tell_shading(before: Grid, after: Grid, by: str = "") -> tuple[str, ...]:
    told = f"corner to centre before {_name_channels(compare_corners(before), '.2f')}"
    return (f"{told}; after {_name_channels(compare_corners(after), '.3f')}{f' ({by})' if by else ''}",)


def _tell_gains(light: Grid, plasma: NDArray[np.float32]) -> tuple[str, ...]:
    balance = find_gains(plasma)
    gains = find_flat_gains(light) * balance
    least, most = _name_channels(gains.min(axis=(0, 1)), ".2f"), _name_channels(gains.max(axis=(0, 1)), ".2f")
    return (f"gains from {least} to {most}, of which white balance {_name_channels(balance, '.2f')}",)


def _name_channels(values: Iterable[float] | NDArray[np.float32], form: str) -> str:
    return " / ".join(f"{float(value):{form}}" for value in values) + " (R/G/B)"


MEASURES: dict[Task, Callable[[Frames, Scene, int, Told], tuple[Measurement, ...]]] = {
    "flat": _measure_flat,
    "seen": _measure_seen,
    "white": _measure_white,
    "dark": _measure_dark,
}
"""By task: pictures, scene, how many, whom to tell."""
