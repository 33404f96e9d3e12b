"""A run as teacher: masks of the picture's size, silent where it is unsure, refused at another scale."""

import numpy as np
import pytest

from contract.prepare import prepare_field
from tests.drawn_cells import draw_field
from training.model import ModelConfig, Stage, build_model
from training.runs import BEST_FILE, RunError, RunRecord
from training.teacher import RunTeacher, TeacherError

TINY = ModelConfig(
    "differential",
    ("lymphocyte", "monocyte"),
    stem=8,
    stages=(Stage(8, 1, 2, True), Stage(8, 1, 2, False), Stage(8, 1, 2, False)),
    features=8,
    decoder=8,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose network calls everything nucleus where it looks, by its bias alone."""
    folder = tmp_path_factory.mktemp("run")
    RunRecord(TINY, 128, 160, 0.25, {}, {}).save(folder)
    model = build_model(TINY, (128, 160))
    heads = [layer for layer in model.layers if layer.weights and tuple(layer.weights[-1].shape) == (3,)]
    for head in heads:
        head.set_weights([np.zeros_like(head.get_weights()[0]), np.array([0.0, 0.0, 4.0], np.float32)])
    assert heads
    model.save(folder / BEST_FILE)
    return folder


def test_a_teacher_draws_a_field_larger_than_its_input(run):
    prepared = prepare_field(draw_field([(60, 70, 24, 16)], [], (180, 260))[0], 0.25, 0.25)
    tissue = RunTeacher(run, 0.25).tissue(prepared)
    assert tissue.shape == (180, 260)
    assert tissue.dtype == np.uint8
    assert (tissue == 2).all()


def test_a_teacher_of_another_scale_is_refused(run):
    with pytest.raises(TeacherError, match=r"works at 0.25 um/px \(expected 0.5, as the data\)"):
        RunTeacher(run, 0.5)


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(RunError):
        RunTeacher(tmp_path, 0.25)
