"""Prove the device program and the shipped bundles on emulated Raspberry Pis: ``make test-arm64``, as root."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from contract.failures import run_cli
from contract.settings_files import INSTALL_ROOT
from device.network.examples import EXAMPLES_AT_MOST
from tests.arm64.boards import PI_4, write_board
from tests.arm64.cases import Outcome, plan_cases, try_case_once
from tests.arm64.host import prepare_host
from tests.arm64.inside import Machine
from tests.arm64.install import install_inside
from tests.arm64.report import write_report
from tests.arm64.roots import SUITES, Suite, make_root
from tests.arm64.wheels import collect_wheels

CACHE = Path(os.environ.get("XDG_CACHE_HOME", "/var/cache")) / "leukoscope-arm64"
FOLDER = click.Path(path_type=Path)
SHIPPED = sorted(path.parent.name for path in (INSTALL_ROOT / "bundles").glob("*/model.json"))


@click.command("test-arm64")
@click.option("--cache", type=FOLDER, default=CACHE, show_default=True, help="Where systems and wheels are kept: 3 GB.")
@click.option("--out", type=FOLDER, default=INSTALL_ROOT / "artefacts" / "arm64", help="Where the report is written.")
@click.option("--suite", "names", multiple=True, type=click.Choice(list(SUITES)), default=list(SUITES))
@click.option("--bundle", "bundles", multiple=True, default=SHIPPED, help="Name of a shipped bundle.")
@click.option("--examples", default=EXAMPLES_AT_MOST, help="Examples of a bundle at most, about 10 s each.")
def main(cache: Path, out: Path, names: Sequence[str], bundles: Sequence[str], examples: int) -> None:
    """Replay each bundle's self-test on Debian arm64, as Raspberry Pi 4 and 5; what was done before is not repeated."""
    prepare_host()
    outcomes: list[Outcome] = []
    checks: dict[str, str] = {}
    for suite in (SUITES[name] for name in names):
        machine, digests = _prepare(suite, cache)
        for case in plan_cases(suite, list(bundles)):
            shown = write_board(case.board, cache / case.board.name)
            here = replace(machine, board=case.board, shown=shown, sees_sys=case.sees_sys)
            _say(f"{case.name} ...")
            outcomes.append(try_case_once(case, here, examples, cache / "results" / digests[case.extra]))
            _say(f"{case.name}: {'passed' if outcomes[-1].passed else 'NOT PASSED'}")
        checks[suite.name] = _check(machine)
        page = write_report(outcomes, checks, out)
    _say(page)
    ready = all(check.endswith("exit code 0") for check in checks.values())
    sys.exit(0 if ready and all(outcome.passed for outcome in outcomes) else 1)


def _prepare(suite: Suite, cache: Path) -> tuple[Machine, dict[str, str]]:
    cache.mkdir(parents=True, exist_ok=True)
    _say(f"{suite.name}: Debian arm64 ...")
    machine = Machine(make_root(suite, cache), PI_4, write_board(PI_4, cache / PI_4.name))
    digests = {}
    for extra in suite.runtimes:
        _say(f"{suite.name}: wheels of leukoscope[{extra}] ...")
        wheels = collect_wheels(suite, extra, cache)
        _say(f"{suite.name}: installing leukoscope[{extra}] inside ...")
        digests[extra] = install_inside(machine, suite, extra, wheels)
    return machine, digests


def _check(machine: Machine) -> str:
    went = machine.run(["/opt/device/bin/leukoscope", "check", "--threads", "1", "--data-dir", "/tmp"], machine.shown)
    return f"{went.stdout}exit code {went.returncode}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


run_cli(main)
