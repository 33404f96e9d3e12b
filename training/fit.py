"""How a run begins, or goes on: data, network, checkpoint, and then the loop."""

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from training.dataset import stream_batches
from training.description import read_description
from training.fit_config import FitConfig
from training.journal import Journal
from training.learner import Learner
from training.model import ModelConfig
from training.pool import Pool, load_pool
from training.runs import RUN_FILE, RunError, RunRecord, load_run, read_record
from training.session import Outcome, Session

__all__ = ["FitConfig", "Outcome", "fit", "load_run"]

MAY_CHANGE = ("steps", "minutes", "patience", "judge_every")  # when a run goes on


def fit(
    data: Path,
    run: Path,
    config: FitConfig,
    model: ModelConfig | None = None,
    init: Path | None = None,
    strategy: Any = None,
) -> Outcome:
    """Train a network, or go on with a run that was interrupted.

    Args:
        data: folder made by `leukoscope-train prepare`.
        run: folder of the run; where it holds one, it goes on from its last checkpoint.
        config: how.
        model: the network; None: the default one for the data's task, classes and attributes.
        init: another run with the same network, whose best weights a new run begins with.
        strategy: tf.distribute strategy; None: this machine's one device.

    Returns:
        How it ended. SIGINT ends it early, with everything saved.

    Raises:
        RunError: the folder holds a run with other settings or data, or `init` is another network.
    """
    record = _describe(data, config, model)
    begun = (run / RUN_FILE).exists()
    if begun:
        _check_same(run, record)
    tf.keras.utils.set_random_seed(config.seed)
    pools = load_pool(data, "train"), load_pool(data, "val")
    _check_deciding(config, pools[1])
    strategy = strategy or tf.distribute.get_strategy()
    learner = Learner(record.model, config.window, config.weights, config.decay, config.average, strategy)
    if init is not None and not begun:
        learner.start_from(_weights_of(init, record.model))
    record.save(run)
    manager = learner.keep_checkpoints(run)
    manager.restore_or_initialize()
    first = int(learner.progress.step)
    stream = stream_batches(pools[0], config.window, config.batch, config.seed, first, config.strength)
    with closing(stream), Journal(run, first) as journal:
        return Session(learner, pools[1], config, record, run, journal, manager).advance(stream)


def _describe(data: Path, config: FitConfig, model: ModelConfig | None) -> RunRecord:
    described = read_description(data)
    if model is None:
        model = ModelConfig(described.task, described.classes, dict(described.attributes))
    fingerprints = {source.name: source.fingerprint for source in described.sources}
    settings = json.loads(json.dumps(asdict(config)))
    return RunRecord(model, config.input_height, config.input_width, described.um_per_px, fingerprints, settings)


def _check_deciding(config: FitConfig, val: Pool) -> None:
    there = {example.source for example in val.examples}
    if strange := sorted(set(config.judge_on) - there):
        raise RunError(
            f"judge on {strange[0]!r} (expected a source of the validation split: {', '.join(sorted(there))})"
        )


def _check_same(run: Path, record: RunRecord) -> None:
    earlier = read_record(run)
    for name, value in record.fit.items():
        if name not in MAY_CHANGE and earlier.fit.get(name) != value:
            raise RunError(f"{run}: {name} {value} (expected {earlier.fit.get(name)}, as the run was begun)")
    if earlier.model != record.model:
        raise RunError(f"{run}: another network than the run was begun with (expected {earlier.model})")
    if earlier.data != record.data:
        raise RunError(f"{run}: other data than the run was begun with (expected the same fingerprints)")


def _weights_of(init: Path, model: ModelConfig) -> list[np.ndarray[Any, Any]]:
    record, network = load_run(init)
    if record.model != model:
        raise RunError(f"{init}: another network (expected {model})")
    weights: list[np.ndarray[Any, Any]] = network.get_weights()
    return weights
