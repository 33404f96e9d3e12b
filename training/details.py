"""What a report adds to the figures of a source: each class by itself, whole segments, colour's masks, alarms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contract.bundle import Abstention, Manifest
from training.agreement import Agreement, score_agreement
from training.class_intervals import ClassEstimates, estimate_classes
from training.intervals import Estimate, estimate
from training.metrics import area_under_curve
from training.observe import SeenImage
from training.operating import FALSE_ALARMS, Alarm, find_benign, trade_alarms
from training.panoptic import PanopticScores, score_segments
from training.tabulate import Named, choose_units, merge_same_cells, tabulate_cells, tabulate_fields


@dataclass(frozen=True, slots=True)
class NamingDetails:
    """Each class of some things by itself: precision, recall, F1, and the area under its one-against-rest curve."""

    classes: dict[str, ClassEstimates]
    auc: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class SourceDetails:
    """What a report adds to the figures of one source; None where its labels do not allow it.

    Attributes:
        cells, distinct, fields: each class by itself, by box, by physical cell, by field.
        panoptic_cells, panoptic_nuclei: against human masks.
        agreement: with masks made from colour.
        alarm: screening as an alarm.
    """

    cells: NamingDetails | None
    distinct: NamingDetails | None
    fields: NamingDetails | None
    panoptic_cells: PanopticScores | None
    panoptic_nuclei: PanopticScores | None
    agreement: Agreement | None
    alarm: Alarm | None


def detail_sources(
    seen: Sequence[SeenImage],
    judged: Sequence[SeenImage],
    manifest: Manifest,
    false_alarms: Sequence[float] = FALSE_ALARMS,
) -> dict[str, SourceDetails]:
    """Work out the details of each source.

    Args:
        seen: observed through a manifest whose temperatures are 1.
        judged: validation pictures, observed alike, on which alarms are set.
        manifest: with fitted confidence.
        false_alarms: shares of benign fields that may raise an alarm.

    Returns:
        Details by source, in alphabetical order.
    """
    return {
        source: _detail([one for one in seen if one.source == source], judged, manifest, false_alarms)
        for source in sorted({image.source for image in seen})
    }


def detail_naming(things: Named, classes: Sequence[str], abstention: Abstention) -> NamingDetails | None:
    """Work out each class by itself.

    Args:
        things: at temperature 1.
        classes: names.
        abstention: temperature to apply.

    Returns:
        The details; None where there is nothing.
    """
    if not len(things.truth):
        return None
    things = things.calibrated(abstention.temperature)
    areas = {name: _measure_area(things, index) for index, name in enumerate(classes)}
    each = estimate_classes(things.truth, things.called, things.unit, len(classes))
    return NamingDetails(dict(zip(classes, each, strict=True)), areas)


def _measure_area(things: Named, index: int) -> Estimate:
    score, positive = things.probabilities[:, index], things.truth == index
    return estimate(
        lambda rows: area_under_curve(score[rows], positive[rows]), things.unit, classes=positive.astype(np.intp)
    )


def _detail(
    images: Sequence[SeenImage], judged: Sequence[SeenImage], manifest: Manifest, false_alarms: Sequence[float]
) -> SourceDetails:
    units, _ = choose_units(images)
    cells = tabulate_cells(images, len(manifest.classes), units)
    masked = [(one.segments, units[one.image]) for one in images if one.segments is not None]
    coloured = [(one.agreement, units[one.image]) for one in images if one.agreement is not None]
    drawn_by = [unit for _, unit in masked]
    return SourceDetails(
        cells=detail_naming(cells, manifest.classes, manifest.cell),
        distinct=detail_naming(merge_same_cells(cells), manifest.classes, manifest.cell),
        fields=_detail_fields(images, units, manifest),
        panoptic_cells=score_segments([one.cells for one, _ in masked], drawn_by) if masked else None,
        panoptic_nuclei=score_segments([one.nuclei for one, _ in masked], drawn_by) if masked else None,
        agreement=score_agreement([one for one, _ in coloured], [unit for _, unit in coloured]) if coloured else None,
        alarm=_sound_alarm(images, units, judged, manifest, false_alarms),
    )


def _detail_fields(images: Sequence[SeenImage], units: dict[str, str], manifest: Manifest) -> NamingDetails | None:
    if manifest.field is None:
        return None
    return detail_naming(tabulate_fields(images, len(manifest.classes), units), manifest.classes, manifest.field)


def _sound_alarm(
    images: Sequence[SeenImage],
    units: dict[str, str],
    judged: Sequence[SeenImage],
    manifest: Manifest,
    false_alarms: Sequence[float],
) -> Alarm | None:
    benign = find_benign(manifest.classes)
    if manifest.field is None or benign is None:
        return None
    same = [one for one in judged if one.source == images[0].source] or list(judged)
    chosen, asked = tabulate_fields(same, len(manifest.classes)), tabulate_fields(images, len(manifest.classes), units)
    temperature = manifest.field.temperature
    return trade_alarms(
        chosen.calibrated(temperature), asked.calibrated(temperature), manifest.classes, benign, false_alarms
    )
