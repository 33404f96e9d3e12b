"""Figures of a classifier and of masks, against values counted by hand."""

import numpy as np
import pytest

from training.metrics import (
    area_under_curve,
    average_area,
    average_recall,
    bin_reliability,
    count_confusion,
    expected_calibration_error,
    score_classes,
    trade_risk,
)
from training.overlap import count_pixels, score_masks
from training.shortcut import Colour, describe_colour, guess_by_colour, score_shortcut

TRUTH = np.array([0, 0, 0, 0, 1, 1])
CALLED = np.array([0, 0, 0, 1, 1, 0])


def test_precision_recall_and_f1_are_shares_of_the_confusion():
    confusion = count_confusion(TRUTH, CALLED, 3)
    np.testing.assert_array_equal(confusion, [[3, 1, 0], [1, 1, 0], [0, 0, 0]])
    first, second, absent = score_classes(confusion)
    assert (first.support, first.precision, first.recall, first.f1) == (4, 0.75, 0.75, 0.75)
    assert (second.precision, second.recall) == (0.5, 0.5)
    assert (absent.support, absent.precision, absent.recall, absent.f1) == (0, None, None, None)


def test_macro_accuracy_weighs_a_rare_class_like_a_frequent_one():
    assert average_recall(TRUTH, CALLED) == pytest.approx((0.75 + 0.5) / 2)
    assert np.isnan(average_recall(TRUTH[:0], CALLED[:0]))


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    confidence = np.array([0.9] * 10 + [0.6] * 10)
    correct = np.array([True] * 9 + [False] + [True] * 2 + [False] * 8)
    assert expected_calibration_error(confidence, correct) == pytest.approx((0.0 + 0.4) / 2)
    low, high = bin_reliability(confidence, correct)
    assert (low.count, low.confidence, low.accuracy) == (10, pytest.approx(0.6), pytest.approx(0.2))
    assert high.accuracy == pytest.approx(0.9)


@pytest.mark.parametrize("edge", [0.0, 1.0])
def test_confidence_at_either_end_falls_into_a_bin(edge):
    (only,) = bin_reliability(np.array([edge]), np.array([True]))
    assert only.count == 1


def test_risk_grows_as_less_sure_answers_are_kept():
    coverage, risk = trade_risk(np.array([0.5, 0.9, 0.7, 0.6]), np.array([False, True, True, False]))
    np.testing.assert_allclose(coverage, [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(risk, [0, 0, 1 / 3, 0.5])


def test_area_under_curve_counts_ties_as_half():
    positive = np.array([True, False, True, False])
    assert area_under_curve(np.array([4.0, 1, 3, 2]), positive) == 1
    assert area_under_curve(np.ones(4), positive) == 0.5
    assert np.isnan(area_under_curve(np.ones(2), np.array([True, True])))


def test_the_mean_area_leaves_out_a_class_that_is_absent():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]])
    assert average_area(probabilities, np.array([0, 1])) == 1


def test_dice_and_iou_of_a_shifted_square_are_those_of_its_overlap():
    truth, drawn = np.zeros((10, 10), np.uint8), np.zeros((10, 10), np.uint8)
    truth[2:6, 2:6], drawn[2:6, 4:8] = 2, 2
    scores = score_masks(count_pixels(truth, drawn))
    assert scores.dice_nucleus == pytest.approx(0.5)
    assert scores.dice_cell == pytest.approx(0.5)
    assert scores.iou[2] == pytest.approx(8 / 24)
    assert np.isnan(scores.iou[1])


def test_cytoplasm_called_nucleus_harms_the_nucleus_and_not_the_cell():
    truth, drawn = np.full((4, 4), 1, np.uint8), np.full((4, 4), 1, np.uint8)
    truth[:2], drawn[:3] = 2, 2
    scores = score_masks(count_pixels(truth, drawn))
    assert scores.dice_cell == 1
    assert scores.dice_nucleus == pytest.approx(2 * 8 / (8 + 12))


def test_what_no_human_judged_is_left_out():
    truth, drawn = np.full((4, 4), 2, np.uint8), np.full((4, 4), 2, np.uint8)
    truth[0], drawn[0] = 255, 0
    assert score_masks(count_pixels(truth, drawn)).dice_nucleus == 1


def test_colour_alone_names_pictures_that_differ_in_colour():
    rng = np.random.default_rng(1)
    looks = [look for look in ((90, 5), (160, 15)) for _ in range(8)]
    shades = [np.clip(rng.normal(*look, (8, 8, 3)), 0, 255).astype(np.uint8) for look in looks]
    labels = np.repeat([0, 1], 8)
    colours = np.stack([describe_colour(shade) for shade in shades])
    np.testing.assert_array_equal(guess_by_colour(colours, labels, colours + 1), labels)
    known = [Colour(c, int(t), "a", str(i)) for i, (c, t) in enumerate(zip(colours, labels, strict=True))]
    scores = score_shortcut(known, known)
    assert (scores.accuracy.value, scores.macro_accuracy.value) == (1, 1)


def test_colour_alone_knows_nothing_of_a_source_it_was_not_taught():
    colour = Colour(np.zeros(6), 0, "a", "b")
    assert score_shortcut([], [colour]).accuracy is None


def test_one_known_picture_is_enough_to_guess():
    np.testing.assert_array_equal(guess_by_colour(np.zeros((1, 6)), np.array([2]), np.ones((3, 6))), [2, 2, 2])
