"""Screening as an alarm: thresholds from validation fields, figures from others."""

import numpy as np
import pytest

from training.operating import choose_threshold, find_benign, trade_alarms
from training.tabulate import Named

CLASSES = ("benign", "pre_b")


def fields(suspicion, truth):
    suspicion = np.asarray(suspicion, float)
    names = tuple(f"f{i}" for i in range(len(truth)))
    nothing = np.zeros((len(truth), 0))
    energy = np.full(len(truth), np.nan)
    shares = np.stack([1 - suspicion, suspicion], axis=1)
    return Named(np.asarray(truth), shares, energy, nothing, ("s",) * len(truth), names, names)


def test_the_threshold_lets_no_more_than_the_allowed_share_through():
    calm = np.array([0.1, 0.2, 0.3, 0.4, 0.9])
    for allowed in (0.0, 0.1, 0.2, 0.5, 1.0):
        assert (calm > choose_threshold(calm, allowed)).mean() <= allowed
    assert choose_threshold(calm, 0.2) == 0.4
    assert choose_threshold(calm, 0.0) == 0.9


def test_recall_is_measured_at_the_validation_threshold():
    judged = fields([0.1, 0.2, 0.3, 0.4, 0.9], [0, 0, 0, 0, 0])
    seen = fields([0.35, 0.45, 0.8, 0.3, 0.6], [1, 1, 1, 0, 0])
    alarm = trade_alarms(judged, seen, CLASSES, "benign", (0.2, 0.0))
    none, fifth = alarm.points
    assert (none.allowed, none.threshold, none.recall.value, none.false_alarms.value) == (0.0, 0.9, 0, 0)
    assert (fifth.threshold, fifth.recall.value, fifth.false_alarms.value) == (0.4, pytest.approx(2 / 3), 0.5)
    assert fifth.by_class["pre_b"].rows == 3
    assert alarm.area.value == pytest.approx(4 / 6)
    assert alarm.chosen_on == 5


def test_a_field_in_which_no_cell_was_found_raises_no_alarm():
    judged = fields([0.1, 0.2], [0, 0])
    alarm = trade_alarms(judged, fields([0.5, 0.9, 0.1], [1, 1, 0]), CLASSES, "benign", (0.0,))
    assert alarm.silent == 1
    assert alarm.points[0].recall.value == 0.5


def test_without_benign_fields_nothing_is_traded():
    assert trade_alarms(fields([0.9], [1]), fields([0.9, 0.1], [1, 0]), CLASSES, "benign") is None
    assert trade_alarms(fields([0.1], [0]), fields([0.9], [1]), CLASSES, "benign") is None


def test_the_class_without_alarm_is_known_by_its_name():
    assert find_benign(("early_pre_b", "Benign")) == "Benign"
    assert find_benign(("basophil", "neutrophil")) is None
