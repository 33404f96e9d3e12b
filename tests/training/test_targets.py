"""Targets: the right numbers in the right channel, in the pixels that the device will see."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contract.prepare import prepare_field
from tests.drawn_cells import draw_crop, draw_field
from training.sample import Box, Framing, Pixels, Sample
from training.target_cells import TargetError
from training.targets import draw_interior, make_example
from training.vocabulary import Vocabulary

VOCABULARY = Vocabulary(("lymphocyte", "monocyte"), {"cell_size": ("big", "small"), "vacuole": ("no", "yes")})


def make_sample(pixels, **further):
    known = {
        "id": "a.png",
        "source": "own",
        "group": "g",
        "um_per_px": 0.25,
        "load": lambda: pixels,
        "framing": Framing.CROP,
        "files": (Path("a.png"),),
        "cell_type": "monocyte",
        "human_mask": pixels.tissue is not None,
    }
    return Sample(**(known | further))


def test_a_known_mask_is_carried_over_and_named():
    image, tissue = draw_crop()
    example = make_example(make_sample(Pixels(image, tissue), attributes={"cell_size": "small"}), VOCABULARY, 0.25)
    np.testing.assert_array_equal(example.target[..., 0], tissue)
    np.testing.assert_array_equal(example.target[..., 1], np.where(tissue > 0, 1, 255))
    np.testing.assert_array_equal(example.image, prepare_field(image, 0.25, 0.25).image)
    np.testing.assert_array_equal(example.boxes, [[48, 48, 97, 97]])
    assert example.box_class.tolist() == [1]
    assert example.attributes.tolist() == [1, -1]
    assert example.human_mask


def test_picture_and_target_are_at_the_working_scale():
    image, tissue = draw_crop()
    example = make_example(make_sample(Pixels(image, tissue), um_per_px=0.125), VOCABULARY, 0.25)
    assert example.image.shape == example.target.shape == (72, 72, 3)
    np.testing.assert_allclose(example.boxes, [[24, 24, 48, 48]], atol=1)
    assert set(np.unique(example.target[..., 0])) == {0, 1, 2}


def test_interior_is_highest_in_the_middle_and_falls_to_the_boundary():
    numbers = np.zeros((60, 120), np.uint16)
    numbers[10:50, 20:60], numbers[10:50, 60:100] = 1, 2
    interior = draw_interior(numbers)
    assert interior[30, 40] == interior[30, 80] == 255
    assert interior[30, 59] < 30
    assert interior[30, 60] < 30
    assert not interior[numbers == 0].any()


def test_a_cell_cut_by_the_edge_is_deepest_at_the_edge():
    numbers = np.zeros((40, 40), np.uint16)
    numbers[10:30, :15] = 1
    assert draw_interior(numbers)[20, 0] == 255
    assert (draw_interior(np.ones((8, 8), np.uint16)) == 255).all()


def test_instances_bring_their_own_types_and_slivers_have_no_place():
    image, tissue = draw_field([(50, 70, 20, 14), (90, 70, 20, 14), (140, 140, 9, 0)])
    instances = np.zeros(tissue.shape, np.uint16)
    instances[:, :70], instances[:, 70:] = 300, 7
    instances[120:, 120:] = 9
    instances[tissue == 0] = 0
    boxes = tuple(
        Box(0, 0, 1, 1, kind, f"c{number}", number)
        for kind, number in (("lymphocyte", 300), ("monocyte", 7), ("monocyte", 9))
    )
    sample = make_sample(Pixels(image, tissue, instances), cell_type=None, boxes=boxes, framing=Framing.FIELD)
    example = make_example(sample, VOCABULARY, 0.25)
    assert example.box_cell == ("c7", "c300")
    assert example.box_class.tolist() == [1, 0]
    assert example.target[70, 50, 1] == 0
    assert example.target[70, 90, 1] == 1
    assert example.target[136, 136].tolist()[:2] == [1, 255]


def test_a_guessed_cell_is_named_and_its_unknown_rim_stays_unknown():
    image, _ = draw_crop()
    example = make_example(make_sample(Pixels(image)), VOCABULARY, 0.25)
    assert example.target[72, 72].tolist()[:2] == [2, 1]
    assert (example.target[..., 0] == 255).any()
    assert not example.human_mask


def test_a_crop_in_which_colour_finds_nothing_still_has_a_place():
    example = make_example(make_sample(Pixels(np.full((80, 80, 3), 230, np.uint8))), VOCABULARY, 0.25)
    assert example.box_class.tolist() == [1]
    np.testing.assert_array_equal(example.boxes, [[20, 20, 60, 60]])
    assert (example.target[..., 0] == 255).all()


def test_boxes_are_scaled_and_repeat_the_physical_cell():
    image, _ = draw_field([(60, 70, 24, 16)], [], (180, 260))
    box = Box(32, 42, 88, 98, "lymphocyte", "A_000")
    sample = make_sample(Pixels(image), um_per_px=0.5, cell_type=None, boxes=(box,), framing=Framing.BOXES)
    example = make_example(sample, VOCABULARY, 0.25)
    np.testing.assert_array_equal(example.boxes, [[64, 84, 176, 196]])
    assert example.box_cell == ("A_000",)
    assert example.box_class.tolist() == [0]


def test_what_is_hidden_is_plasma_to_the_eye_and_unknown_to_the_teacher():
    image, tissue = draw_crop()
    hidden = np.zeros(tissue.shape, np.bool_)
    hidden[60:, 60:] = True
    image[100:, 100:] = 0
    example = make_example(make_sample(Pixels(image, tissue, hidden=hidden)), VOCABULARY, 0.25)
    assert (example.image[hidden] == 235).all()
    assert (example.target[hidden][:, :2] == 255).all()


class HalfTeacher:
    """Calls the left half of the middle nucleus, is unsure of the rest of it, and sees no other cell."""

    def tissue(self, prepared):
        drawn = np.zeros(prepared.image.shape[:2], np.uint8)
        drawn[50:95, 50:72], drawn[50:95, 72:95] = 2, 255
        return drawn


def test_a_teacher_replaces_guesses_but_never_a_persons_mask():
    image, tissue = draw_crop()
    taught = make_example(make_sample(Pixels(image)), VOCABULARY, 0.25, HalfTeacher())
    assert (taught.target[50:95, 50:72, 0] == 2).all()
    assert (taught.target[50:95, 50:72, 1] == 1).all()
    assert (taught.target[50:95, 72:95, 0] == 255).all()
    kept = make_example(make_sample(Pixels(image, tissue)), VOCABULARY, 0.25, HalfTeacher())
    np.testing.assert_array_equal(kept.target[..., 0], tissue)


def test_a_screening_field_carries_its_class():
    image, _ = draw_field([(60, 70, 24, 21), (200, 100, 24, 21)], [(130, 40)], (180, 260))
    sample = make_sample(Pixels(image), framing=Framing.FIELD, field_class="monocyte")
    example = make_example(sample, VOCABULARY, 0.25)
    assert example.field_class == 1
    assert example.box_class.tolist() == [1, 1]
    assert make_example(replace(sample, field_class="other"), VOCABULARY, 0.25).field_class == -1


def test_a_picture_of_numbers_is_no_instance_map():
    image, tissue = draw_crop()
    instances = np.arange(tissue.size).reshape(tissue.shape).astype(np.uint16)
    with pytest.raises(TargetError, match=r"instances \(expected 254 or fewer\)"):
        make_example(make_sample(Pixels(image, tissue, instances)), VOCABULARY, 0.25)
