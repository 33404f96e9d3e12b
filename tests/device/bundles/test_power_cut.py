"""A cut of power at any moment of an installation leaves a whole bundle running: the old one, or the new one."""

import json
import os
import signal
import subprocess
import sys

import pytest

from contract.settings_files import INSTALL_ROOT
from device.bundles.install import install_bundle
from tests.device.bundles.made_bundles import make_version

pytestmark = pytest.mark.timeout(900)

OLD, NEW = "3", "4"


@pytest.fixture(scope="module")
def told(tiny_bundle, tmp_path_factory):
    """What is told of an installation over three others that is cut at each of its steps, and of a whole one."""
    work = tmp_path_factory.mktemp("cut")
    for version in ("1", "2", OLD, NEW):
        make_version(tiny_bundle, work / version, version)
    for version in ("1", "2", OLD):
        install_bundle(work / version, work / "pristine", threads=1)
    command = [sys.executable, "-m", "tests.device.bundles.power_cut", work / NEW, work / "pristine", work / "work"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    ran = subprocess.run(command, cwd=INSTALL_ROOT, capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.fixture(scope="module")
def steps(told):
    return [tuple(step) for step in told[0]["steps"]]


@pytest.fixture(scope="module")
def cuts(told):
    return told[1:]


def test_every_step_was_cut(cuts, steps):
    assert [cut["at"] for cut in cuts] == list(range(len(steps)))
    assert {cut["ended"] for cut in cuts} == {-signal.SIGKILL}


def test_after_a_cut_a_whole_bundle_runs_the_old_one_until_the_switch_and_then_the_new(cuts):
    runs = [cut["after"]["runs"] for cut in cuts]
    switched = runs.index(NEW)
    assert runs == [OLD] * switched + [NEW] * (len(runs) - switched)
    assert 0 < switched < len(runs)


def test_the_same_installation_again_ends_well_and_leaves_nothing_behind(cuts):
    assert {cut["again"] for cut in cuts} == {0}
    assert {(cut["then"]["runs"], cut["then"]["installed"]) for cut in cuts} == {(NEW, 3)}
    assert {tuple(cut["then"]["left"]) for cut in cuts} == {()}


def test_a_bundle_is_on_the_disk_before_it_gets_its_name_and_has_its_name_before_it_is_active(steps):
    renames = [index for index, step in enumerate(steps) if step[0] == "os.rename"]
    named = next(index for index in renames if steps[index][1].endswith("/.incoming"))
    active = next(index for index in renames if steps[index][2].endswith("/history.jsonl"))
    synced = {step[1]: index for index, step in enumerate(steps) if step[0] == "fsync" and index < named}
    written = [step[1] for step in steps[:named] if step[0] == "open" and "/.incoming/" in step[1]]
    assert len(written) == 6
    assert set(written) <= set(synced)
    assert any(path.endswith("/.incoming") for path in synced)
    between = [step[1] for step in steps[named:active] if step[0] == "fsync"]
    assert any(path.endswith("/bundles") for path in between)
    assert any(path.endswith(".part") for path in between)
    after = [step[1] for step in steps[active:] if step[0] == "fsync"]
    assert any(path.endswith("/bundles") for path in after)
