"""The wheels that a Pi would install: fetched on the host, for aarch64 only."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from contract.failures import Refusal
from contract.settings_files import INSTALL_ROOT
from tests.arm64.roots import Suite

SOURCE_ONLY = ("sdnotify",)
"""Packages without a wheel on PyPI, in pure Python: one is built here. Anything else without an aarch64 wheel fails."""

OLDEST_GLIBC = 17


class WheelError(Refusal):
    """A wheel for aarch64 could not be fetched or built. The line above says which."""

    exit_code = 5


def collect_wheels(suite: Suite, extra: str, cache: Path) -> Path:
    """Fetch the wheels of one extra of the package for one Debian release, unless they are there.

    Args:
        suite: gives Python, C library and pins.
        extra: of the package, `device` or `tflite`.
        cache: where they are kept.

    Returns:
        Folder of wheels, with the package's own, which is built each time.

    Raises:
        WheelError: pip failed.
    """
    folder = cache / "wheels" / f"{suite.name}-{extra}"
    stamp, wanted = folder / "complete", _describe_request(suite, extra)
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _build_own(folder)
        _pip("wheel", "--no-deps", "--wheel-dir", str(folder), *SOURCE_ONLY)
        _pip(*write_download(suite, extra, folder))
        stamp.write_text(wanted, encoding="utf-8")
    _build_own(folder)
    return folder


def write_download(suite: Suite, extra: str, folder: Path) -> list[str]:
    """Write pip's arguments for fetching an extra with all that it needs.

    Args:
        suite: gives Python, C library and pins.
        extra: of the package.
        folder: holds the package's own wheel; the others are put beside it.

    Returns:
        Arguments.
    """
    platforms = ["manylinux2014_aarch64", *(f"manylinux_2_{minor}_aarch64" for minor in _list_glibc(suite))]
    own = next(folder.glob("leukoscope-*.whl"))
    return [
        *("download", "--only-binary=:all:", "--implementation=cp", f"--python-version={suite.python}"),
        *(f"--platform={platform}" for platform in platforms),
        *(f"--find-links={folder}", f"--dest={folder}", f"{own}[{extra}]", *suite.pins),
    ]


def _list_glibc(suite: Suite) -> range:
    return range(suite.glibc, OLDEST_GLIBC - 1, -1)


def _describe_request(suite: Suite, extra: str) -> str:
    project = hashlib.sha256((INSTALL_ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return f"{suite} {extra} {project}\n"


def _build_own(folder: Path) -> None:
    for earlier in folder.glob("leukoscope-*.whl"):
        earlier.unlink()
    _pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(INSTALL_ROOT))


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    if subprocess.run(command, check=False).returncode != 0:
        raise WheelError(f"pip {arguments[0]}: failed (expected wheels for aarch64)")
