"""Commands inside an arm64 system: it sees a Pi's processor, processes of its own, and a folder of ours at /mnt."""

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.arm64.boards import Board

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Machine:
    """An arm64 system with the board it believes to run on.

    Attributes:
        root: its folder.
        board: whose processor is emulated.
        shown: folder with the board's files.
        sees_sys: False hides /sys, whereupon the runtime does without XNNPACK.
    """

    root: Path
    board: Board
    shown: Path
    sees_sys: bool = True

    def run(self, command: list[str], brought: Path) -> subprocess.CompletedProcess[str]:
        """Run a command in a mount and process namespace of its own; nothing of it stays when it ends.

        Args:
            command: program and arguments, found inside.
            brought: folder that stands at /mnt, not to be written.

        Returns:
            What it printed, and its exit code.
        """
        apart = ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"]
        script = self.write_script(command, brought)
        return subprocess.run([*apart, "sh", "-euc", script], check=False, capture_output=True, text=True)

    def write_script(self, command: list[str], brought: Path) -> str:
        """Write the shell script that mounts, changes root and runs the command.

        Args:
            command: program and arguments.
            brought: folder that stands at /mnt.

        Returns:
            A script for `sh -eu`.
        """
        root, shown = shlex.quote(str(self.root)), shlex.quote(str(self.shown))
        processor = f"mount --bind {shown}/sys {root}/sys" if self.sees_sys else f"mount -t tmpfs none {root}/sys"
        environment = [f"PATH={PATH}", "HOME=/root", "LANG=C.UTF-8", f"QEMU_CPU={self.board.qemu_cpu}"]
        return "\n".join(
            [
                f"mount -t proc proc {root}/proc",
                f"mount --bind {shown}/cpuinfo {root}/proc/cpuinfo",
                processor,
                f"mount --rbind /dev {root}/dev",
                f"mount --bind {shlex.quote(str(brought))} {root}/mnt",
                f"mount -o remount,bind,ro {root}/mnt",
                f"exec chroot {root} env -i {shlex.join([*environment, *command])}",
            ]
        )
