"""What a newcomer does first: a fresh copy of the repository, `make demo`, and a look at the page."""

import os
import shutil
import sqlite3
import statistics
import subprocess
import time

import cv2
import numpy as np
import psutil
import pytest

from contract.settings_files import INSTALL_ROOT
from tests.running import get, get_json, started, wait_for

INSTALL_PATIENCE_S = 600.0
READY_S = 60.0
RESIDENT_MB = 250.0


@pytest.fixture
def fresh_copy(tmp_path):
    """What git would clone, and nothing else."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=INSTALL_ROOT,
        capture_output=True,
        text=True,
    )
    assert listed.returncode == 0, listed.stderr
    for name in listed.stdout.splitlines():
        if (INSTALL_ROOT / name).is_file():
            (tmp_path / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(INSTALL_ROOT / name, tmp_path / "clone" / name)
    return tmp_path / "clone"


@pytest.mark.timeout(INSTALL_PATIENCE_S + 200)
def test_make_demo_counts_cells_on_a_fresh_copy(fresh_copy):
    outside = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    with started(["make", "demo", "PORT=0"], cwd=fresh_copy, env=outside) as program:
        address = program.address(INSTALL_PATIENCE_S)
        begun = time.monotonic()
        assert "imulated" in program.text
        assert "research use only" in program.text
        assert wait_for(lambda: get_json(address, "/healthz")["ok"], "healthz is ok", READY_S)
        jpeg, headers, status = get(address, "/api/v1/frame.jpg")
        assert status == 200
        assert headers["Content-Type"] == "image/jpeg"
        assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (600, 960, 3)
        first = wait_for(lambda: get_json(address, "/api/v1/differential")["total"], "cells are counted", READY_S)
        wait_for(lambda: get_json(address, "/api/v1/differential")["total"] > first, "the count grows", READY_S)
        assert time.monotonic() - begun < READY_S
        check_lightness(fresh_copy, address)
        for child in psutil.Process(program.process.pid).children(recursive=True):
            child.terminate()
        wait_for(lambda: program.process.poll() is not None, f"make ends as its program does: {program.text}", READY_S)
    rows = sqlite3.connect(fresh_copy / "data" / "leukoscope.sqlite")
    counts = {
        table: rows.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("slide", "field", "cell")
    }
    rows.close()
    assert min(counts.values()) > 0, counts


def check_lightness(clone, address):
    """The device's environment holds no TensorFlow, and its program stays small."""
    packages = {path.name for path in (clone / ".venv-device").glob("lib/python*/site-packages/*")}
    assert not packages & {"tensorflow", "keras", "matplotlib"}
    (daemon,) = (
        process
        for process in psutil.process_iter(["cwd", "name"])
        if process.info["cwd"] == str(clone) and "leukoscope" in process.info["name"]
    )
    # the median over some frames: drawing the next simulated field takes some 20 MB for a twentieth of a second
    resident, seq = [], "0"
    for _ in range(15):
        seq = get(address, f"/api/v1/frame.jpg?after={seq}")[1].get("X-Frame-Seq", seq)
        resident.append(daemon.memory_info().rss / 1e6)
    assert statistics.median(resident) <= RESIDENT_MB, resident
