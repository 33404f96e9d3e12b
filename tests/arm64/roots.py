"""Debian arm64 systems in folders: what Raspberry Pi OS is made of."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from contract.failures import Refusal


class RootError(Refusal):
    """A Debian system could not be made. Its log, beside it, says why; the next run begins it anew."""

    exit_code = 5


@dataclass(frozen=True, slots=True)
class Suite:
    """A Debian release.

    Attributes:
        name: of the release.
        python: its Python's version.
        glibc: minor version of its C library 2.x: wheels for any up to it can be installed.
        pins: what Raspberry Pi OS of this release asks of wheels.
        runtimes: extras of the package that bring a runtime, each tried in an environment of its own.
    """

    name: str
    python: str
    glibc: int
    pins: tuple[str, ...]
    runtimes: tuple[str, ...]


SUITES = {
    # picamera2 of Bookworm is built on numpy 1; tflite-runtime ends with Python 3.11.
    "bookworm": Suite("bookworm", "3.11", 36, ("numpy<2", "opencv-python-headless<4.12"), ("device", "tflite")),
    "trixie": Suite("trixie", "3.13", 41, (), ("device",)),
}


def make_root(suite: Suite, cache: Path) -> Path:
    """Make a Debian system with Python, unless it is there: 3 to 6 minutes on two idle cores, 300 MB.

    Args:
        suite: the release.
        cache: where systems are kept.

    Returns:
        Its folder.

    Raises:
        RootError: mmdebstrap failed.
    """
    root, begun, log = cache / suite.name, cache / f"{suite.name}.tmp", cache / f"{suite.name}.log"
    if root.is_dir():
        return root
    shutil.rmtree(begun, ignore_errors=True)
    command = ["mmdebstrap", "--mode=root", "--architectures=arm64", "--variant=minbase"]
    command += ["--include=python3,python3-venv", suite.name, str(begun)]
    with log.open("wb") as written:
        if subprocess.run(command, check=False, stdout=written, stderr=subprocess.STDOUT).returncode != 0:
            raise RootError(f"{suite.name}: mmdebstrap failed (expected a Debian arm64 system; see {log})")
    begun.rename(root)  # only now: a root that is there is whole
    return root
