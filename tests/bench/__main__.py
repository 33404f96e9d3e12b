"""Measure the shipped bundle on this machine and write BENCHMARKS.md: ``make bench``."""

import sys

from contract.bundle import find_bundle, load_bundle
from contract.settings_files import INSTALL_ROOT
from tests.bench.counting import FPS as HAND_FPS
from tests.bench.counting import measure_counting, write_counting
from tests.bench.daemon import CROWDED, SLOW_LINE, Ages, Run, drawn_fields, measure_ages, run_daemons
from tests.bench.load import run_load, write_load
from tests.bench.machine import describe_machine
from tests.bench.smear import Tally, tally_slide
from tests.bench.stages import CELLS, Costs, time_stages

CAMERA_FPS = (10.0, 25.0)
FLAT_OUT = 0.0
SLIDE = 1
"""Seed of the slide that is counted; `python -m tests.bench.counting 1 2 3` counts others."""


def write_costs(costs: Costs) -> list[str]:
    """Tables of stages with their share of the network's time, and what runs beside it together."""
    page = [
        f"A field of 960x600 with {CELLS} white cells; a pass of the network takes {costs.network_ms:.1f} ms. "
        "Processor time, by turns with the network.",
        "",
    ]
    for title, stages in (
        ("for every field", costs.each),
        ("only where somebody looks, 25 times a second at most", costs.seen),
        ("only for what is kept", costs.kept),
    ):
        page += [f"| {title} | ms | share of the network |", "|---|---|---|"]
        page += [f"| {name} | {ms:.2f} | {ms / costs.network_ms:.2f} |" for name, ms in stages.items()]
        page += [f"| **together** | {(whole := sum(stages.values())):.2f} | **{whole / costs.network_ms:.2f}** |", ""]
    return page[:-1]


def write_daemons(runs: list[Run]) -> list[str]:
    """A table of daemons with their rate as a share of the bare interpreter's."""
    lines = [
        "Viewers run on the same machine and pull as fast as they can; the bare interpreter ran just before and after. "
        "The median of three runs.",
        "",
        "| viewers | fields/s | share of the bare interpreter | resident MB | first frame s |",
        "|---|---|---|---|---|",
    ]
    return lines + [
        f"| {run.viewers} | {run.fields_per_s:.0f} | {run.share_of_bare:.2f} | {run.resident_mb:.0f} "
        f"| {run.first_frame_s:.1f} |"
        for run in runs
    ]


def write_ages(looks: list[Ages]) -> list[str]:
    """A table of how old pictures are at their last byte."""
    lines = [
        f"From exposure to last byte; the limit is 1.5 times inference and frame period. The slow line carries "
        f"{SLOW_LINE / 1000:.0f} kB/s.",
        "",
        "| camera | one viewer p95 ms | limit ms | slow line p95 ms | at most ms | viewer beside it p95 ms |",
        "|---|---|---|---|---|---|",
    ]
    return lines + [
        f"| {look.fps:g} fields/s | {look.p95_ms:.0f} | {look.limit_ms:.0f} | {look.slow_p95_ms:.0f} "
        f"| {look.slow_most_ms:.0f} | {look.beside_slow_p95_ms:.0f} |"
        for look in looks
    ]


def write_tally(tally: Tally) -> list[str]:
    """Finding and naming on a simulated slide, in figures."""
    return [
        f"{tally.fields} simulated fields with {tally.true} whole white cells: {tally.true - tally.missed} found "
        f"({tally.recall:.1%}), {tally.false} of {tally.found} finds no white cell ({tally.false_share:.1%}); "
        f"{tally.named} named, {tally.named_right} rightly, {tally.unidentified} left unidentified.",
    ]


def main() -> None:
    """Measure, print and write."""
    bundle = load_bundle(find_bundle("wbc5"))
    costs = time_stages(bundle)
    with drawn_fields() as drawn:
        runs = run_daemons(bundle, drawn, (0, 1, 8))
        ages = [measure_ages(bundle, drawn, fps) for fps in CAMERA_FPS]
    with drawn_fields(CROWDED) as drawn:
        crowded = run_daemons(bundle, drawn, (1,))
    loads = [run_load(bundle, fps) for fps in (CAMERA_FPS[0], FLAT_OUT)]
    counted = measure_counting(bundle, (SLIDE,))
    page = [
        "# Benchmarks",
        "",
        "Written by `make bench`; ratios within one run on one machine, medians. Absolute times say little elsewhere.",
        "",
        f"Bundle {bundle.bundle_id}; {describe_machine()}; one inference thread.",
        "",
        "## One field, stage by stage",
        "",
        *write_costs(costs),
        "",
        "## The daemon on replay, flat out",
        "",
        "One or two white cells in a field, as in those of a Raspberry Pi:",
        "",
        *write_daemons(runs),
        "",
        "Five or six, as the demo draws them:",
        "",
        *write_daemons(crowded)[2:],
        "",
        "## The age of the picture",
        "",
        *write_ages(ages),
        "",
        "## 50 requests a second beside it",
        "",
        *write_load(loads),
        "",
        "## Each cell once",
        "",
        "A drawn slide of 400 white cells under a hand that pauses, returns, defocuses and jumps, "
        f"{HAND_FPS:g} pictures a second. True: whole, still and in focus in view at least once.",
        "",
        *write_counting(counted),
        "",
        "## The simulated smear, true cells known",
        "",
        *write_tally(tally_slide(bundle)),
    ]
    (INSTALL_ROOT / "BENCHMARKS.md").write_text("\n".join(page) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(page) + "\n")


main()
