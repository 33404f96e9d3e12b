"""Installs a bundle again and again, and is cut off one step further each time; tells what then runs.

    python -m tests.device.bundles.power_cut SOURCE DATA_DIR WORK

A step is every call that changes the disk: making, opening for writing, renaming, removing, and waiting for the disk.
A cut is kill -9, and every byte that was not waited for is lost. Writes one JSON object a line.
"""

import json
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path

from contract.bundle import load_bundle
from contract.failures import Refusal
from device.bundles.choice import choose_bundle
from device.bundles.install import install_bundle
from device.bundles.shelf import find_installed

CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.utime", "os.chown", "os.truncate")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
END = -1


class Cut:
    """Counts the steps of this process, and ends it before the one that is told."""

    def __init__(self, home, at, steps):
        self.home, self.at, self.steps = home, at, steps
        self.count = 0
        self.on_disk = {file.stat().st_ino for file in home.rglob("*")}
        self.sync = os.fsync
        os.fsync = self.fsync
        sys.addaudithook(self.audit)

    def audit(self, event, args):
        if event in CHANGES:
            self.step(event, *(str(arg) for arg in args[:2]))
        elif event == "open" and isinstance(args[0], str) and args[0].startswith(str(self.home)) and args[2] & WRITING:
            self.step(event, args[0])

    def fsync(self, descriptor):
        self.step("fsync", str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        self.sync(descriptor)
        self.on_disk.add(os.fstat(descriptor).st_ino)

    def step(self, *what):
        if self.count == self.at:
            self.at = END
            self.lose_what_is_not_on_disk()
            os.kill(os.getpid(), signal.SIGKILL)
        self.count += 1
        if self.at == END and self.steps is not None:
            self.steps.append(what)

    def lose_what_is_not_on_disk(self):
        for file in self.home.rglob("*"):
            if file.is_file() and file.stat().st_ino not in self.on_disk:
                os.truncate(file, 0)


def in_a_process(do):
    """Do something in a process of its own; 0, or what ended it."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            do()
            code = 0
        finally:
            if code:
                traceback.print_exc()
            sys.stdout.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def install_until(source, data_dir, at):
    def install():
        steps = []
        Cut(data_dir / "bundles", at, steps)
        install_bundle(source, data_dir, threads=1)
        if at == END:
            print(json.dumps({"steps": steps}), flush=True)

    return in_a_process(install)


def tell(data_dir):
    try:
        runs = load_bundle(choose_bundle("", data_dir).folder).manifest.version
    except Refusal as refusal:
        runs = str(refusal)
    left = sorted(path.name for path in (data_dir / "bundles").glob(".*") if path.name != ".lock")
    return {"runs": runs, "installed": len(find_installed(data_dir)), "left": left}


def main(source, pristine, work):
    at, data_dir = END, work / "data"
    while True:
        shutil.rmtree(data_dir, ignore_errors=True)
        shutil.copytree(pristine, data_dir)
        ended = install_until(source, data_dir, at)
        if at == END:
            assert ended == 0
        elif ended == 0:
            return
        else:
            after = tell(data_dir)
            again = in_a_process(lambda: install_bundle(source, data_dir, threads=1))
            print(json.dumps({"at": at, "ended": ended, "after": after, "again": again, "then": tell(data_dir)}))
        at += 1


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
