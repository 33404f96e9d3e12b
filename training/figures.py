"""The figures about naming: confusion, ROC, reliability, risk against coverage; one small picture each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.metrics import area_under_curve, bin_reliability, count_confusion, expected_calibration_error, trade_risk
from training.operating import Alarm, measure_suspicion
from training.tabulate import Named

SIZE_INCHES = (4.8, 4.2)
DPI = 110
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d31")
"""Colours that colour-blind people tell apart. Source: Okabe and Ito 2002; the last one added."""

DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 3)), (0, (3, 5)))
"""Beside each colour a dash of its own, for print and for eyes."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure that was drawn.

    Attributes:
        section: part of the report to which it belongs.
        caption: what it shows.
        path: PNG or JPEG file.
    """

    section: str
    caption: str
    path: Path


def draw_naming(things: Named, classes: Sequence[str], folder: Path, name: str, section: str) -> list[Drawn]:
    """Draw how some things were named.

    Args:
        things: calibrated.
        classes: names.
        folder: for the files.
        name: begins the files' names.
        section: of the report.

    Returns:
        The figures.
    """
    correct, sure = things.called == things.truth, things.probabilities.max(axis=1)
    confusion = count_confusion(things.truth, things.called, len(classes))
    parts: tuple[tuple[str, str, Callable[[Any], None]], ...] = (
        ("confusion", "Confusion", lambda axes: _draw_confusion(axes, confusion, classes)),
        ("roc", "ROC, each class against the rest", lambda axes: _draw_rocs(axes, things, classes)),
        ("reliability", "Reliability", lambda axes: _draw_reliability(axes, sure, correct)),
        ("risk", "Risk against coverage", lambda axes: _draw_risk(axes, sure, correct)),
    )
    return [_draw(folder / f"{name}_{kind}.png", section, caption, draw) for kind, caption, draw in parts]


def draw_alarm(fields: Named, alarm: Alarm, classes: Sequence[str], path: Path, section: str) -> Drawn:
    """Draw the ROC curve of suspicious against benign fields with the operating points on it.

    Args:
        fields: calibrated.
        alarm: of the same fields.
        classes: names.
        path: PNG to write.
        section: of the report.

    Returns:
        The figure.
    """
    benign = classes.index(alarm.benign)

    def draw(axes: Any) -> None:
        _trace(axes, measure_suspicion(fields, benign), fields.truth != benign, 0, "suspicious against benign")
        places: dict[tuple[float, float], list[str]] = {}
        for point in alarm.points:
            if point.false_alarms.value is not None and point.recall.value is not None:
                places.setdefault((point.false_alarms.value, point.recall.value), []).append(f"{point.allowed:g}")
        for place, allowed in places.items():
            axes.plot(*place, "o", color=COLOURS[1])
            offset = (6, -12 - 12 * (len(axes.texts) % 2))  # neighbours by turns lower, so that they can be read
            axes.annotate(", ".join(allowed), place, xytext=offset, textcoords="offset points", fontsize=8)
        _frame_roc(axes)

    return _draw(path, section, "ROC of suspicion; dots: thresholds chosen on validation for these false alarms", draw)


def _draw(path: Path, section: str, caption: str, draw: Callable[[Any], None]) -> Drawn:
    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    draw(figure.add_subplot())
    figure.savefig(path, dpi=DPI)
    return Drawn(section, caption, path)


def _draw_confusion(axes: Any, confusion: NDArray[np.int64], classes: Sequence[str]) -> None:
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    size = 10 if len(classes) <= 6 else 7
    for (row, column), count in np.ndenumerate(confusion):
        colour = "white" if shares[row, column] > 0.5 else "black"
        text = f"{count}\n{shares[row, column]:.0%}" if count else "0"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=size)
    axes.set(xlabel="called", ylabel="true", xticks=range(len(classes)), yticks=range(len(classes)))
    axes.set_xticklabels(classes, rotation=30, ha="right")
    axes.set_yticklabels(classes)


def _draw_rocs(axes: Any, things: Named, classes: Sequence[str]) -> None:
    for index, name in enumerate(classes):
        positive = things.truth == index
        if positive.any() and not positive.all():
            _trace(axes, things.probabilities[:, index], positive, index, name)
    _frame_roc(axes)


def _trace(axes: Any, score: NDArray[np.float64], positive: NDArray[np.bool_], index: int, name: str) -> None:
    from sklearn.metrics import roc_curve

    false, true, _ = roc_curve(positive, score)
    look = {"color": COLOURS[index % len(COLOURS)], "linestyle": DASHES[index % len(DASHES)]}
    axes.plot(false, true, label=f"{name} {area_under_curve(score, positive):.3f}", **look)


def _frame_roc(axes: Any) -> None:
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    axes.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(-0.01, 1), ylim=(0, 1.01))
    if axes.get_legend_handles_labels()[0]:
        axes.legend(title="area", fontsize=8, title_fontsize=8, loc="lower right")


def _draw_reliability(axes: Any, confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> None:
    bins = bin_reliability(confidence, correct)
    shares = [one.count / len(correct) for one in bins]
    axes.bar([one.confidence for one in bins], shares, width=0.03, color="#c9d6e2", label="share of answers")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    means, rights = [one.confidence for one in bins], [one.accuracy for one in bins]
    axes.plot(means, rights, "o-", color=COLOURS[0], label="share right")
    axes.set(xlabel="confidence", ylabel="share", xlim=(0, 1.02), ylim=(0, 1.02))
    axes.legend(fontsize=8, loc="best", title=f"ECE {expected_calibration_error(confidence, correct):.3f}")


def _draw_risk(axes: Any, confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> None:
    coverage, risk = trade_risk(confidence, correct)
    axes.step(coverage, risk, where="post", color=COLOURS[0], label="surest first")
    axes.axhline(float((~correct).mean()), color="grey", linewidth=0.8, label="at random")
    axes.set(xlabel="share named", ylabel="of those, share wrong", xlim=(0, 1), ylim=(0, None))
    axes.legend(fontsize=8)
