"""`leukoscope bundle` as a person types it, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.device.bundles.made_bundles import make_version

LEUKOSCOPE = Path(sys.executable).with_name("leukoscope")


@pytest.fixture
def bundle(tmp_path):
    def run(command, *arguments):
        place = ["--data-dir", str(tmp_path / "data"), "--threads", "1"]
        command = [LEUKOSCOPE, "bundle", command, *map(str, arguments), *(place if command else [])]
        ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        return ended.returncode, ended.stdout, ended.stderr

    return run


def marked(listed, mark):
    return [line.split()[1] for line in listed.splitlines() if line.startswith(mark)]


def test_a_bundle_is_installed_listed_verified_and_taken_back(bundle, tiny_bundle, tmp_path):
    source = make_version(tiny_bundle, tmp_path / "new", "2")
    code, told, _ = bundle("install", source)
    assert code == 0
    name = told.split()[1]
    assert name.startswith("tiny-differential-2+")
    assert f"active: {name} (before: wbc5)" in told
    listed = bundle("list")[1]
    assert (marked(listed, "*"), marked(listed, "<")) == ([name], ["wbc5"])
    assert name.partition("+")[2] in listed
    assert "install   tiny-differential-2+" in listed
    assert bundle("verify")[1].startswith(f"ok   {name}: 6 files unchanged, self-test passed (4 inputs, 0 steps off")
    assert bundle("verify", "wbc5")[0] == 0
    assert f"active: wbc5 (before: {name})" in bundle("rollback")[1]
    assert marked(bundle("list")[1], "*") == ["wbc5"]
    assert f"active: {name}" in bundle("use", "tiny-differential-2")[1]


def test_what_fails_ends_in_one_line_and_exit_code_3(bundle, tiny_bundle, tmp_path):
    source = make_version(tiny_bundle, tmp_path / "new", "2")
    assert bundle("install", source, "--no-use")[0] == 0
    (installed,) = (tmp_path / "data" / "bundles").glob("tiny*")
    (installed / "parity.json").write_text("{}")
    code, told, line = bundle("verify", "tiny")
    assert (code, told, line.count("\n")) == (3, "", 1)
    assert "parity.json: sha256" in line
    code, told, line = bundle("use", "tiny")
    assert (code, told, line.count("\n")) == (3, "", 1)
    assert "BROKEN" in bundle("list")[1]
    assert bundle("rollback")[0] == 3
    assert bundle("install", tmp_path / "nothing.zip")[0] == 3
    assert marked(bundle("list")[1], "*") == ["wbc5"]


def test_check_says_which_bundle_runs_and_why(bundle, tiny_bundle, tmp_path):
    bundle("install", make_version(tiny_bundle, tmp_path / "new", "2"))
    check = [LEUKOSCOPE, "check", "--data-dir", tmp_path / "data", "--threads", "1", "--port", "0"]
    first = subprocess.run(check, capture_output=True, text=True).stdout.splitlines()[0]
    assert first.startswith("bundle  ok   tiny-differential-2+")
    assert "(install of 20" in first
    named = subprocess.run([*check, "--bundle", "wbc5"], capture_output=True, text=True).stdout.splitlines()[0]
    assert "named in the settings or by --bundle" in named


def test_who_activates_what_the_settings_override_is_told_so(bundle, tiny_bundle, tmp_path):
    (tmp_path / "mine.toml").write_text('[device]\nbundle = "wbc5"\n')
    source = make_version(tiny_bundle, tmp_path / "new", "2")
    _, _, warned = bundle("install", source, "--config", tmp_path / "mine.toml")
    assert "the settings name wbc5" in warned
