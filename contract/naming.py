"""How what was pooled over a cell becomes a name, or none; and how a field's class follows from its cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.cell import Cell, FieldClass
from contract.cell_types import UNIDENTIFIED
from contract.confidence import calibrate, choose_candidates
from contract.outside import is_outside, rate_strangeness
from contract.site_head import site_logits

STRANGE_AT_MOST = 0.5
"""Share of the area of a field's cells that may lie outside the training data."""

FEWEST_STRANGE = 3
"""Strange cells from which on a field may be no smear at all: two may be rare cells of one that is."""

LEAST_PROBABILITY = 1e-9
"""Float32 logits tell no smaller probabilities apart; keeps their logarithm finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """What the network says of one cell: means over the pixels it covers.

    Attributes:
        features: (F,) of the feature map.
        logits: (C,) of the cell-type map.
        attributes: (A,) of the attribute map, or None.
        area_um2: area of the whole cell.
        nucleus_fraction: nucleus area / whole-cell area, 0..1.
    """

    features: NDArray[np.float32]
    logits: NDArray[np.float32]
    attributes: NDArray[np.float32] | None
    area_um2: float
    nucleus_fraction: float


@dataclass(frozen=True, slots=True)
class Naming:
    """What a cell is called, and how surely.

    Attributes:
        cell_type: a class, or `UNIDENTIFIED` under the threshold or outside the training data.
        confidence: calibrated probability of the likeliest class.
        probabilities: calibrated, by class.
        candidates: conformal set, likeliest first.
        outside: how strange the cell is; higher is stranger.
    """

    cell_type: str
    confidence: float
    probabilities: dict[str, float]
    candidates: tuple[str, ...]
    outside: float


def name_cells(cells: Sequence[Pooled], manifest: Manifest) -> list[Naming]:
    """Name cells as the bundle does; the on-site head speaks where there is one.

    Args:
        cells: of one field, or any others.
        manifest: classes, head, temperature, thresholds.

    Returns:
        A name for each.
    """
    if not cells:
        return []
    site = manifest.site
    logits = np.array([cell.logits if site is None else site_logits(site, cell) for cell in cells], np.float64)
    probabilities = calibrate(logits, manifest.cell.temperature)
    strangeness = rate_strangeness(cells, manifest.outside).tolist()
    return [_name(row, strange, manifest) for row, strange in zip(probabilities, strangeness, strict=True)]


def name_cell(pooled: Pooled, manifest: Manifest) -> Naming:
    """Name one cell, as `name_cells` does."""
    return name_cells((pooled,), manifest)[0]


def name_looks(log_probabilities: NDArray[np.float64], strangeness: float, manifest: Manifest) -> Naming:
    """Name a cell that was looked at several times.

    Args:
        log_probabilities: (C,) mean over the looks of the logarithms of the calibrated probabilities, in the order of
            the bundle's classes. A mean and no sum: looks at one cell are not independent.
        strangeness: mean over the looks of how strange the cell is.
        manifest: classes and thresholds.

    Returns:
        The name.
    """
    return _name(calibrate(log_probabilities, 1.0), strangeness, manifest)


def _name(probabilities: NDArray[np.float64], strangeness: float, manifest: Manifest) -> Naming:
    best = int(probabilities.argmax())
    named = probabilities[best] >= manifest.cell.threshold and not is_outside(strangeness, manifest.outside)
    return Naming(
        cell_type=manifest.classes[best] if named else UNIDENTIFIED,
        confidence=float(probabilities[best]),
        probabilities=_by_class(probabilities, manifest.classes),
        candidates=choose_candidates(probabilities, manifest.classes, manifest.conformal),
        outside=strangeness,
    )


def describe_fitting(manifest: Manifest) -> str:
    """Say on whose cells confidence was fitted, for whoever reads a result: it does not travel.

    Args:
        manifest: of the bundle.

    Returns:
        One sentence.
    """
    if manifest.fitted_here is None:
        told = f"confidence was fitted elsewhere ({manifest.confidence_fitted_on})"
        return f"{told}: until it is calibrated on this microscope (leukoscope calibrate) it may be wrong"
    return f"confidence was fitted on {manifest.confidence_fitted_on}: on another microscope it may be wrong"


def name_field(cells: Sequence[Cell], manifest: Manifest) -> FieldClass | None:
    """Say what a screening bundle makes of a field: what its white cells say together, and nothing else.

    The logits of the cells are averaged by area, so that neither plasma nor red cells can be evidence. A field is not
    named where cells outside the training data cover more than half of what is cell, or where there is no white cell.

    Args:
        cells: of the field, as read with this manifest.
        manifest: classes, temperatures and thresholds.

    Returns:
        The class or `UNIDENTIFIED`, with every probability; None for a differential.
    """
    if manifest.field is None:
        return None
    if not cells:
        even = np.full(len(manifest.classes), 1 / len(manifest.classes))
        return FieldClass(UNIDENTIFIED, float(even[0]), _by_class(even, manifest.classes))
    told = np.array([[cell.probabilities[name] for name in manifest.classes] for cell in cells])
    logits = np.log(np.clip(told, LEAST_PROBABILITY, 1)) * manifest.cell.temperature
    areas = [cell.area_um2 for cell in cells]
    probabilities = calibrate(np.average(logits, axis=0, weights=areas), manifest.field.temperature)
    best = int(probabilities.argmax())
    named = probabilities[best] >= manifest.field.threshold and _share_strange(cells, manifest) <= STRANGE_AT_MOST
    return FieldClass(
        name=manifest.classes[best] if named else UNIDENTIFIED,
        confidence=float(probabilities[best]),
        probabilities=_by_class(probabilities, manifest.classes),
    )


def explain_strange_field(cells: Sequence[Cell], manifest: Manifest) -> str | None:
    """Say why a field is not read because of what was found in it: tissue, another stain, another microscope.

    Args:
        cells: of the field.
        manifest: with its picture of known cells.

    Returns:
        The reason in words, or None where the field may be what the model was taught.
    """
    strange = sum(is_outside(cell.outside, manifest.outside) for cell in cells)
    if strange < FEWEST_STRANGE or _share_strange(cells, manifest) <= STRANGE_AT_MOST:
        return None
    return f"{strange} of {len(cells)} cells are unlike any taught: no blood smear, or a microscope to be calibrated"


def _share_strange(cells: Sequence[Cell], manifest: Manifest) -> float:
    strange = [is_outside(cell.outside, manifest.outside) for cell in cells]
    return float(np.average(strange, weights=[cell.area_um2 for cell in cells]))


def _by_class(probabilities: NDArray[np.float64], classes: tuple[str, ...]) -> dict[str, float]:
    return dict(zip(classes, probabilities.tolist(), strict=True))
