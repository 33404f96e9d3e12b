"""A run learns, can be stopped and goes on, and refuses to go on as something else."""

import csv
import itertools
import os
import signal
import threading
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

from tests.drawn_shards import CLASSES, describe, write_prepared
from training.augment import Strength
from training.dataset import stream_batches
from training.description import write_description
from training.fit import FitConfig, fit, load_run
from training.fit_command import fit_command
from training.learner import Learner
from training.model import ModelConfig, Stage
from training.pool import load_pool
from training.runs import RunError
from training.session import learning_rate

TINY = ModelConfig(
    "differential",
    CLASSES,
    {"granules": ("none", "many"), "vacuoles": ("no", "yes")},
    stem=8,
    stages=(Stage(8, 1, 2, True), Stage(16, 1, 2, False), Stage(16, 1, 2, False)),
    features=8,
    decoder=8,
)
CONFIG = FitConfig(steps=8, judge_every=4, batch=4, window=64, input_height=64, input_width=96)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_prepared(tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    run = tmp_path_factory.mktemp("run")
    return run, fit(data, run, CONFIG, TINY)


def read_log(run):
    with (run / "log.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_run_folder_holds_what_was_done_and_opens_at_the_size_of_the_device(finished):
    run, outcome = finished
    assert (outcome.steps, outcome.reason) == (8, "finished")
    record, model = load_run(run)
    assert (record.model, record.um_per_px, record.data) == (TINY, 0.25, {"drawn": "0" * 64})
    assert model(np.zeros((1, 64, 96, 3), np.uint8))["cell_type"].shape == (1, 8, 12, 3)
    assert [row["step"] for row in read_log(run)] == ["4", "8"]
    assert any((run / "tb").iterdir())


def test_the_loss_falls(data, tmp_path):
    fit(data, tmp_path, replace(CONFIG, steps=40, judge_every=20, batch=8, rate=0.01), TINY)
    first, last = (float(row["loss"]) for row in read_log(tmp_path))
    assert last < 0.85 * first  # drawn cells are easy: thirty-odd steps take a third off


def test_an_interrupted_run_saves_and_goes_on_to_the_end(data, tmp_path):
    ended = threading.Event()
    interrupt = threading.Thread(target=_interrupt_after_first_judgement, args=(tmp_path, ended))
    interrupt.start()
    try:
        outcome = fit(data, tmp_path, replace(CONFIG, steps=100_000), TINY)
    finally:
        ended.set()
        interrupt.join()
    assert outcome.reason == "interrupted"
    assert 4 <= outcome.steps < 100_000
    more = outcome.steps + 3
    assert fit(data, tmp_path, replace(CONFIG, steps=more), TINY).steps == more
    steps = [int(row["step"]) for row in read_log(tmp_path)]
    assert steps == sorted(set(steps))
    assert steps[-1] == more


def _interrupt_after_first_judgement(run, ended):
    while not (run / "last" / "checkpoint").exists():
        if ended.wait(0.05):
            return
    os.kill(os.getpid(), signal.SIGINT)


def test_a_restored_learner_takes_the_step_that_the_saved_one_would_have_taken(data, tmp_path):
    pool = load_pool(data, "train")
    with closing(stream_batches(pool, 64, 4, seed=1, first=0, strength=Strength())) as stream:
        first, second, third = itertools.islice(stream, 3)
    saved = begin_learner()
    saved.learn(first, 0.01)
    saved.learn(second, 0.01)
    saved.keep_checkpoints(tmp_path).save()
    restored = begin_learner()
    restored.keep_checkpoints(tmp_path).restore_or_initialize()
    assert int(restored.progress.step) == 2
    for learner in (saved, restored):
        learner.learn(third, 0.01)
    for one, two in zip(saved.averaged.get_weights(), restored.averaged.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-4)  # threads add floats in any order


def begin_learner():
    still = replace(TINY, dropout=0.0)  # chance inside the network is not part of a checkpoint
    return Learner(still, 64, CONFIG.weights, CONFIG.decay, CONFIG.average, tf.distribute.get_strategy())


def test_a_finished_run_is_left_as_it_is(data, finished):
    run, outcome = finished
    before = (run / "best.keras").stat().st_mtime_ns
    assert fit(data, run, CONFIG, TINY).steps == outcome.steps
    assert (run / "best.keras").stat().st_mtime_ns == before


def test_going_on_with_other_settings_is_refused_by_name(data, finished):
    with pytest.raises(RunError, match=r"window 96 \(expected 64"):
        fit(data, finished[0], replace(CONFIG, window=96), TINY)


def test_going_on_with_other_data_is_refused(data, finished, tmp_path):
    other = write_prepared(tmp_path / "prepared", train=2, val=2)
    write_description(other, describe(fingerprint="1" * 64))
    with pytest.raises(RunError, match="other data"):
        fit(other, finished[0], CONFIG, TINY)


def test_a_new_run_can_begin_with_the_weights_of_another(data, finished, tmp_path):
    fit(data, tmp_path, replace(CONFIG, steps=1, rate=1e-9), TINY, init=finished[0])
    _, begun = load_run(tmp_path)
    _, origin = load_run(finished[0])
    np.testing.assert_allclose(
        begun.get_layer("cell_type").get_weights()[0], origin.get_layer("cell_type").get_weights()[0]
    )


def test_the_rate_rises_and_falls_to_zero():
    rates = [learning_rate(share, CONFIG) for share in (0.0, CONFIG.warm_up, 0.5, 1.0)]
    assert rates[0] < rates[2] < rates[1] == CONFIG.rate
    assert rates[3] == pytest.approx(0.0)


def test_the_command_explains_itself_and_names_a_bad_size(data, tmp_path):
    runner = CliRunner()
    assert "best.keras" in runner.invoke(fit_command, ["--help"]).output
    wrong = runner.invoke(fit_command, [str(data), str(tmp_path / "run"), "--input", "360x576"])
    assert wrong.exit_code == 2
    assert "multiples of 16" in wrong.output


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"run\.json"):
        load_run(tmp_path)
