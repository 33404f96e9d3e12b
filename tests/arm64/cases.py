"""What is tried: each Debian release as each board, with XNNPACK, and without where it shows what then differs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.arm64.boards import PI_4, PI_5, Board
from tests.arm64.inside import Machine
from tests.arm64.roots import Suite

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """One replay of one bundle.

    Attributes:
        suite: Debian release.
        extra: of the package: `device` brings ai-edge-litert, `tflite` tflite-runtime.
        board: whose processor is emulated.
        sees_sys: whether /sys is there.
        bundle: name.
    """

    suite: Suite
    extra: str
    board: Board
    sees_sys: bool
    bundle: str

    @property
    def expects_xnnpack(self) -> bool:
        """Whether the runtime is to give the network to XNNPACK."""
        return self.extra == "device" and self.sees_sys

    @property
    def name(self) -> str:
        """What tells it from others."""
        parts = (self.suite.name, self.board.name, self.extra, "sys" if self.sees_sys else "no-sys", self.bundle)
        return "-".join(parts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case came to.

    Attributes:
        case: what was tried.
        found: as `replay_here` printed it; None: it printed nothing.
        exit_code: of the program, above 128 or below 0 where a signal ended it.
        said: end of what it wrote on standard error.
    """

    case: Case
    found: dict[str, Any] | None
    exit_code: int
    said: str

    @property
    def passed(self) -> bool:
        """Whether the self-test passes, on the kernels that were to be used."""
        found = self.found
        if found is None or found["machine"] != "aarch64" or found["xnnpack"] != self.case.expects_xnnpack:
            return False
        return all(head["largest_step"] <= found["accepted_steps"] for head in found["heads"].values())


def plan_cases(suite: Suite, bundles: list[str]) -> list[Case]:
    """List what is tried on one release, the quick ones first.

    Args:
        suite: the release.
        bundles: names.

    Returns:
        Cases.
    """
    ways = [("device", PI_4, True), ("device", PI_5, True), ("device", PI_5, False)]
    ways += [(extra, PI_4, True) for extra in suite.runtimes if extra != "device"]
    return [Case(suite, extra, board, sees_sys, bundle) for extra, board, sees_sys in ways for bundle in bundles]


def try_case_once(case: Case, machine: Machine, examples: int, results: Path) -> Outcome:
    """Replay a bundle's self-test inside, unless that was done with just this program.

    Args:
        case: what to try.
        machine: where; its board and /sys are the case's.
        examples: how many of the bundle's at most.
        results: folder of what this program was seen to do before.

    Returns:
        What it came to.
    """
    kept = results / f"{case.name}-{examples}.json"
    if kept.is_file():
        return Outcome(case, json.loads(kept.read_text(encoding="utf-8")), 0, "")
    outcome = _try_case(case, machine, examples)
    if outcome.found is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(outcome.found), encoding="utf-8")
    return outcome


def _try_case(case: Case, machine: Machine, examples: int) -> Outcome:
    command = [f"/opt/{case.extra}/bin/python", "/mnt/replay_here.py", case.bundle, str(examples)]
    went = machine.run(command, HERE)
    found = json.loads(went.stdout) if went.returncode == 0 else None
    return Outcome(case, found, went.returncode, went.stderr.strip()[-400:])
