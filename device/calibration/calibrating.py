"""A calibration from beginning to end: gather, fit, compare, and install what is better."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contract.bundle import Bundle
from contract.failures import Refusal
from contract.settings import DeviceSettings
from contract.site_calibration import SiteCalibration, calibrate_site
from contract.site_cells import LabelledCell, require_enough
from contract.site_fit import NetworkHead
from contract.site_rehearsal import rehearse
from device.bundles.install import install_bundle
from device.calibration.gathered import Gathered
from device.calibration.network_head import read_network_head
from device.calibration.site_bundle import make_site_bundle, read_fitted_cells
from device.network.classifier import Classifier

FEWEST_FRESH = 20
"""New cells without which a bundle that was calibrated here cannot be judged again."""

Gather = Callable[[Classifier, NetworkHead], Gathered]
Tell = Callable[[str], object]


class CalibratingError(Refusal):
    """The bundle in use was fitted on these very cells, which cannot judge it. Name more cells first."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How many cells of each class to draw from those there are, and how often."""

    per_class: int
    draws: int


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came of a calibration.

    Attributes:
        before: bundle that was in use.
        gathered: the cells.
        calibration: what was fitted, with figures.
        installed: the new bundle, active from the next start; None: nothing was changed.
        rehearsed: figures, mean and spread over draws, of `contract.site_rehearsal`; empty: not asked for.
    """

    before: Bundle
    gathered: Gathered
    calibration: SiteCalibration
    installed: Bundle | None
    rehearsed: dict[str, tuple[float, float]]


def run_calibration(
    bundle: Bundle,
    gather: Gather,
    settings: DeviceSettings,
    microscope: str,
    *,
    dry_run: bool,
    tell: Tell,
    rehearsal: Rehearsal | None = None,
) -> Outcome:
    """Calibrate a bundle on one microscope's cells; it is replaced only by one that is surely better.

    Args:
        bundle: in use.
        gather: finds the labelled cells.
        settings: of the device.
        microscope: its name.
        dry_run: install nothing.
        tell: takes a line for each thing that is done.
        rehearsal: also find out what fewer cells would have given; None: not.

    Returns:
        The outcome.

    Raises:
        SiteCellsError: too few cells of a class.
        CalibratingError: no new cells since the last calibration.
        Refusal: cells cannot be read, or the new bundle not be written or installed; nothing has changed.
    """
    with Classifier(bundle, settings.threads) as classifier:
        network = read_network_head(classifier)
        gathered = gather(classifier, network)
    classes, limits = bundle.manifest.classes, settings.calibration
    counts = ", ".join(f"{name} {number}" for name, number in gathered.counts(classes).items())
    tell(f"labelled cells: {counts}; {gathered.told}")
    require_enough(gathered.cells, classes, limits.min_cells_per_class)
    fresh = _find_fresh(gathered.cells, bundle)
    calibration = calibrate_site(gathered.cells, bundle.manifest, network, limits.named_accuracy, fresh)
    tried = {}
    if rehearsal is not None:
        recipe = (gathered.cells, bundle.manifest, network, limits.named_accuracy)
        tried = rehearse(*recipe, rehearsal.per_class, rehearsal.draws)
    installed = None
    if calibration.gains and not dry_run:
        with make_site_bundle(bundle, calibration, gathered, microscope) as folder:
            data_dir = Path(settings.data_dir)
            installed = install_bundle(folder, data_dir, threads=settings.threads, named=settings.bundle, tell=tell)
    return Outcome(bundle, gathered, calibration, installed, tried)


def _find_fresh(cells: Sequence[LabelledCell], bundle: Bundle) -> NDArray[np.bool_] | None:
    known = read_fitted_cells(bundle)
    if not known:
        return None
    fresh = np.array([cell.cell not in known for cell in cells])
    kinds = {cell.truth for cell, new in zip(cells, fresh, strict=True) if new}
    if fresh.sum() < FEWEST_FRESH or len(kinds) < 2:
        raise CalibratingError(
            f"{bundle.bundle_id}: {int(fresh.sum())} cells named since it was calibrated "
            f"(expected {FEWEST_FRESH} or more, of 2 classes or more)"
        )
    return fresh
