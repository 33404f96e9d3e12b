"""A real small model on each runtime that is installed here, with its bundle's examples."""

import importlib.util

import numpy as np
import pytest

from device.network.runtime import open_interpreter
from device.network.runtime_choice import RUNTIMES

INSTALLED = [package for package, module in RUNTIMES.items() if importlib.util.find_spec(module)]


@pytest.fixture(scope="session")
def installed_runtimes():
    """Names of packages, best first."""
    return INSTALLED


@pytest.fixture(params=INSTALLED)
def runtime(request):
    """Name of one package."""
    return request.param


@pytest.fixture
def model(tiny_bundle, runtime):
    """The small differential bundle's model."""
    return open_interpreter((tiny_bundle / "model.tflite").read_bytes(), threads=1, runtime=runtime)


@pytest.fixture(scope="session")
def examples(tiny_bundle):
    """Arrays of its self-test."""
    with np.load(tiny_bundle / "selftest.npz") as stored:
        return dict(stored)
