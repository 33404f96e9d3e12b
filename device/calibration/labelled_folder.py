"""Labelled cells from a folder: pictures, and boxes.csv that says where in them which cell lies."""

import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from contract.failures import Refusal
from contract.image import read_rgb
from contract.matching import Box, match_boxes
from contract.moments import now
from contract.settings import QualitySettings
from contract.site_cells import LabelledCell
from contract.site_fit import NetworkHead
from device.calibration.network_head import pool_again
from device.frame import make_frame
from device.network.classifier import Classifier
from device.quality.picture import measure_quality

BOXES = "boxes.csv"
COLUMNS = ("image", "label", "x", "y", "width", "height")
"""Those that must be there; `slide` and `cell` may be."""


class LabelledFolderError(Refusal):
    """boxes.csv is missing or a line of it is wrong. Mend the line it names."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """One line of boxes.csv, or a reviewed cell of a captured field.

    Attributes:
        image: file of the picture.
        um_per_px: size of its pixels.
        box: x0, y0, x1, y1 in its pixels.
        truth: class index.
        slide: code of the glass.
        cell: id of the physical cell.
    """

    image: Path
    um_per_px: float
    box: Box
    truth: int
    slide: str
    cell: str


def read_boxes(folder: Path, classes: Sequence[str], um_per_px: float) -> tuple[LabelledBox, ...]:
    """Read boxes.csv.

    Args:
        folder: holds it; the names of pictures in it are relative to the folder.
        classes: of the bundle.
        um_per_px: size of a pixel of every picture.

    Returns:
        Its lines; without the column `slide` all are of one slide, without `cell` each is a cell of its own.

    Raises:
        LabelledFolderError: it is missing, or a line is wrong.
    """
    path = folder / BOXES
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            if missing := [name for name in COLUMNS if name not in (lines.fieldnames or ())]:
                raise LabelledFolderError(f"{path}: column {missing[0]} missing (expected {', '.join(COLUMNS)})")
            return tuple(_read_line(line, number, path, classes, um_per_px) for number, line in enumerate(lines, 2))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise LabelledFolderError(f"{path}: {reason} (expected a table of boxes, UTF-8)") from error


def look_at_boxes(
    boxes: Sequence[LabelledBox], classifier: Classifier, network: NetworkHead, limits: QualitySettings
) -> tuple[tuple[LabelledCell, ...], int]:
    """Run the network on pictures and find the labelled cells in them.

    Args:
        boxes: what is labelled.
        classifier: opened.
        network: its network's own head.
        limits: which pictures are not analysed, and so teach nothing either.

    Returns:
        The cells that were found, and how many were not.
    """
    by_image: dict[Path, list[LabelledBox]] = {}
    for box in boxes:
        by_image.setdefault(box.image, []).append(box)
    found: list[LabelledCell] = []
    for image, there in _show_progress(by_image.items()):
        found += _look(image, there, classifier, network, limits)
    return tuple(found), len(boxes) - len(found)


def _look(
    path: Path, boxes: Sequence[LabelledBox], classifier: Classifier, network: NetworkHead, limits: QualitySettings
) -> list[LabelledCell]:
    image = read_rgb(path)
    image.flags.writeable = False
    scale = boxes[0].um_per_px
    quality = measure_quality(image, scale, limits)
    prediction = classifier.predict(make_frame(image, quality, scale, seq=1, captured_at=now(), simulated=False))
    if prediction.rejected:
        return []
    matches = match_boxes([cell.box for cell in prediction.cells], [box.box for box in boxes])
    pairs = [(box, prediction.cells[at]) for box, at in zip(boxes, matches, strict=True) if at is not None]
    return [
        LabelledCell(
            pool_again(cell.features, cell.area_um2, cell.nucleus_fraction, network), box.truth, box.slide, box.cell
        )
        for box, cell in pairs
    ]


def _read_line(line: dict[str, str], number: int, path: Path, classes: Sequence[str], um_per_px: float) -> LabelledBox:
    place, name = f"{path}: line {number}", line["image"] or ""
    if line["label"] not in classes:
        raise LabelledFolderError(f"{place}: label {line['label']!r} (expected one of {', '.join(classes)})")
    image = path.parent / name
    # a folder of pictures may well be a link; a name that leads out is a mistake, or worse
    if not name or Path(name).is_absolute() or ".." in Path(name).parts:
        raise LabelledFolderError(f"{place}: image {name!r} (expected a picture in the folder)")
    x, y, width, height = (_read_number(line, column, place) for column in ("x", "y", "width", "height"))
    if not (width > 0 and height > 0):
        raise LabelledFolderError(f"{place}: box of {width:g} x {height:g} (expected a size above 0)")
    slide, cell = line.get("slide") or "", line.get("cell") or f"{name}@{x:g},{y:g}"
    return LabelledBox(image, um_per_px, (x, y, x + width, y + height), classes.index(line["label"]), slide, cell)


def _read_number(line: dict[str, str], column: str, place: str) -> float:
    try:
        return float(line[column])
    except (TypeError, ValueError) as error:
        raise LabelledFolderError(f"{place}: {column} {line[column]!r} (expected a number of pixels)") from error


def _show_progress(items: Iterable[tuple[Path, list[LabelledBox]]]) -> "tqdm[tuple[Path, list[LabelledBox]]]":
    # A bar for people only: in a pipe or a log it would be noise.
    return tqdm(items, desc="look", unit="image", file=sys.stderr, disable=None)
