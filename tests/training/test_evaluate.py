"""Evaluation: a model that is right scores 1, one that is wrong is caught, and what is written can be read again."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from contract.prepare import Prepared
from tests.drawn_models import SHAPE, look_up, turn_wrong
from tests.measured_shards import TINY, UM_PER_PX, write_measured
from training.confidence import ConfidenceError, Fitting, choose_sources
from training.description import read_description
from training.drafting import draft_manifest
from training.evaluate import EvaluateError, evaluate, evaluate_run
from training.evaluate_command import evaluate_command
from training.evaluate_fitted import evaluate_as_fitted
from training.forward import fit_canvas, run_float
from training.model import build_model
from training.observe import observe
from training.report import METRICS_FILE, REPORT_FILE, tell_command
from training.runs import BEST_FILE, RunRecord
from training.scoring import score_sources
from training.tabulate import merge_same_cells, tabulate_cells
from training.tfrecords import read_examples

FITTING = Fitting(0.95)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_measured(tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="module")
def draft():
    return draft_manifest(TINY, SHAPE, UM_PER_PX)


@pytest.fixture
def run(tmp_path):
    record = RunRecord(TINY, *SHAPE, UM_PER_PX, {"drawn": "0" * 64}, {})
    record.save(tmp_path / "run")
    build_model(TINY, SHAPE).save(tmp_path / "run" / BEST_FILE)
    return tmp_path / "run"


def test_a_model_that_is_right_scores_one(data, draft):
    found = evaluate(data, "test", draft, look_up, read_description(data), FITTING, "looked up")
    scores = found.scores["drawn"]
    assert scores.recall.value == 1
    assert scores.cells.macro_accuracy.value == 1
    assert scores.cells.named_share.value == 1
    assert scores.masks.dice_cell.value > 0.9  # outlines at a quarter of the resolution
    assert (scores.intervals_by, scores.recall.groups) == ("group", 6)
    assert found.manifest.confidence_fitted_on == "24 cells of the validation split (drawn), looked up"


def test_a_model_that_is_wrong_names_nothing_after_calibration(data, draft):
    found = evaluate(data, "test", draft, turn_wrong, read_description(data), FITTING, "turned")
    scores = found.scores["drawn"]
    assert (scores.recall.value, scores.cells.accuracy.value) == (1, 0)
    assert scores.cells.named_share.value == 0
    assert scores.cells.named_accuracy.value is None


def test_a_missed_cell_is_a_wrong_answer_where_it_is_counted(data, draft):
    def see_nothing_left(prepared):
        outputs = look_up(prepared)
        outputs.mask[:, : outputs.mask.shape[1] // 2] = (9, 0, 0)
        return outputs

    seen = observe(read_examples(data, "test"), see_nothing_left, draft)
    scores = score_sources(seen, draft)["drawn"]
    assert scores.recall.value < 1
    assert scores.macro_accuracy_missed_wrong.value < scores.cells.macro_accuracy.value


def test_boxes_of_one_cell_are_named_once(data, draft):
    examples = [replace(one, box_cell=(f"cell{i // 2}",)) for i, one in enumerate(read_examples(data, "test"))]
    boxes = tabulate_cells(observe(examples, look_up, draft), 3)
    distinct = merge_same_cells(boxes)
    assert (len(boxes.truth), len(distinct.truth)) == (24, 12)
    np.testing.assert_allclose(distinct.probabilities[0], boxes.probabilities[:2].mean(axis=0))


def test_a_canvas_that_just_fits_gives_the_answers_of_the_full_input(data):
    draft = draft_manifest(TINY, (160, 256), UM_PER_PX)
    weights = build_model(TINY, (160, 256)).get_weights()
    example = next(read_examples(data, "test"))
    prepared = Prepared(example.image, example.image.shape[:2], UM_PER_PX)
    small, full = (run_float(TINY, weights, draft, exact)(prepared) for exact in (False, True))
    for name in ("mask", "interior", "cell_type", "features"):
        # float32 sums in another order
        np.testing.assert_allclose(getattr(small, name), getattr(full, name), atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "canvas"),
    [((72, 72), (128, 128)), ((144, 300), (192, 352)), ((900, 10), (368, 64)), ((360, 576), (368, 576))],
)
def test_a_canvas_holds_the_picture_and_is_never_more_than_the_input(shape, canvas):
    assert fit_canvas(shape, (368, 576)) == canvas


def test_the_command_writes_figures_a_program_and_a_person_can_read(run, data, tmp_path):
    out = tmp_path / "out"
    command = [str(run), "--data", str(data), "--out", str(out), "--audit-pictures", "1"]
    done = CliRunner().invoke(evaluate_command, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    metrics = json.loads((out / METRICS_FILE).read_text())
    assert metrics["sources"]["drawn"]["recall"]["rows"] == 24
    assert metrics["shortcut"]["drawn"]["accuracy"]["value"] is not None
    assert metrics["details"]["drawn"]["panoptic_cells"]["counted"]["missed"] >= 0
    assert metrics["audit"]["drawn"]["rows"][0]["name"] == "untouched"
    assert "research use only" in metrics["notice"]
    assert "<img" in (out / REPORT_FILE).read_text()


def test_a_finished_model_is_measured_with_the_confidence_it_has(data, draft):
    fitted = evaluate(data, "test", draft, look_up, read_description(data), FITTING, "looked up")
    again = evaluate_as_fitted(data, "test", fitted.manifest, look_up)
    assert again.manifest == fitted.manifest
    assert again.scores == fitted.scores


def test_a_field_without_cells_is_nowhere_counted_as_right(tmp_path, draft):
    screening = write_measured(tmp_path / "screening", screening=True)
    draft = draft_manifest(replace(TINY, task="screening"), SHAPE, UM_PER_PX)

    def see_nothing(prepared):
        outputs = look_up(prepared)
        outputs.mask[:] = (9, 0, 0)
        return outputs

    seen = observe(read_examples(screening, "test"), see_nothing, draft)
    scores = score_sources(seen, draft)["drawn"].fields
    assert scores.accuracy.value == 0
    assert all(one.recall == 0 for one in scores.classes.values())
    seen = observe(read_examples(screening, "test"), look_up, draft)
    assert score_sources(seen, draft)["drawn"].fields.accuracy.value == 1


def test_data_of_other_classes_are_refused(run, tmp_path):
    other = write_measured(tmp_path / "other", classes=("a", "b", "c"))
    with pytest.raises(EvaluateError, match="classes"):
        evaluate_run(run, other, "test", FITTING)


def test_confidence_is_fitted_on_photographs_where_there_are_any(data):
    description = read_description(data)
    (photographs,) = description.sources
    drawn = photographs.model_copy(update={"name": "simulated", "simulated": True})
    both = description.model_copy(update={"sources": (photographs, drawn)})
    assert choose_sources(both, frozenset()) == {"drawn"}
    assert choose_sources(both, frozenset({"simulated"})) == {"simulated"}
    assert choose_sources(description.model_copy(update={"sources": (drawn,)}), frozenset()) == {"simulated"}
    with pytest.raises(ConfidenceError, match=r"'pi' \(expected .*: drawn, simulated\)"):
        choose_sources(both, frozenset({"pi"}))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["evaluate", "/home/me/runs/a", "--data", "../sets/b"], "train evaluate a --data b"),
        (["runs/a", "simulated=/tmp/x/sim", "--hold-out", "pi:all"], "train runs/a simulated=sim --hold-out pi:all"),
    ],
)
def test_a_command_is_told_without_the_folders_of_this_machine(given, told):
    assert tell_command("train", given) == told
