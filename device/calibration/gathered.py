"""The labelled cells that a calibration goes by, wherever they came from, and what is told of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from contract.settings import QualitySettings
from contract.site_cells import LabelledCell, SiteCellsError, choose_evenly, count_by_class
from contract.site_fit import NetworkHead
from device.calibration.labelled_folder import look_at_boxes, read_boxes
from device.calibration.reviewed import find_captured, find_reviewed, take_stored
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
) -> Gathered:
    """Gather what technicians confirmed and corrected.

    Args:
        readers: of the device's records.
        root: folder of the database, below which captures lie.
        classifier: opened, of the bundle in use.
        network: its network's own head.
        limits: of the quality of captures that are looked at again.
        most: cells to take of each class, the newest.
        operators: whose reviews count; none given: everybody's.

    Returns:
        The cells.

    Raises:
        SiteCellsError: not one name was confirmed: by cells picked for being wrong, any bundle is bad.
    """
    manifest = classifier.bundle.manifest
    reviewed = find_reviewed(readers, manifest.classes, operators)
    corrected = sum(one.old_type != one.new_type for one in reviewed)
    if reviewed and corrected == len(reviewed):
        raise SiteCellsError(f"reviews: {corrected} cells, all corrected (expected some whose name was confirmed)")
    stored = take_stored(reviewed, manifest.classes, manifest.files["model.tflite"], network)
    taken = {cell.cell for cell in stored}
    boxes = find_captured([one for one in reviewed if one.id not in taken], manifest.classes, root)
    again, _ = look_at_boxes(boxes, classifier, network, limits)
    left_out = len(reviewed) - len(stored) - len(again)
    told = f"from reviews, {corrected} of {len(reviewed)} corrected, the others confirmed"
    if again:
        told += f"; {len(again)} looked at again in captures"
    if left_out:
        told += f"; {left_out} left out: seen by another network, and not captured"
    return Gathered(choose_evenly((*stored, *again), most), told)


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
