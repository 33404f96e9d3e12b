"""What measurements find, and what they refuse."""

import numpy as np
import pytest

from device.optics.scene import Scene
from device.optics.stacking import MeasuringError, stack_frames
from device.optics.tasks import measure
from device.scale import ScaleError
from tests.device.optics.drawn_light import SHAPE, cover, draw_light, draw_ruling, photograph

SCENE = Scene("simulated:0", 0.3)


def run(task, frames, scene=SCENE):
    told = []
    measured = measure(task, iter(frames), scene, lambda count, wanted: told.append((count, wanted)))
    return measured, told


def empty(count=16, light=None):
    return [photograph(draw_light() if light is None else light, seed) for seed in range(count)]


def test_a_flat_field_finds_the_light_and_its_colour():
    (flat, white), told = run("flat", empty())
    light = draw_light()
    assert told[-1] == (16, 16)
    assert (flat.facts.kind, white.facts.kind) == ("flat", "white")
    assert (flat.facts.height, flat.facts.width) == SHAPE
    assert white.arrays["plasma"] == pytest.approx(light.max(axis=(0, 1)), rel=0.01)
    assert "corner to centre before 1.5" in flat.facts.words[0]
    assert "noise of one picture 2.0" in flat.facts.words[2]
    assert flat.picture.dtype == np.uint8


@pytest.mark.parametrize(
    ("frames", "line"),
    [
        ([photograph(cover(draw_light(), 1, cells=8), seed) for seed in range(16)], "cells in view: .*without cells"),
        (empty(light=draw_light() / 6), r"too dark: level 2\d \(expected 40 or more"),
        (empty(light=draw_light() * 1.6), r"overexposed: \d+% of pixels clipped"),
        (empty(8) + empty(8, draw_light() * 1.1), r"the pictures differ by 1\d% \(expected at most 3%"),
        ([photograph(draw_light()), photograph(draw_light((200, 320)))], "expected all of one size"),
        ([], "no picture came"),
    ],
)
def test_what_is_no_empty_field_at_rest_is_refused_in_one_line(frames, line):
    with pytest.raises(MeasuringError, match=line) as refused:
        run("flat", frames)
    assert refused.value.exit_code == 4


def test_fields_with_cells_have_their_shading_in_common():
    light = draw_light()
    fields = [photograph(cover(light, seed), seed) for seed in range(14)]
    (flat, white), told = run("seen", [picture for picture in fields for _ in range(2)])  # the slide rests now and then
    assert told[-1][0] == 14
    assert flat.facts.frames == 14
    ratio = flat.arrays["light"][::10, ::10] / draw_light(flat.arrays["light"].shape[:2])[::10, ::10]
    assert np.ptp(ratio / ratio.mean()) < 0.08
    assert white.arrays["plasma"] == pytest.approx(light.max(axis=(0, 1)), rel=0.06)


def test_too_few_different_fields_are_refused():
    fields = [photograph(cover(draw_light(), seed), seed) for seed in range(5)]
    with pytest.raises(MeasuringError, match=r"5 different fields in 40 pictures \(expected at least 12: move"):
        run("seen", fields * 8)


def test_fields_too_small_or_too_dark_for_it_are_refused_at_once():
    with pytest.raises(MeasuringError, match=r"a field 45 um high .expected at least 60 um"):
        run("seen", [photograph(cover(draw_light(), 1))], Scene("simulated:0", 0.15))
    with pytest.raises(MeasuringError, match="too dark"):
        run("seen", (photograph(draw_light() / 8, seed) for seed in range(1000)))


def test_fields_under_another_lamp_are_refused():
    fields = [
        photograph(cover(draw_light(rim=(196, 150, 168) if seed % 2 else (60, 200, 60)), seed), seed)
        for seed in range(14)
    ]
    with pytest.raises(MeasuringError, match=r"fields differ by .* in their shading"):
        run("seen", fields)


def test_white_balance_finds_the_brightest_plasma():
    even = np.broadcast_to(np.float32([200, 180, 150]), (*SHAPE, 3))
    (white,), _ = run("white", [photograph(cover(even, 3), seed) for seed in range(8)])
    assert white.arrays["plasma"] == pytest.approx([200, 180, 150], abs=2)


def test_a_dark_frame_finds_the_level_and_glowing_pixels():
    level = np.full((*SHAPE, 3), 6.0, np.float32)
    level[10:12, 20] = 200
    (dark,), _ = run("dark", [photograph(level, seed) for seed in range(16)])
    assert np.median(dark.arrays["level"]) == 6
    assert "2 glowing pixels" in dark.facts.words[1]
    with pytest.raises(MeasuringError, match=r"light in view: level \d+ \(expected at most 24"):
        run("dark", empty())


@pytest.mark.parametrize(
    ("period", "angle"), [(33.3, 0), (33.3, 90), (41.7, 17), (25.0, 45), (12.5, -30), (8.3, 3), (10.4, 71), (22.2, -89)]
)
def test_a_micrometer_gives_the_scale_at_any_angle(period, angle):
    """A thousandth is finer than any micrometer is ruled."""
    (scale,), _ = run("micrometer", [photograph(draw_ruling(period, angle), noise=0)])
    facts = scale.facts
    assert facts.um_per_px == pytest.approx(10 / period, rel=1e-3)
    assert abs(facts.um_per_px - 10 / period) < 3 * facts.error_um_per_px


def test_another_division_is_another_scale():
    scene = Scene("simulated:0", 0.3, division_um=100.0)
    (scale,), _ = run("micrometer", [photograph(draw_ruling(33.3, 17), noise=0)], scene)
    assert scale.facts.um_per_px == pytest.approx(100 / 33.3, rel=1e-3)


def test_what_is_not_ruled_gives_no_scale(smear_field):
    for picture in (smear_field[0], photograph(draw_light()), photograph(cover(draw_light(), 1))):
        with pytest.raises(MeasuringError, match=r"no ruled scale in view \(expected at least 6 lines"):
            run("micrometer", [picture])


def test_red_cells_give_the_scale_with_its_error(smear_field):
    (scale,), _ = run("red_cells", [smear_field[0]], Scene("simulated:0", 1.0, pictures=1))
    assert scale.facts.um_per_px == pytest.approx(0.15, rel=0.08)
    assert 0.003 < scale.facts.error_um_per_px < 0.02
    with pytest.raises(ScaleError):
        run("red_cells", [photograph(draw_light())])


def test_pictures_are_averaged_and_no_more_are_taken_than_wanted():
    taken = []

    def camera():
        for seed in range(100):
            taken.append(seed)
            yield photograph(draw_light(), seed)

    stack = stack_frames(camera(), 4, lambda _count, _wanted: None)
    assert (stack.count, len(taken)) == (4, 4)
    assert stack.noise == pytest.approx((2, 2, 2), rel=0.05)


@pytest.mark.real_data
def test_the_pink_rim_of_real_fields_is_gone_in_fields_that_were_not_measured(real_images):
    from contract.image import read_rgb

    paths = sorted((real_images / "rpi_fields" / "images").glob("*.jpg"))[::12]
    (flat, _), _ = run("seen", (read_rgb(path) for path in paths), Scene("replay:fields", 0.15))
    before, after = flat.facts.words[0].split("; after ")
    assert float(before.removeprefix("corner to centre before ").split(" / ")[0]) > 1.4
    assert all(abs(float(one.split(" ")[0]) - 1) < 0.05 for one in after.split(" / "))
