"""Runs mutated bundles in batches, each in a process of its own, so that one that crashes is known by its number."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass

from contract.settings_files import INSTALL_ROOT
from device.bundles.install import install_bundle
from tests.mutations.bases import OLD

LAWFUL = {
    "file": {"refused", "identical"},
    "zip": {"refused", "identical"},
    # a temperature of 1.3 in place of 1.2, sealed, is a bundle like any other
    "sealed": {"refused", "identical", "another"},
}
BATCH = 100


@dataclass(frozen=True, slots=True)
class Case:
    number: int
    group: str
    kind: str
    base: str
    outcome: str
    line: str
    seconds: float

    @property
    def lawful(self):
        return self.outcome in LAWFUL[self.group]


def prepare(bases):
    """Install the bundle that must go on running whatever comes."""
    install_bundle(bases / OLD, bases / "data", threads=1)


def run_cases(bases, work, first, end):
    """Run cases and yield what came of each; after a crash the next one goes on."""
    while first < end:
        last = min(first + BATCH, end)
        begun, finished, ended = run_batch(bases, work, first, last)
        for number in range(first, last):
            if number in finished:
                told = finished[number]
                yield Case(number, **begun[number], outcome=told["outcome"], line=told["line"], seconds=told["s"])
            else:
                assert number in begun, ended
                yield Case(number, **begun[number], outcome="CRASH", line=ended, seconds=0.0)
                last = number + 1
                break
        first = last


def run_batch(bases, work, first, last):
    command = [sys.executable, "-m", "tests.mutations.cases", bases, work, str(first), str(last)]
    ran = subprocess.run(
        command, cwd=INSTALL_ROOT, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    begun, finished = {}, {}
    for line in ran.stdout.splitlines():
        told = json.loads(line)
        number = told.pop("case")
        (finished if "outcome" in told else begun)[number] = told
    return begun, finished, f"exit {ran.returncode}: {ran.stderr[-500:]}"


def tabulate(cases):
    """Lines of a table: outcomes of each group."""
    counts = Counter((case.group, case.outcome) for case in cases)
    outcomes = sorted({outcome for _, outcome in counts})
    lines = [f"{'':<8}" + "".join(f"{outcome:>12}" for outcome in outcomes)]
    for group in LAWFUL:
        lines.append(f"{group:<8}" + "".join(f"{counts[group, outcome]:>12}" for outcome in outcomes))
    return lines
