"""Confidence fitted on the validation split: the numbers of a manifest that no network brings with it."""

from collections import Counter
from collections.abc import Sequence

from contract.bundle import Manifest
from training.calibrate import fit_abstention, fit_conformal, fit_energy_threshold
from training.observe import SeenImage
from training.tabulate import tabulate_cells, tabulate_fields


def fit_confidence(images: Sequence[SeenImage], draft: Manifest, named_accuracy: float, outputs: str) -> Manifest:
    """Fit temperature, thresholds and conformal quantiles on observed pictures, never those of the test split.

    Args:
        images: observed through a manifest whose temperatures are 1.
        draft: that manifest.
        named_accuracy: how often what is named must be right, 0..1.
        outputs: whose outputs were read, in words, for `confidence_fitted_on`.

    Returns:
        The manifest with its confidence.
    """
    count = len(draft.classes)
    cells, fields = tabulate_cells(images, count), tabulate_fields(images, count)
    cell = fit_abstention(cells.logits, cells.truth, named_accuracy)
    changes: dict[str, object] = {
        "cell": cell,
        "conformal": fit_conformal(cells.calibrated(cell.temperature).probabilities, cells.truth, draft.classes),
        "energy_threshold": fit_energy_threshold(cells.energy),
        "confidence_fitted_on": describe_fitting(images, len(cells.truth), len(fields.truth), outputs),
    }
    if draft.field is not None:
        changes["field"] = fit_abstention(fields.logits, fields.truth, named_accuracy)
    return draft.model_copy(update=changes)


def describe_fitting(images: Sequence[SeenImage], cells: int, fields: int, outputs: str) -> str:
    """Say in words on what confidence was fitted.

    Args:
        images: the pictures.
        cells: how many cells with a known type were found in them.
        fields: how many of them have a known class.
        outputs: whose outputs were read.

    Returns:
        One sentence for `confidence_fitted_on`.
    """
    sources = ", ".join(sorted(Counter(image.source for image in images)))
    counts = " and ".join(f"{n} {what}" for n, what in ((cells, "cells"), (fields, "fields")) if n)
    return f"{counts or 'no cells'} of the validation split ({sources or 'no source'}), {outputs}"


def leave_out_simulated(images: Sequence[SeenImage], simulated: frozenset[str]) -> list[SeenImage]:
    """Keep photographs where there are any: drawn cells are easier than real ones and make too sure.

    Args:
        images: observed.
        simulated: names of the sources that were drawn.

    Returns:
        The photographs; everything where there is no named cell or field among them.
    """
    real = [image for image in images if image.source not in simulated]
    named = any(cell.truth >= 0 for image in real for cell in image.cells) or any(i.field_truth >= 0 for i in real)
    return real if named else list(images)
