import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.flatfield import BACKGROUND, estimate_background
from contract.prepare import (
    PrepareError,
    cut_window,
    plan_windows,
    prepare_field,
    prepared_shape,
    resize_label,
    stitch_maps,
)
from contract.shrinking import find_period, shrink
from device.smear.slide import VirtualSlide


def shaded_smear(height=600, width=960, seed=3):
    """Grey discs on plasma under a pink rim and a green centre."""
    rng = np.random.default_rng(seed)
    flat = np.full((height, width, 3), 230.0)
    for _ in range(150):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(flat, (x, y), 24, (205, 165, 175), -1)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    radius = (x**2 + y**2)[..., None]
    shading = 0.55 + np.array([0.2, 0.0, 0.1]) * radius
    return (flat * shading).astype(np.uint8)


def test_shading_is_taken_away_and_plasma_becomes_the_background_level():
    prepared = prepare_field(shaded_smear(), 0.15, 0.25)
    plasma = prepared.image[prepared.image.min(axis=2) > 215]
    assert len(plasma) > prepared.image.shape[0] * prepared.image.shape[1] * 0.3
    # 4 grey levels: the polynomial is smooth, discs pull it a little
    assert np.abs(plasma.mean(axis=0) - BACKGROUND).max() < 4


def test_size_follows_the_scale():
    prepared = prepare_field(shaded_smear(), 0.15, 0.25)
    assert prepared.image.shape == (360, 576, 3)
    assert prepared.field_shape == (600, 960)


def test_a_single_cell_crop_keeps_its_cell():
    crop = np.full((240, 240, 3), (228, 220, 222), np.uint8)
    cv2.circle(crop, (120, 120), 90, (120, 60, 150), -1)
    prepared = prepare_field(crop, 0.15, 0.25)
    centre = prepared.image[72, 72].astype(int)
    expected = np.array([120, 60, 150]) * BACKGROUND / np.array([228, 220, 222])
    assert np.abs(centre - expected).max() <= 2  # rounding of two divisions


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), 1e6])
def test_a_scale_that_is_no_scale_is_refused(scale):
    with pytest.raises(PrepareError, match="um_per_px"):
        prepare_field(np.zeros((8, 8, 3), np.uint8), scale, 0.25)


def test_a_grey_field_is_refused():
    with pytest.raises(PrepareError, match="expected"):
        prepare_field(np.zeros((8, 8), np.uint8), 0.15, 0.25)


def test_resized_labels_invent_no_value():
    label = np.zeros((60, 60), np.uint8)
    label[10:40, 10:40] = 2
    label[15:20, 15:20] = 255
    assert set(np.unique(resize_label(label, (23, 31)))) <= {0, 2, 255}


@given(st.integers(1, 1500), st.integers(1, 1500))
def test_windows_cover_every_pixel_and_maps_join_as_if_the_field_were_one(height, width):
    shape, input_shape = (height, width), (368, 576)
    windows = plan_windows(shape, input_shape)
    stride = 8
    rows, columns = -(-height // stride), -(-width // stride)
    truth = np.arange(rows * columns, dtype=np.float32).reshape(rows, columns, 1)
    padded = np.zeros((rows + 200, columns + 200, 1), np.float32)
    padded[:rows, :columns] = truth
    maps = [padded[w.y0 // stride : w.y0 // stride + 46, w.x0 // stride : w.x0 // stride + 72] for w in windows]
    assert np.array_equal(stitch_maps(maps, windows, shape, stride), truth)


def test_what_lies_outside_the_field_is_empty_plasma():
    image = np.zeros((100, 120, 3), np.uint8)
    window = cut_window(image, plan_windows((100, 120), (368, 576))[0], (368, 576))
    assert window.shape == (368, 576, 3)
    assert (window[100:] == BACKGROUND).all()
    assert (window[:100, 120:] == BACKGROUND).all()
    assert not window[:100, :120].any()


def test_no_field_vanishes():
    assert prepared_shape((1, 1), 0.01, 0.25) == (1, 1)


def test_an_input_too_small_to_advance_over_a_field_is_refused():
    assert len(plan_windows((60, 60), (64, 64))) == 1
    with pytest.raises(PrepareError, match="input size"):
        plan_windows((180, 260), (64, 96))


def fit_directly(log_grid):
    """The polynomial as its definition says it, term by term and pixel by pixel."""
    height, width = log_grid.shape[:2]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([(x**i * y**j).ravel() for i in range(5) for j in range(5 - i)], axis=1)
    levels = log_grid.reshape(-1, 3).astype(float)
    grey = levels.mean(axis=1)
    weight = (grey >= np.quantile(grey, 0.3)).astype(float)
    for _ in range(6):
        weighted = weight[:, None] * terms
        fit = terms @ np.linalg.solve(terms.T @ weighted + 1e-3 * np.eye(15), weighted.T @ levels)
        weight = np.exp(-0.5 * (np.minimum(grey - fit.mean(axis=1), 0) / 0.04) ** 2) + 1e-4
    return np.exp(fit).reshape(height, width, 3)


def test_the_background_is_the_robust_polynomial_of_degree_4():
    field, _ = VirtualSlide(3).render(0, 0, 480, 768, 0.25)
    grid = cv2.resize(field, (96, 60), interpolation=cv2.INTER_AREA)
    expected = fit_directly(np.log(np.maximum(grid, 1).astype(np.float32)))
    np.testing.assert_allclose(estimate_background(field, 0.25), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((600, 960), (360, 576)),
        ((60, 70), (36, 50)),
        ((99, 90), (33, 70)),
        ((110, 121), (30, 55)),
        ((75, 75), (75, 45)),
    ],
)
def test_whole_numbers_give_the_levels_that_opencv_gives(size, wanted):
    rng = np.random.default_rng(1)
    periods = [find_period(*sides) for sides in zip(size, wanted, strict=True)]
    for picture in (rng.integers(0, 256, (*size, 3), np.uint8), np.full((*size, 3), 255, np.uint8)):
        expected = cv2.resize(picture, wanted[::-1], interpolation=cv2.INTER_AREA)
        np.testing.assert_array_equal(shrink(picture, *periods), expected)


@pytest.mark.parametrize(("length", "wanted"), [(600, 300), (600, 361), (600, 900), (130, 10)])
def test_other_sizes_are_left_to_opencv(length, wanted):
    assert find_period(length, wanted) is None
