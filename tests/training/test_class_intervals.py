"""Intervals of precision, recall and F1 of each class."""

import numpy as np
import pytest

from training.class_intervals import estimate_classes
from training.intervals import estimate, mean_of
from training.metrics import NOT_CALLED, average_recall, count_confusion, score_classes

TRUTH = np.array([0, 0, 0, 0, 1, 1])
CALLED = np.array([0, 0, 0, 1, 1, 0])
GROUPS = ["a", "a", "b", "b", "c", "d"]


def test_the_figures_are_those_of_the_confusion():
    scores = score_classes(count_confusion(TRUTH, CALLED, 3))
    for score, found in zip(scores, estimate_classes(TRUTH, CALLED, GROUPS, 3), strict=True):
        assert (found.precision.value, found.recall.value, found.f1.value) == (score.precision, score.recall, score.f1)


def test_a_class_from_one_slide_has_no_interval():
    first, second, absent = estimate_classes(TRUTH, CALLED, ["a", "a", "a", "a", "c", "d"], 3)
    assert first.recall.low is None
    assert second.recall.low is not None
    assert first.precision.low is not None  # what was called so comes from two slides
    assert absent.recall.value is None


def test_the_interval_is_that_of_drawing_whole_slides():
    rng = np.random.default_rng(5)
    truth, groups = np.repeat([0, 1], 200), [f"s{i // 10}" for i in range(400)]
    called = np.where(rng.random(400) < 0.8, truth, 1 - truth)
    found = estimate_classes(truth, called, groups, 2)[0].recall
    drawn = estimate(mean_of((called == truth)[:200]), groups[:200])
    # other draws of the same bootstrap: percentiles of 1,000 vary by some thousandths
    assert found.low == pytest.approx(drawn.low, abs=0.02)
    assert found.high == pytest.approx(drawn.high, abs=0.02)


def test_what_was_not_called_lowers_recall_and_not_precision():
    called = np.array([0, 0, NOT_CALLED, NOT_CALLED, 1, 1])
    first = estimate_classes(TRUTH, called, GROUPS, 2)[0]
    assert (first.precision.value, first.recall.value) == (1, 0.5)
    members = np.bincount(TRUTH, minlength=2)
    assert score_classes(count_confusion(TRUTH, called, 2), members)[0].recall == 0.5
    assert average_recall(TRUTH, called) == 0.75
