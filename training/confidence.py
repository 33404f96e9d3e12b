"""Confidence fitted on the validation split: the numbers of a manifest that no network brings with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from contract.bundle import Manifest
from contract.failures import Refusal
from training.calibrate import fit_abstention, fit_conformal, fit_energy_threshold
from training.description import Description, SplitCount
from training.observe import SeenImage
from training.tabulate import tabulate_cells, tabulate_fields


class ConfidenceError(Refusal):
    """Confidence was to be fitted on a source that is not in the validation split.

    Name another source, or prepare the data again with --validate.
    """


@dataclass(frozen=True, slots=True)
class Fitting:
    """How confidence is fitted.

    Attributes:
        named_accuracy: how often what is named must be right, 0..1.
        sources: data sets whose validation pictures are used; empty: all photographs. Confidence fitted on one site is
            wrong at another, so a bundle for one kind of microscope is best fitted on pictures of that kind.
    """

    named_accuracy: float
    sources: frozenset[str] = frozenset()


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
    sources = ", ".join(sorted({image.source for image in images}))
    counts = " and ".join(f"{n} {what}" for n, what in ((cells, "cells"), (fields, "fields")) if n)
    return f"{counts or 'no cells'} of the validation split ({sources or 'no source'}), {outputs}"


def choose_sources(description: Description, wanted: frozenset[str]) -> frozenset[str]:
    """Choose the data sets on whose validation pictures confidence is fitted.

    Args:
        description: of the prepared folder.
        wanted: asked for by name; empty: photographs where there are any, for drawn cells are easier than real ones
            and make too sure.

    Returns:
        Names of data sets with something named in the validation split.

    Raises:
        ConfidenceError: a wanted one has nothing there.
    """
    there = {
        one.name: one for one in description.sources if "val" in one.counts and _names_something(one.counts["val"])
    }
    if missing := sorted(wanted - set(there)):
        raise ConfidenceError(
            f"confidence from {missing[0]!r} (expected a source with named cells in val: {', '.join(there) or 'none'})"
        )
    real = frozenset(name for name, one in there.items() if not one.simulated)
    return wanted or real or frozenset(there)


def _names_something(count: SplitCount) -> bool:
    return any(number for name, number in (*count.cells.items(), *count.fields.items()) if name != "unknown")
