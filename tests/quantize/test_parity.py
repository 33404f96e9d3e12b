"""Parity: two models that saw the same differ in nothing; a broken gate is named, and fair to small splits."""

from dataclasses import replace

import numpy as np
import pytest

from contract.settings_files import load_settings
from quantize.gates import GateError, judge_gates, require_gates
from quantize.pairing import pair_things
from quantize.parity import Parity, compare
from quantize.timing import Files
from tests.made_records import make_cell as make_named_cell
from training.intervals import Estimate
from training.observe import SeenCell, SeenImage

CLASSES = ("a", "b")
FILES = Files(2, 8, 1.0, 2.0, Estimate(0.5, 0.49, 0.51, 60, 60))
GATES = load_settings().quantize.gates


def make_cell(called, nucleus_fraction=0.5):
    shares = {name: 0.9 if name == called else 0.1 for name in CLASSES}
    cell = make_named_cell(called)
    return replace(cell, confidence=0.9, probabilities=shares, candidates=(called,), nucleus_fraction=nucleus_fraction)


def make_images(calls, pixels=None):
    """One picture for each (truth, called); called None: missed."""
    return [
        SeenImage("drawn", f"slide{i // 2}", f"{i}.png", (SeenCell(str(i), truth, read, 0.8),), 0, pixels, -1, None)
        for i, (truth, read) in enumerate((t, None if c is None else make_cell(c)) for t, c in calls)
    ]


def hold(floats, ints, temperatures=(1.0, 1.0)):
    return compare(floats, ints, FILES, CLASSES, temperatures)


def broken(parity):
    return [gate.name for gate in judge_gates(parity, GATES) if not gate.kept]


def test_the_same_answers_agree_wholly():
    images = make_images([(0, "a"), (1, "b"), (0, "b"), (1, None)], np.diag([90, 20, 10]))
    parity = hold(images, images)
    assert parity.accuracy.float32.value == parity.accuracy.int8.value == 0.5
    assert {name: figure.int8.value for name, figure in parity.recall.items()} == {"a": 0.5, "b": 0.5}
    assert (parity.accuracy.drop.value, parity.agreement.value, parity.same_count.value) == (0, 1, 1)
    assert (parity.miou.drop.value, parity.nucleus_fraction_p95.value) == (0, 0)
    assert (parity.files.bytes_ratio, parity.files.ms_ratio.value) == (0.25, 0.5)
    require_gates(judge_gates(parity, GATES))


def test_a_cell_that_only_one_finds_is_a_disagreement():
    floats = make_images([(0, "a"), (1, "b"), (0, "a"), (1, "b")])
    ints = make_images([(0, "a"), (1, None), (0, "b"), (1, "b")])
    parity = hold(floats, ints)
    assert (parity.agreement.value, parity.accuracy.drop.value, parity.same_count.value) == (0.5, 0.5, 0.75)
    assert (parity.recall["a"].drop.value, parity.recall["b"].drop.value) == (0.5, 0.5)
    with pytest.raises(GateError, match=r"max_accuracy_drop: 0\.5 .*min_agreement: 0\.5"):
        require_gates(judge_gates(parity, GATES))


def test_every_figure_has_its_interval_over_slides():
    floats = make_images([(i % 2, CLASSES[i % 2]) for i in range(40)], np.diag([90, 20, 10]))
    ints = make_images([(i % 2, CLASSES[i % 2] if i < 36 else "a") for i in range(40)], np.diag([90, 20, 10]))
    parity = hold(floats, ints)
    drop = parity.accuracy.drop
    assert drop.value == pytest.approx(0.05)
    assert drop.low <= drop.value <= drop.high
    assert (drop.rows, drop.groups) == (40, 20)
    for figure in (parity.macro_accuracy, parity.recall["b"], parity.ece, parity.miou, parity.dice_nucleus):
        assert figure.drop.low is not None
    assert parity.nucleus_fraction_p50.low == 0


def test_one_cell_is_let_pass_only_where_the_split_cannot_tell_less():
    right = [(0, "a"), (1, "b")] * 20
    one_wrong, two_wrong = [(0, "b"), *right[1:]], [(0, "b"), (1, "a"), *right[2:]]
    assert broken(hold(make_images(right), make_images(one_wrong))) == []
    assert broken(hold(make_images(right), make_images(two_wrong))) == ["max_accuracy_drop", "min_agreement"]
    many = right * 10
    assert broken(hold(make_images(many), make_images([(0, "b"), *many[1:]]))) == []
    assert broken(hold(make_images(many), make_images([(0, "b"), (1, "a"), *many[2:]]))) == ["max_accuracy_drop"]


