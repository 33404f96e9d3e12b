"""A run that was trained for seconds on drawn cells, and what it was trained on."""

import pytest

from tests.measured_shards import TINY, write_measured
from training.fit import FitConfig, fit

STEPS = FitConfig(steps=60, judge_every=60, batch=8, window=64, rate=0.01, input_height=96, input_width=128)


@pytest.fixture(scope="session")
def measured_data(tmp_path_factory):
    return write_measured(tmp_path_factory.mktemp("measured") / "prepared")


@pytest.fixture(scope="session")
def short_run(measured_data, tmp_path_factory):
    run = tmp_path_factory.mktemp("short") / "run"
    fit(measured_data, run, STEPS, TINY)
    return run
