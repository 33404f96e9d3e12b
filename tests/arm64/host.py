"""What the host must have before arm64 programs can run on it."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from contract.failures import Refusal

BINFMT = Path("/proc/sys/fs/binfmt_misc")
TOOLS = {
    "qemu-aarch64-static": "qemu-user-static",
    "update-binfmts": "binfmt-support",
    "mmdebstrap": "mmdebstrap",
    "arch-test": "arch-test",
    "unshare": "util-linux",
}
"""Programs with the Debian packages that hold them."""


class HostError(Refusal):
    """This machine cannot run arm64 programs yet. Do what the line says, as root."""

    exit_code = 5


def prepare_host() -> None:
    """See that arm64 programs run here, switching emulation on where that is all that lacks.

    Raises:
        HostError: not root, a package is missing, or emulation does not come on.
    """
    if os.geteuid() != 0:
        raise HostError(f"user: {os.geteuid()} (expected root: sudo make test-arm64; it mounts and changes root)")
    if missing := sorted(package for tool, package in TOOLS.items() if shutil.which(tool) is None):
        raise HostError(f"packages: {' '.join(missing)} missing (expected: apt-get install {' '.join(missing)})")
    if platform.machine() == "aarch64" or _runs_arm64():
        return
    if not (BINFMT / "register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)], check=False)
    subprocess.run(["update-binfmts", "--enable", "qemu-aarch64"], check=False)
    if not _runs_arm64():
        raise HostError(
            f"emulation: off (expected binfmt_misc mounted at {BINFMT}, then: update-binfmts --enable qemu-aarch64)"
        )


def _runs_arm64() -> bool:
    return subprocess.run(["arch-test", "arm64"], check=False, capture_output=True).returncode == 0
