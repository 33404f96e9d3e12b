"""The labelled cells that a calibration goes by, wherever they came from, and what is told of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from contract.settings import QualitySettings
from contract.site_cells import LabelledCell, SiteCellsError, choose_evenly, count_by_class
from contract.site_fit import NetworkHead
from contract.stored_features import MARK
from device.calibration.labelled_folder import LabelledBox, look_at_boxes, read_boxes
from device.calibration.reviewed import Among, find_captured, find_reviewed, take_stored
from device.calibration.tally import ReviewTally
from device.network.classifier import Classifier


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Labelled cells.

    Attributes:
        cells: those to be fitted on.
        told: where they come from and what was left out, in words.
    """

    cells: tuple[LabelledCell, ...]
    told: str

    def counts(self, classes: Sequence[str]) -> dict[str, int]:
        """Number of labelled cells by class."""
        return count_by_class(self.cells, classes)


def gather_reviews(
    readers: Engine,
    root: Path,
    classifier: Classifier,
    network: NetworkHead,
    limits: QualitySettings,
    most: int,
    operators: Sequence[str] = (),
    tally: ReviewTally | None = None,
) -> Gathered:
    """Gather what technicians confirmed and corrected: however much that is, no more is read than is taken.

    Args:
        readers: of the device's records.
        root: folder of the database, below which captures lie.
        classifier: opened, of the bundle in use.
        network: its network's own head.
        limits: of the quality of captures that are looked at again.
        most: cells to take of each class, the newest.
        operators: whose reviews count; none given: everybody's.
        tally: of the bundle's classes and these operators; None: counted anew.

    Returns:
        The cells.

    Raises:
        SiteCellsError: not one name was confirmed: by cells picked for being wrong, any bundle is bad.
    """
    manifest = classifier.bundle.manifest
    tallied = (tally or ReviewTally(readers, manifest.classes, operators)).read()
    corrected = sum(wrong for _, wrong in tallied.counts.values())
    total = corrected + sum(right for right, _ in tallied.counts.values())
    if total and corrected == total:
        raise SiteCellsError(f"reviews: {corrected} cells, all corrected (expected some whose name was confirmed)")
    ours = manifest.files["model.tflite"]
    stored: list[LabelledCell] = []
    again: list[LabelledBox] = []
    for name in manifest.classes:
        seen, others = tallied.seen[name][ours[:MARK]], tallied.seen[name].total()
        among = Among(operators, tallied.drawn, ours, most=most)
        found = find_reviewed(readers, [name], among) if seen else ()
        stored += take_stored(found, manifest.classes, ours, network)
        if len(found) < most and others > seen:
            missing = replace(among, captured=True, most=most - len(found))
            again += find_captured(find_reviewed(readers, [name], missing), manifest.classes, root)
    looked, _ = look_at_boxes(again, classifier, network, limits)
    told = f"from reviews, {corrected} of {total} corrected, the others confirmed"
    others = sum(count.total() - count[ours[:MARK]] for count in tallied.seen.values())
    if looked:
        told += f"; {len(looked)} looked at again in captures"
    if others > len(looked):
        told += f"; {others - len(looked)} left out: seen by another network"
    return Gathered(choose_evenly((*stored, *looked), most), told)


def gather_folder(
    folder: Path, um_per_px: float, classifier: Classifier, network: NetworkHead, limits: QualitySettings, most: int
) -> Gathered:
    """Gather the cells that boxes.csv of a folder names.

    Args:
        folder: pictures and boxes.csv.
        um_per_px: size of their pixels.
        classifier: opened, of the bundle in use.
        network: its network's own head.
        limits: of the quality of pictures.
        most: cells to take of each class.

    Returns:
        The cells.
    """
    boxes = read_boxes(folder, classifier.bundle.manifest.classes, um_per_px)
    cells, missed = look_at_boxes(boxes, classifier, network, limits)
    slides = len({cell.slide for cell in cells})
    told = f"from boxes in pictures of {slides} slide{'s' if slides != 1 else ''}"
    if missed:
        told += f"; {missed} of {len(boxes)} boxes left out: no cell was found there, or the picture was not fit"
    return Gathered(choose_evenly(cells, most), told)
