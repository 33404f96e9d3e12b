"""Which kind of folder a folder is, told by what lies in it."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from training.sample import Sample
from training.sources.all4_fields import read_all4_fields
from training.sources.class_folders import read_class_folders
from training.sources.image_masks import read_image_masks
from training.sources.known import KNOWN_DATA
from training.sources.labelled_masks import read_labelled_masks
from training.sources.pbc_cells import read_pbc_cells
from training.sources.raspberry_fields import read_raspberry_fields
from training.sources.request import SourceError, SourceRequest, list_images, require_folder
from training.sources.simulated_fields import read_simulated_fields

Reader = Callable[[SourceRequest], tuple[Sample, ...]]

LAYOUTS = (
    "images/ with boxes.csv (image, slide, label, x, y, width, height, cell); images/ and masks/, perhaps labels.csv; "
    "one folder per class; or what `leukoscope simulate` exports"
)


def read_source(request: SourceRequest) -> tuple[Sample, ...]:
    """Read what a folder knows about its images.

    A data set that is known by name brings its scale, and its framing unless another was asked for.

    Args:
        request: the folder.

    Returns:
        Samples in a fixed order, at least one.

    Raises:
        SourceError: no folder, a folder of no known kind, or one without images.
    """
    require_folder(request.folder)
    reader = recognise(request)
    known = KNOWN_DATA.get(request.name)
    if known is not None:
        request = replace(
            request,
            um_per_px=known.um_per_px,
            framing=request.framing or known.framing,
        )
    samples = reader(request)
    if not samples:
        raise SourceError(f"{request.folder}: no images (expected JPEG, PNG, TIFF or BMP files)")
    return samples


def recognise(request: SourceRequest) -> Reader:
    """Choose the reader for a folder.

    Args:
        request: an existing folder.

    Returns:
        The reader of its kind.

    Raises:
        SourceError: it is of no known kind.
    """
    folder = request.folder
    if (folder / "cells.csv").is_file() and (folder / "instances").is_dir():
        return read_simulated_fields
    if {"slide", "cell", "width"} <= _columns(folder / "boxes.csv"):
        return read_raspberry_fields
    if (folder / "train.csv").is_file() and (folder / "val.csv").is_file():
        return read_pbc_cells
    if "mask" in _columns(folder / "labels.csv"):
        return read_labelled_masks
    if (folder / "images").is_dir() and (folder / "masks").is_dir():
        return read_image_masks
    if request.name == "all4_fields":
        return read_all4_fields
    if any(path.is_dir() and list_images(path) for path in folder.iterdir()):
        return read_class_folders
    raise SourceError(f"{folder}: nothing to learn from (expected {LAYOUTS})")


def _columns(table: Path) -> set[str]:
    if not table.is_file():
        return set()
    with table.open(newline="", encoding="utf-8", errors="replace") as file:
        return set(next(csv.reader(file), []))
