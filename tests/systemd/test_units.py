"""The units as systemd itself reads them, and the files that the install script lays out."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from device.cameras.watching import STUCK_S

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = sorted(path.name for path in SYSTEMD.glob("leukoscope*") if path.suffix in {".service", ".timer"})

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed: the units were NOT verified"
)


def read_unit(name: str) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for line in (SYSTEMD / name).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            values.setdefault(key, []).append(value)
    return values


@needs_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_nothing_to_say_about_a_unit(unit):
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=yes", SYSTEMD / unit],
        capture_output=True,
        text=True,
    )
    # systemd-analyze returns 0 for a value it does not understand and only says so.
    assert (verified.returncode, verified.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.endswith(".service")])
def test_a_service_is_hardened(unit):
    # 2.0 of 10: below it systemd calls a service OK; a unit without hardening has 9.6.
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", SYSTEMD / unit],
        capture_output=True,
        text=True,
    )
    assert judged.returncode == 0, judged.stdout


def test_the_daemon_may_read_what_its_runtime_needs_to_be_fast():
    assert "ProcSubset" not in read_unit("leukoscope.service")


def test_the_service_tells_the_daemon_when_it_is_alive_and_starts_it_again():
    unit = read_unit("leukoscope.service")
    assert (unit["Type"], unit["Restart"]) == (["notify"], ["on-failure"])
    # An attempt at a camera that is away is a beat: it has to be told before the program is taken for dead.
    assert int(unit["WatchdogSec"][0]) > STUCK_S
    assert "run --patient " in unit["ExecStart"][0]


def test_the_install_script_lays_out_every_unit(tmp_path):
    subprocess.run([SYSTEMD / "install.sh"], env={**os.environ, "DESTDIR": str(tmp_path)}, check=True)
    laid_out = {path.name for path in (tmp_path / "etc/systemd/system").iterdir()}
    assert laid_out == set(UNITS)
    assert (tmp_path / "usr/lib/sysusers.d/leukoscope.conf").is_file()
    assert (tmp_path / "usr/lib/tmpfiles.d/leukoscope.conf").is_file()
