"""A run that was trained for seconds on drawn cells, what it was trained on, and the files it becomes."""

import pytest

from quantize.convert import FORMATS, convert
from quantize.representative import choose_representative
from tests.measured_shards import TINY, UM_PER_PX, write_measured
from training.drafting import draft_manifest
from training.fit import FitConfig, fit
from training.runs import load_run

SHAPE = (96, 128)
STEPS = FitConfig(steps=60, judge_every=60, batch=8, window=64, rate=0.01, input_height=96, input_width=128)


@pytest.fixture(scope="session")
def measured_data(tmp_path_factory):
    return write_measured(tmp_path_factory.mktemp("measured") / "prepared")


@pytest.fixture(scope="session")
def short_run(measured_data, tmp_path_factory):
    run = tmp_path_factory.mktemp("short") / "run"
    fit(measured_data, run, STEPS, TINY)
    return run


@pytest.fixture(scope="session")
def network(short_run):
    return load_run(short_run)[1]


@pytest.fixture(scope="session")
def canvases(measured_data):
    return choose_representative(measured_data, 24, 7, SHAPE).canvases


@pytest.fixture(scope="session")
def converted(network, canvases):
    """Every format, as the converter writes it."""
    return convert(network, canvases, FORMATS)


@pytest.fixture
def draft():
    return draft_manifest(TINY, SHAPE, UM_PER_PX)
