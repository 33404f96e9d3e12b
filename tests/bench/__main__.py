"""Measure the shipped bundle on this machine and write BENCHMARKS.md: ``make bench``."""

import sys

from contract.bundle import find_bundle, load_bundle
from contract.settings import INSTALL_ROOT
from tests.bench.daemon import Run, run_daemons
from tests.bench.machine import describe_machine
from tests.bench.smear import Tally, tally_slide
from tests.bench.stages import time_stages

BARE = "network (bare interpreter)"


def write_stages(stages: dict[str, float]) -> list[str]:
    """A table of stages with their share of the network's time."""
    lines = ["| stage of one 960x600 field | median ms | share of the network |", "|---|---|---|"]
    return lines + [f"| {name} | {ms:.1f} | {ms / stages[BARE]:.2f} |" for name, ms in stages.items()]


def write_daemons(runs: list[Run], bare_ms: float) -> list[str]:
    """A table of daemons with their rate as a share of the bare interpreter's."""
    lines = [
        "| viewers | fields/s | share of the bare interpreter | resident MB | first frame s | age at viewer p95 ms |",
        "|---|---|---|---|---|---|",
    ]
    return lines + [
        f"| {run.viewers} | {run.fields_per_s:.1f} | {run.fields_per_s * bare_ms / 1000:.2f} | {run.resident_mb:.0f} "
        f"| {run.first_frame_s:.1f} | {run.picture_age_ms:.0f} |"
        for run in runs
    ]


def write_tally(tally: Tally) -> list[str]:
    """Finding and naming on a simulated slide, in figures."""
    return [
        f"{tally.fields} simulated fields with {tally.true} whole white cells: {tally.true - tally.missed} found "
        f"({tally.recall:.1%}), {tally.false} of {tally.found} finds no white cell ({tally.false_share:.1%}); "
        f"{tally.named} named, {tally.named_right} rightly, {tally.unidentified} left unidentified.",
    ]


def main() -> None:
    bundle = load_bundle(find_bundle("wbc5"))
    stages = time_stages(bundle)
    runs = run_daemons(bundle, (0, 1, 8))
    page = [
        "# Benchmarks",
        "",
        "Written by `make bench`; ratios within one run on one machine, medians. Absolute times say little elsewhere.",
        "",
        f"Bundle {bundle.bundle_id}; {describe_machine()}; one inference thread.",
        "",
        "## One field, stage by stage",
        "",
        *write_stages(stages),
        "",
        "## The daemon on replay, flat out",
        "",
        *write_daemons(runs, stages[BARE]),
        "",
        "## The simulated smear, true cells known",
        "",
        *write_tally(tally_slide(bundle)),
    ]
    (INSTALL_ROOT / "BENCHMARKS.md").write_text("\n".join(page) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(page) + "\n")


main()
