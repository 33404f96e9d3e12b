"""The device program installed inside an arm64 system, offline, from wheels only."""

import hashlib
import shutil
from pathlib import Path

from contract.failures import Refusal
from tests.arm64.inside import Machine
from tests.arm64.roots import Suite


class InstallError(Refusal):
    """pip inside the system failed. The line ends with what it said."""

    exit_code = 5


def install_inside(machine: Machine, suite: Suite, extra: str, wheels: Path) -> str:
    """Install an extra of the package into an environment of its own, unless just these wheels are there.

    Args:
        machine: the system.
        suite: gives the pins.
        extra: of the package; `/opt/EXTRA` inside becomes its environment.
        wheels: all that is needed.

    Returns:
        Digest of what is installed: the names of all wheels and the content of the package's own.

    Raises:
        InstallError: something is missing or does not fit.
    """
    environment, (own,) = machine.root / "opt" / extra, wheels.glob("leukoscope-*.whl")
    others = _digest(*sorted(wheel.name.encode() for wheel in wheels.glob("*.whl")), *map(str.encode, suite.pins))
    whole = _digest(others.encode(), own.read_bytes())
    # Compiling thousands of modules under emulation would take longer than all that follows.
    pip = [f"/opt/{extra}/bin/pip", "install", "--no-index", "--no-compile", "--quiet", "--find-links=/mnt"]
    if _read(environment / "others") != others:
        shutil.rmtree(environment, ignore_errors=True)
        _run(machine, ["python3", "-m", "venv", f"/opt/{extra}"], wheels)
        _run(machine, [*pip, f"/mnt/{own.name}[{extra}]", *suite.pins], wheels)
    elif _read(environment / "whole") != whole:
        _run(machine, [*pip, "--no-deps", "--force-reinstall", f"/mnt/{own.name}"], wheels)
    (environment / "others").write_text(others, encoding="utf-8")
    (environment / "whole").write_text(whole, encoding="utf-8")
    return whole


def _digest(*contents: bytes) -> str:
    return hashlib.sha256(b"\n".join(contents)).hexdigest()


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _run(machine: Machine, command: list[str], wheels: Path) -> None:
    went = machine.run(command, wheels)
    if went.returncode != 0:
        raise InstallError(f"{machine.root.name}: {command[0]}: {went.stderr.strip()[-600:]} (expected exit code 0)")
