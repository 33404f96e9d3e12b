"""What tests share: real small bundles, a simulated field, the real images, and a look for threads left behind."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tqdm import tqdm

from contract.settings_files import INSTALL_ROOT
from device.smear.slide import VirtualSlide

UM_PER_PX = 0.15

# tqdm keeps a thread that watches slow bars for as long as the process lives; it is not ours to close.
tqdm.monitor_interval = 0


def make_bundle(folder, task):
    # In a process of its own: TensorFlow's 600 MB and its warnings stay out of the test session.
    # `make test-runtimes` has none where it tests, and names the Python of .venv.
    python = os.environ.get("LEUKOSCOPE_HOST_PYTHON", sys.executable)
    command = [python, str(INSTALL_ROOT / "tests" / "tiny_bundle.py"), str(folder), task]
    made = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"})
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory):
    """Folder of a real int8 differential bundle that finds purple cells; 5 s to make."""
    return make_bundle(tmp_path_factory.mktemp("bundles") / "tiny-differential", "differential")


@pytest.fixture(scope="session")
def tiny_screening_bundle(tmp_path_factory):
    """Folder of a real int8 screening bundle."""
    return make_bundle(tmp_path_factory.mktemp("bundles") / "tiny-screening", "screening")


@pytest.fixture(scope="session")
def smear_field():
    """A simulated field of 600 x 960 px at 0.15 um/px (read-only), and the truth about its white cells."""
    image, truth = VirtualSlide(1).render(0.0, 0.0, 600, 960, UM_PER_PX)
    image.flags.writeable = False
    return image, truth


@pytest.fixture(scope="session")
def real_images():
    """Folder of the real images, for tests marked `real_data`."""
    folder = Path(os.environ.get("LEUKOSCOPE_DATA", INSTALL_ROOT.parent / "shared" / "data"))
    if not (folder / "rpi_fields").is_dir():
        pytest.skip(f"REAL IMAGES NOT FOUND at {folder}: this figure is not proved here (set LEUKOSCOPE_DATA)")
    return folder


@pytest.fixture(autouse=True)
def no_thread_is_left():
    """Fail a test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + 5.0
    for thread in set(threading.enumerate()) - before:
        thread.join(max(0.0, until - time.monotonic()))
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    assert not left, f"threads left behind: {left}"
