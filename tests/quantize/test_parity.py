"""Parity: two models that saw the same differ in nothing; a gate that is broken is named."""

from dataclasses import replace

import numpy as np
import pytest

from contract.cell import Cell
from contract.settings import load_settings
from quantize.gates import GateError, judge_gates, require_gates
from quantize.parity import Parity, compare
from quantize.timing import Files
from training.intervals import Estimate
from training.observe import SeenCell, SeenImage

CLASSES = ("a", "b")
FILES = Files(2, 8, 1.0, 2.0)
GATES = load_settings().quantize.gates


def make_cell(called, nucleus_fraction=0.5):
    shares = {name: 0.9 if name == called else 0.1 for name in CLASSES}
    return Cell((0, 0, 9, 9), ((0, 0),), (), called, 0.9, shares, (called,), nucleus_fraction, 80.0, False, -3.0, ())


def make_images(calls, pixels=None):
    """One picture for each (truth, called); called None: missed."""
    return [
        SeenImage("drawn", f"slide{i // 2}", f"{i}.png", (SeenCell(str(i), truth, read, 0.8),), 0, pixels, -1, None)
        for i, (truth, read) in enumerate((t, None if c is None else make_cell(c)) for t, c in calls)
    ]


def test_the_same_answers_agree_wholly():
    images = make_images([(0, "a"), (1, "b"), (0, "b"), (1, None)], np.diag([90, 20, 10]))
    parity = compare(images, images, FILES)
    assert parity.accuracy_float.value == parity.accuracy_int8.value == 0.5
    assert (parity.accuracy_drop.value, parity.agreement.value) == (0, 1)
    assert (parity.miou_drop.value, parity.nucleus_fraction_p95) == (0, 0)
    assert (parity.files.bytes_ratio, parity.files.ms_ratio) == (0.25, 0.5)
    require_gates(judge_gates(parity, GATES))


def test_a_cell_that_only_one_finds_is_a_disagreement():
    floats = make_images([(0, "a"), (1, "b"), (0, "a"), (1, "b")])
    ints = make_images([(0, "a"), (1, None), (0, "b"), (1, "b")])
    parity = compare(floats, ints, FILES)
    assert (parity.agreement.value, parity.accuracy_drop.value) == (0.5, 0.5)
    with pytest.raises(GateError, match=r"max_accuracy_drop: 0\.5 .*min_agreement: 0\.5"):
        require_gates(judge_gates(parity, GATES))


def test_worse_masks_are_a_drop():
    calls = [(0, "a"), (1, "b")]
    better, worse = np.diag([90, 20, 10]), np.array([[90, 0, 0], [0, 10, 10], [0, 0, 10]])
    parity = compare(make_images(calls, better), make_images(calls, worse), FILES)
    assert parity.miou_drop.value == pytest.approx(1 - (1 + 0.5 + 0.5) / 3)
    assert parity.dice_cell_drop.value == 0
    assert [gate.name for gate in judge_gates(parity, GATES) if not gate.kept] == ["max_miou_drop"]


def test_nucleus_fractions_are_compared_cell_by_cell():
    floats = make_images([(0, "a")])
    (cell,) = floats[0].cells
    ints = [replace(floats[0], cells=(replace(cell, read=make_cell("a", 0.6)),))]
    assert compare(floats, ints, FILES).nucleus_fraction_p95 == pytest.approx(0.1)


def test_fields_of_a_screening_bundle_are_compared_by_their_class():
    image = SeenImage("drawn", "block", "1.png", (), 0, None, 1, np.array([0.2, 0.8]))
    other = replace(image, field=np.array([0.7, 0.3]))
    parity = compare([image, image], [image, other], FILES)
    assert (parity.agreement.value, parity.accuracy_drop.value) == (0.5, 0.5)


def test_nothing_compared_is_no_proof():
    parity: Parity = compare(make_images([(-1, "a")]), make_images([(-1, "a")]), FILES)
    assert parity.agreement == Estimate(None, None, None, 0, 0)
    with pytest.raises(GateError, match="min_agreement: not measured"):
        require_gates(judge_gates(parity, GATES))
