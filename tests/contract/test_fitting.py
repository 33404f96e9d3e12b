"""Confidence fitted on held-out answers keeps its promises on further ones."""

import subprocess
import sys

import numpy as np
import pytest

from contract.confidence import calibrate, choose_candidates
from contract.fitting import (
    MAX_TEMPERATURE,
    fit_abstention,
    fit_conformal,
    fit_temperature,
    fit_threshold,
)

CLASSES = ("a", "b", "c")


def draw_answers(count, temperature, seed=0):
    """Logits that are `temperature` times too sure, and truths drawn from what they should have said."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (count, 3))
    truth = np.array([rng.choice(3, p=row) for row in calibrate(logits, 1)])
    return logits * temperature, truth


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_by_which_logits_are_too_sure_is_found(temperature):
    logits, truth = draw_answers(4000, temperature)
    # 4,000 draws leave about 3 % of chance
    assert fit_temperature(logits, truth) == pytest.approx(temperature, rel=0.1)


def test_a_constant_added_to_a_row_of_logits_changes_nothing():
    logits, truth = draw_answers(300, 2.0)
    assert fit_temperature(logits + 7, truth) == pytest.approx(fit_temperature(logits, truth), rel=1e-3)


def test_logits_that_say_nothing_get_the_highest_temperature():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 500)
    logits = np.where(np.eye(3)[(truth + 1) % 3] > 0, 50.0, 0.0)
    assert fit_temperature(logits, truth) > 0.9 * MAX_TEMPERATURE


def test_nothing_to_fit_on_leaves_the_temperature_and_names_nothing():
    nothing = fit_abstention(np.zeros((0, 3)), np.zeros(0, int), 0.95)
    assert (nothing.temperature, nothing.threshold) == (1.0, 1.0)


def test_the_threshold_is_the_lowest_that_reaches_the_accuracy():
    confidence = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    correct = np.array([True, True, True, False, False])
    assert fit_threshold(confidence, correct, 0.75) == 0.6
    assert fit_threshold(confidence, correct, 0.95) == 0.7
    assert fit_threshold(confidence, correct, 0.6) == 0.0
    assert fit_threshold(confidence, ~correct, 0.95) == 1.0


def test_equal_confidences_stand_on_one_side_of_the_threshold():
    confidence, correct = np.array([0.9, 0.5, 0.5]), np.array([True, True, False])
    threshold = fit_threshold(confidence, correct, 0.9)
    assert correct[confidence >= threshold].mean() >= 0.9


def test_conformal_sets_hold_the_truth_as_often_as_promised():
    logits, truth = draw_answers(2000, 1.0, seed=1)
    conformal = fit_conformal(calibrate(logits, 1), truth, CLASSES)
    further, further_truth = draw_answers(4000, 1.0, seed=2)
    for index, name in enumerate(CLASSES):
        rows = calibrate(further, 1)[further_truth == index]
        held = np.mean([name in choose_candidates(row, CLASSES, conformal) for row in rows])
        # 650 cells to fit on and 1,300 to check: two standard errors are 0.02
        assert held == pytest.approx(0.95, abs=0.025)


def test_a_class_with_too_few_cells_is_always_a_candidate():
    conformal = fit_conformal(np.full((5, 3), 1 / 3), np.zeros(5, int), CLASSES)
    assert conformal == {"a": 1.0, "b": 1.0, "c": 1.0}


def test_calibration_needs_no_tensorflow():
    code = "import sys, contract.fitting; print({'tensorflow', 'keras'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
