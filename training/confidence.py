"""Confidence fitted on the validation split: the numbers of a manifest that no network brings with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from contract.bundle import Manifest
from contract.failures import Refusal
from contract.fit_outside import fit_outside
from contract.fitting import fit_abstention, fit_conformal
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
        crossed: pictures of slides that were left out in turn, as networks trained without them saw them; where there
            are any, they take the place of the validation pictures, so that every slide of a small site can be learnt
            from and confidence is still fitted on slides not learnt from.
    """

    named_accuracy: float
    sources: frozenset[str] = frozenset()
    crossed: tuple[SeenImage, ...] = ()


def fit_confidence(
    images: Sequence[SeenImage],
    trained: Sequence[SeenImage],
    draft: Manifest,
    fitting: Fitting,
    outputs: str,
) -> Manifest:
    """Fit temperature, thresholds and conformal quantiles on observed pictures, never those of the test split.

    Args:
        images: validation pictures observed through a manifest whose temperatures are 1.
        trained: training pictures observed in the same way, which show what known cells look like.
        draft: that manifest.
        fitting: how, and on which sources.
        outputs: whose outputs were read, in words, for `confidence_fitted_on`.

    Returns:
        The manifest with its confidence.
    """
    count = len(draft.classes)
    known = tabulate_cells(images, count)
    images = fitting.crossed or [image for image in images if image.source in fitting.sources]
    cells, fields = tabulate_cells(images, count), tabulate_fields(images, count)
    cell = fit_abstention(cells.logits, cells.truth, fitting.named_accuracy)
    changes: dict[str, object] = {
        "cell": cell,
        "conformal": fit_conformal(cells.calibrated(cell.temperature).probabilities, cells.truth, draft.classes),
        "outside": fit_outside(tabulate_cells(trained, count).known, known.known, count),
        "confidence_fitted_on": tell_fitting(images, len(cells.truth), len(fields.truth), outputs, fitting),
    }
    if draft.field is not None:
        changes["field"] = fit_abstention(fields.logits, fields.truth, fitting.named_accuracy)
    return draft.model_copy(update=changes)


def tell_fitting(images: Sequence[SeenImage], cells: int, fields: int, outputs: str, fitting: Fitting) -> str:
    """Say in words on what confidence was fitted.

    Args:
        images: the pictures.
        cells: how many cells with a known type were found in them.
        fields: how many of them have a known class.
        outputs: whose outputs were read.
        fitting: how.

    Returns:
        One sentence for `confidence_fitted_on`.
    """
    sources = ", ".join(sorted({image.source for image in images})) or "no source"
    counts = " and ".join(f"{n} {what}" for n, what in ((cells, "cells"), (fields, "fields")) if n) or "no cells"
    if fitting.crossed:
        slides = len({image.group for image in images})
        return f"{counts} of {slides} slides left out of training in turn ({sources}), {outputs}"
    return f"{counts} of the validation split ({sources}), {outputs}"


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
