"""Labels go where pixels go; pixels stay bytes whatever the camera does."""

from dataclasses import replace

import numpy as np
import pytest

from contract.flatfield import BACKGROUND
from training.augment import Strength, change_camera
from training.looks import NOTHING, Look, choose_look, cut_look

OFF = Strength(
    colour_share=0, blur_share=0, noise=0, jpeg_share=0, turned_share=0, jitter=0, mirrored_share=0, anywhere_share=0
)


def labels_as_pixels(size=80):
    """An image whose pixels are its labels, so that the two can be compared after any move."""
    blocks = np.random.default_rng(3).integers(0, 3, (size // 8, size // 8, 3)).astype(np.uint8)
    return np.kron(blocks, np.ones((8, 8, 1), np.uint8)) * 60


@pytest.mark.parametrize("angle", [0.0, 90.0, 180.0, 270.0])
@pytest.mark.parametrize("flipped", [False, True])
def test_quarter_turns_move_labels_and_pixels_alike_and_copy_both(angle, flipped):
    picture = labels_as_pixels()
    look = Look(40, 40, angle, 1.0, flipped, mirrored=True)
    pixels, labels = cut_look(picture, picture, look, 48)
    np.testing.assert_array_equal(pixels, labels)
    assert set(np.unique(pixels)) == set(np.unique(picture))


def test_free_turns_move_labels_with_pixels_to_within_a_pixel():
    picture = labels_as_pixels()
    for angle in (10.0, 77.0, 200.0):
        pixels, labels = cut_look(picture, picture, Look(40, 40, angle, 1.2, flipped=True, mirrored=True), 48)
        # interpolation differs from the label only at edges of the 8 px blocks: about two pixels in eight each way
        assert (np.abs(pixels.astype(int) - labels) < 30).mean() > 0.8
        assert set(np.unique(labels)) <= set(np.unique(picture))


def test_an_unturned_window_is_the_very_crop():
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    pixels, _ = cut_look(picture, picture, Look(32, 32, 0.0, 1.0, flipped=False, mirrored=False), 32)
    np.testing.assert_array_equal(pixels, picture[16:48, 16:48])


def test_outside_the_image_is_empty_plasma_known_to_be_background():
    picture = np.full((20, 20, 3), 7, np.uint8)
    pixels, labels = cut_look(picture, picture, Look(10, 10, 0.0, 1.0, flipped=False, mirrored=False), 48)
    assert tuple(pixels[0, 0]) == (BACKGROUND,) * 3
    assert tuple(labels[0, 0]) == NOTHING


def test_every_strength_off_changes_nothing():
    picture = np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    np.testing.assert_array_equal(change_camera(picture, np.random.default_rng(0), OFF), picture)


def test_the_strongest_camera_keeps_bytes_in_range_and_shape():
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, 32:] = 255
    strong = replace(Strength(), colour_share=1, blur_share=1, jpeg_share=1, cast_gain=1.0, cast_offset=80, noise=60)
    for seed in range(20):
        changed = change_camera(picture, np.random.default_rng(seed), strong)
        assert changed.dtype == np.uint8
        assert changed.shape == picture.shape
        assert changed[:, 40:].mean() > changed[:, :24].mean()  # nothing wrapped around: white stays lighter than black


def test_colour_change_without_strength_keeps_the_grey_levels():
    picture = np.random.default_rng(2).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    still = replace(
        OFF, colour_share=1, stain_gain=0, stain_turn=0, cast_gain=0, cast_offset=0, shading=0, gamma=0, contrast=0
    )
    changed = change_camera(picture, np.random.default_rng(0), still)
    assert np.abs(changed.astype(int) - picture).max() <= 1  # through density and back, once rounded down


def test_the_same_chance_gives_the_same_look():
    first = choose_look((10.0, 20.0), 64, np.random.default_rng(5), Strength())
    assert first == choose_look((10.0, 20.0), 64, np.random.default_rng(5), Strength())