def test_the_limit_that_was_applied_stands_beside_the_bar():
    gates = {gate.name: gate for gate in judge_gates(hold(*[make_images([(0, "a"), (1, "b")])] * 2), GATES)}
    assert (gates["max_accuracy_drop"].bar, gates["max_accuracy_drop"].limit) == (0.003, 0.5)
    assert (gates["min_agreement"].bar, gates["min_agreement"].limit) == (0.99, 0.5)
    assert gates["max_size_ratio"].bar == gates["max_size_ratio"].limit == 0.30


@pytest.mark.parametrize(
    ("files", "gate"),
    [
        (Files(31, 100, 1, 2, Estimate(0.5, 0.5, 0.5, 60, 60)), "max_size_ratio"),
        (Files(2, 8, 1, 2, Estimate(0.63, 0.61, 0.65, 60, 60)), "max_time_ratio"),
    ],
)
def test_a_file_too_large_or_too_slow_beside_the_float_one_is_named(files, gate):
    images = make_images([(0, "a"), (1, "b")])
    parity = compare(images, images, files, CLASSES, (1.0, 1.0))
    with pytest.raises(GateError, match=f"{gate}: 0"):
        require_gates(judge_gates(parity, GATES))


def test_a_time_whose_interval_reaches_the_bar_fails_no_bundle():
    images = make_images([(0, "a"), (1, "b")])
    files = replace(FILES, ms_ratio=Estimate(0.605, 0.59, 0.62, 60, 60))
    parity = compare(images, images, files, CLASSES, (1.0, 1.0))
    time = next(gate for gate in judge_gates(parity, GATES) if gate.name == "max_time_ratio")
    assert (time.kept, time.bar, time.limit) == (True, 0.6, pytest.approx(0.615))
    assert "interval" in time.why


def test_worse_masks_are_a_drop():
    calls = [(0, "a"), (1, "b")]
    better, worse = np.diag([90, 20, 10]), np.array([[90, 0, 0], [0, 10, 10], [0, 0, 10]])
    parity = hold(make_images(calls, better), make_images(calls, worse))
    assert parity.miou.drop.value == pytest.approx(1 - (1 + 0.5 + 0.5) / 3)
    assert parity.dice_cell.drop.value == 0
    assert broken(parity) == ["max_miou_drop"]


def test_nucleus_fractions_are_compared_cell_by_cell():
    floats = make_images([(0, "a")])
    (cell,) = floats[0].cells
    ints = [replace(floats[0], cells=(replace(cell, read=make_cell("a", 0.6)),))]
    parity = hold(floats, ints)
    assert parity.nucleus_fraction_p95.value == pytest.approx(0.1)
    assert broken(parity) == ["max_nucleus_fraction_p95"]


def test_calibration_is_judged_at_each_models_own_temperature():
    images = make_images([(0, "a"), (1, "b"), (0, "a"), (1, None)])
    # both say 0.9 and are right where they say something: at a temperature near zero they would say 1
    parity = hold(images, images, (1.0, 0.05))
    assert parity.ece.float32.value == pytest.approx(0.1)
    assert parity.ece.int8.value == pytest.approx(0, abs=1e-6)
    assert parity.ece.drop.rows == 3


def make_field(name, truth, shares):
    return SeenImage("drawn", name, f"{name}.png", (), 0, None, truth, np.array(shares))


def test_fields_of_a_screening_bundle_are_compared_by_their_class():
    floats = [make_field("1", 1, [0.2, 0.8]), make_field("2", 0, [0.6, 0.4])]
    ints = [floats[0], make_field("2", 0, [0.1, 0.9])]
    parity = hold(floats, ints)
    assert (parity.things, parity.named) == ("fields", 2)
    assert (parity.agreement.value, parity.accuracy.drop.value) == (0.5, 0.5)
    assert (parity.auc.float32.value, parity.auc.int8.value) == (1.0, 0.0)
    assert "max_auc_drop" in broken(parity)


def test_a_field_without_cells_has_no_class_and_is_not_taken_for_the_first():
    silent = make_field("1", 0, [0.5, 0.5])
    pairs = pair_things([silent], [silent], 2)
    assert pairs.calls.tolist() == [[-1], [-1]]
    assert hold([silent], [silent]).accuracy.int8.value == 0


def test_nothing_compared_is_no_proof():
    parity: Parity = hold(make_images([(-1, "a")]), make_images([(-1, "a")]))
    assert (parity.agreement.value, parity.agreement.rows) == (None, 0)
    with pytest.raises(GateError, match="min_agreement: not measured"):
        require_gates(judge_gates(parity, GATES))
