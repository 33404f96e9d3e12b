"""Screening read as an alarm: how many suspicious fields are caught for how many false alarms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.intervals import Estimate, estimate, mean_of
from training.metrics import area_under_curve
from training.tabulate import Named, find_silent

BENIGN = ("benign", "normal", "healthy")
"""Names of the class that is no cause for alarm, as published sets call it."""

FALSE_ALARMS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Shares of benign fields that may raise a false alarm, for which the table is made."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What one threshold of suspicion gives.

    Attributes:
        allowed: share of benign fields that was to raise a false alarm at most, on the validation split.
        threshold: suspicion, 1 - probability of benign, above which a field raises an alarm.
        recall: share of suspicious fields that raise it.
        false_alarms: share of benign fields that raise it.
        by_class: recall of each suspicious class.
    """

    allowed: float
    threshold: float
    recall: Estimate
    false_alarms: Estimate
    by_class: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Screening as an alarm on one source.

    Attributes:
        benign: the class that is no cause for alarm.
        area: under the ROC curve of suspicion, suspicious against benign.
        chosen_on: benign validation fields on which thresholds were chosen.
        silent: fields without any white cell found; they raise no alarm.
        points: one for each share that was asked for.
    """

    benign: str
    area: Estimate
    chosen_on: int
    silent: int
    points: tuple[OperatingPoint, ...]


def find_benign(classes: Sequence[str]) -> str | None:
    """Find the class that is no cause for alarm by its name; None where there is no such name."""
    return next((name for name in classes if name.lower() in BENIGN), None)


def measure_suspicion(fields: Named, benign: int) -> NDArray[np.float64]:
    """Give each field its suspicion: 1 - probability of benign; -1 where no cell was found and so nothing was said.

    Args:
        fields: calibrated.
        benign: index of the class.

    Returns:
        (n,) -1 or 0..1.
    """
    return np.where(find_silent(fields.probabilities), -1.0, 1 - fields.probabilities[:, benign])


def trade_alarms(
    judged: Named, seen: Named, classes: Sequence[str], benign: str, allowed: Sequence[float] = FALSE_ALARMS
) -> Alarm | None:
    """Choose thresholds on validation fields and measure them on others.

    Args:
        judged: calibrated validation fields.
        seen: calibrated fields to measure.
        classes: names.
        benign: name of the class that is no cause for alarm.
        allowed: shares of false alarms.

    Returns:
        The points; None where either split holds no benign field, or nothing suspicious is to be measured.
    """
    index = classes.index(benign)
    calm = measure_suspicion(judged, index)[judged.truth == index] if len(judged.truth) else np.zeros(0)
    suspicious = seen.truth != index
    if not len(calm) or not suspicious.any() or suspicious.all():
        return None
    suspicion = measure_suspicion(seen, index)
    area = estimate(
        lambda rows: area_under_curve(suspicion[rows], suspicious[rows]), seen.unit, classes=suspicious.astype(np.intp)
    )
    points = tuple(_measure_point(share, calm, seen, suspicion, classes, index) for share in sorted(allowed))
    return Alarm(benign, area, len(calm), int(find_silent(seen.probabilities).sum()), points)


def choose_threshold(calm: NDArray[np.float64], allowed: float) -> float:
    """Find the lowest suspicion above which no more than a share of benign fields lies.

    Args:
        calm: (n,) suspicion of benign fields, at least one.
        allowed: 0..1.

    Returns:
        The threshold; an alarm is what lies above it, never below 0, for what is silent raises none.
    """
    ranked = np.sort(calm)[::-1]
    return max(0.0, float(ranked[min(int(allowed * len(ranked) + 1e-9), len(ranked) - 1)]))


def _measure_point(
    allowed: float,
    calm: NDArray[np.float64],
    seen: Named,
    suspicion: NDArray[np.float64],
    classes: Sequence[str],
    benign: int,
) -> OperatingPoint:
    threshold = choose_threshold(calm, allowed)
    alarm = suspicion > threshold

    def share_of(rows: NDArray[np.bool_]) -> Estimate:
        return estimate(mean_of(alarm[rows]), [unit for unit, kept in zip(seen.unit, rows, strict=True) if kept])

    by_class = {name: share_of(seen.truth == kind) for kind, name in enumerate(classes) if kind != benign}
    return OperatingPoint(allowed, threshold, share_of(seen.truth != benign), share_of(seen.truth == benign), by_class)
