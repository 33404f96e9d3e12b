"""The figures of outsiders: refused or named, and whether what is found there is scored strange."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Manifest
from contract.fit_outside import score
from training.intervals import Estimate, estimate, mean_of
from training.metrics import area_under_curve
from training.observe import SeenImage
from training.outsiders import OutsiderFolder, SeenOutsider, find_scale
from training.tabulate import Named, choose_units, tabulate_cells


@dataclass(frozen=True, slots=True)
class OutsiderScores:
    """How a model does on one folder.

    Attributes:
        name: of the folder.
        um_per_px: scale at which it was shown.
        images: pictures.
        gated: whether the device's gate was asked.
        refused: share of pictures that the gate refused; None where it was not asked.
        safe: share of pictures refused, or in which nothing is named.
        cells_per_image: white cells found in a picture, refused ones counted as none.
        named_per_image: of them, those that got a name; for screening, share of fields that got one.
        strangeness: by source of known cells, chance that a cell found here is scored stranger than a known cell.
        unsureness: the same of 1 - confidence.
    """

    name: str
    um_per_px: float
    images: int
    gated: bool
    refused: Estimate | None
    safe: Estimate
    cells_per_image: Estimate
    named_per_image: Estimate
    strangeness: dict[str, Estimate]
    unsureness: dict[str, Estimate]


def score_outsiders(
    folder: OutsiderFolder,
    seen: Sequence[SeenOutsider],
    known: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    gated: bool,
) -> OutsiderScores:
    """Score what was seen in a folder.

    Args:
        folder: of pictures.
        seen: one or more.
        known: from `measure_known`.
        gated: whether a gate was asked.

    Returns:
        The scores.
    """
    images = [one.image for one in seen]
    refused = np.array([one.refused is not None for one in seen])
    named = np.array([one.named for one in seen], np.float64)
    found = np.array([0 if one.refused else len(one.cells) for one in seen], np.float64)
    cells = [(one.image, cell) for one in seen for cell in one.cells]
    strange = np.array([cell.outside for _, cell in cells], np.float64)
    unsure = np.array([1 - cell.confidence for _, cell in cells], np.float64)
    owners = [image for image, _ in cells]
    return OutsiderScores(
        name=folder.name,
        um_per_px=find_scale(folder),
        images=len(seen),
        gated=gated,
        refused=estimate(mean_of(refused), images) if gated else None,
        safe=estimate(mean_of(refused | (named == 0)), images),
        cells_per_image=estimate(mean_of(found), images),
        named_per_image=estimate(mean_of(named), images),
        strangeness={name: _separate(strange, owners, part[0]) for name, part in known.items()},
        unsureness={name: _separate(unsure, owners, part[1]) for name, part in known.items()},
    )


def measure_known(
    seen: Sequence[SeenImage], manifest: Manifest
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Give the strangeness and the unsureness of the cells of known type that were found, by source.

    Args:
        seen: observed through a manifest whose temperatures are 1.
        manifest: with fitted confidence.

    Returns:
        Two arrays (n,) for each source with cells of known type.
    """
    known = {}
    for source in sorted({image.source for image in seen}):
        images = [image for image in seen if image.source == source]
        cells = tabulate_cells(images, len(manifest.classes), choose_units(images)[0])
        if len(cells.truth):
            known[source] = _measure(cells, manifest)
    return known


def _measure(cells: Named, manifest: Manifest) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    strange = cells.energy if manifest.outside is None else score(cells.known, manifest.outside)
    return strange, 1 - cells.calibrated(manifest.cell.temperature).probabilities.max(axis=1)


def _separate(strange: NDArray[np.float64], owners: Sequence[str], known: NDArray[np.float64]) -> Estimate:
    """AUROC, drawn anew by picture for what is strange and by cell for what is known."""
    values = np.concatenate([strange, known])
    alien = np.arange(len(values)) < len(strange)
    units = [f"strange {owner}" for owner in owners] + [f"known {index}" for index in range(len(known))]
    return estimate(lambda rows: area_under_curve(values[rows], alien[rows]), units, classes=alien.astype(np.intp))
