"""The figures of the shortcut audit: what is left without evidence, how names fade with lamp, stain and focus."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from training.audit_plan import EVIDENCE, FOCUS, LAMP, STAIN, UNTOUCHED, plan_audit
from training.audit_scenes import AuditPicture
from training.audit_score import AuditScores, SourceAudit
from training.figures import COLOURS, DASHES, DPI, SIZE_INCHES, Drawn
from training.intervals import Estimate

AXES = {
    LAMP: ("Lamp cast", "standard deviation of the channels' gain"),
    STAIN: ("Stain shift", "standard deviation of the dyes' log gain"),
    FOCUS: ("Defocus", "sigma of the blur, pixels"),
}
MARKERS = "osD^vPX*"


def draw_curves(audits: Mapping[str, SourceAudit], folder: Path) -> list[Drawn]:
    """Draw how macro accuracy falls with each change of camera, one line for each source.

    Args:
        audits: by source.
        folder: for the files.

    Returns:
        The figures.
    """
    drawn = []
    for family, (title, label) in AXES.items():
        figure = Figure(figsize=SIZE_INCHES, layout="constrained")
        axes = figure.add_subplot()
        for place, audit in enumerate(audits.values()):
            rows = [row for row in audit.rows if row.family in (UNTOUCHED, family)]
            _draw_line(axes, rows, place, audit.source)
        axes.set(xlabel=label, ylabel="macro accuracy, no answer is wrong", ylim=(0, 1.02))
        axes.legend(fontsize=8, loc="lower left")
        figure.savefig(folder / f"audit_{family}.png", dpi=DPI)
        drawn.append(Drawn("audit:curves", title, folder / f"audit_{family}.png"))
    return drawn


def draw_evidence(audit: SourceAudit, classes: int, folder: Path) -> Drawn:
    """Draw what is left of naming when evidence is taken away.

    Args:
        audit: of one source.
        classes: number of classes, for the line of chance.
        folder: for the file.

    Returns:
        The figure.
    """
    rows = [row for row in audit.rows if row.family in (UNTOUCHED, EVIDENCE)]
    figure = Figure(figsize=(7.2, 0.62 * len(rows) + 1.2), layout="constrained")
    axes = figure.add_subplot()
    for place, row in enumerate(reversed(rows)):
        _draw_bar(axes, row.macro_accuracy, place + 0.2, COLOURS[0])
        _draw_bar(axes, row.told_macro_accuracy, place - 0.2, COLOURS[4])
    axes.axvline(1 / classes, color="grey", linewidth=0.8)
    axes.set(xlim=(0, 1.08), xlabel="macro accuracy (line: chance)", yticks=range(len(rows)))
    axes.set_yticklabels([_fold(row.name) for row in reversed(rows)], fontsize=8)
    handles = [axes.barh([-9], [0], color=colour) for colour in (COLOURS[0], COLOURS[4])]
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.legend(
        handles,
        ["as the device reads it", "told where the cells are"],
        fontsize=8,
        loc="upper center",
        bbox_to_anchor=(0.4, -0.16),
        ncols=2,
    )
    path = folder / f"audit_evidence_{audit.source}.png"
    figure.savefig(path, dpi=DPI)
    return Drawn(f"audit:{audit.source}", "What is left when evidence is taken away", path)


def draw_alterations(picture: AuditPicture, folder: Path) -> Drawn:
    """Show one picture as it was and altered, so that a reader sees what was asked.

    Args:
        picture: of the source.
        folder: for the file.

    Returns:
        The figure.
    """
    plan = plan_audit()
    last = {one.family: one for one in plan if one.family in AXES}
    shown = [*(one for one in plan if one.family in (UNTOUCHED, EVIDENCE)), *last.values()]
    figure = Figure(figsize=(9, 2.3 * -(-len(shown) // 5)), layout="constrained")
    for place, alteration in enumerate(shown, start=1):
        axes = figure.add_subplot(-(-len(shown) // 5), 5, place)
        axes.imshow(alteration.alter(picture.scene, np.random.default_rng(place)))
        axes.set_title(_fold(alteration.name, 26), fontsize=7)
        axes.set(xticks=[], yticks=[])
    path = folder / f"audit_altered_{picture.example.source}.jpg"
    figure.savefig(path, dpi=DPI)
    return Drawn(f"audit:{picture.example.source}", "One picture as it was altered, before preparation", path)


def _draw_line(axes: Any, rows: Sequence[AuditScores], place: int, name: str) -> None:
    known = [row for row in rows if row.macro_accuracy.value is not None]
    levels = [row.level for row in known]
    look = {"color": COLOURS[place % len(COLOURS)], "linestyle": DASHES[place % len(DASHES)]}
    axes.plot(levels, [row.macro_accuracy.value for row in known], marker=MARKERS[place % 8], label=name, **look)
    bounded = [row for row in known if row.macro_accuracy.low is not None]
    lows, highs = ([getattr(row.macro_accuracy, end) for row in bounded] for end in ("low", "high"))
    axes.fill_between([row.level for row in bounded], lows, highs, color=look["color"], alpha=0.12)


def _draw_bar(axes: Any, figure: Estimate, place: float, colour: str) -> None:
    if figure.value is None:
        axes.text(0.01, place, "none", va="center", fontsize=7)
        return
    axes.barh([place], [figure.value], height=0.36, color=colour)
    end = figure.value
    if figure.low is not None and figure.high is not None:
        axes.plot([figure.low, figure.high], [place, place], color="black", linewidth=1)
        end = max(end, figure.high)
    axes.text(end + 0.01, place, f"{figure.value:.2f}", va="center", fontsize=7)


def _fold(text: str, width: int = 30) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width))
