"""A folder of classes of one's own: one folder per class, with pictures of single cells or of whole fields."""

from functools import partial
from pathlib import Path

from contract.image import read_rgb
from training.sample import Framing, Pixels, Sample, Split
from training.sources.grouping import Listed, group_images
from training.sources.request import SourceError, SourceRequest, list_images, read_rows, require_scale

LABELS = "labels.csv"
PARTS: dict[str, Split | None] = {"train": None, "val": "val", "valid": "val", "validation": "val", "test": "test"}
"""Folders above the classes that already divide the data."""


def read_class_folders(request: SourceRequest) -> tuple[Sample, ...]:
    """Read CLASS/image or CLASS/SLIDE/image, also below train/, val/ and test/.

    For a differential a picture shows one cell of its class, unless `request.framing` says that it is a field in which
    every white cell is of that class. For screening a picture is a field and the class is the field's.
    A labels.csv with the columns image and slide names the slides.

    Args:
        request: the folder.

    Returns:
        One sample per image.

    Raises:
        SourceError: an image lies outside a class folder, the scale is unknown, or images cannot be grouped as asked.
    """
    scale = require_scale(request)
    divided = _is_divided(request.folder)
    paths = list_images(request.folder)
    listed = [_list_image(request, path, divided) for path in paths]
    groups = group_images(request, listed, _read_slides(request.folder / LABELS))
    return tuple(
        _describe(request, path, entry, groups[entry.image], scale, divided)
        for path, entry in zip(paths, listed, strict=True)
    )


def _describe(request: SourceRequest, path: Path, entry: Listed, group: str, um_per_px: float, divided: bool) -> Sample:
    part = entry.image.split("/")[0]
    screening = request.task == "screening"
    return Sample(
        id=entry.image,
        source=request.name,
        group=f"{part}/{group}" if divided else group,
        um_per_px=um_per_px,
        load=partial(_load, path),
        framing=request.framing or (Framing.FIELD if screening else Framing.CROP),
        files=(path, *(table for table in [request.folder / LABELS] if table.is_file())),
        cell_type=entry.kind,
        field_class=entry.kind if screening else None,
        split=PARTS[part] if divided else None,
    )


def _list_image(request: SourceRequest, path: Path, divided: bool) -> Listed:
    parts = path.relative_to(request.folder).parts
    above = parts[1:-1] if divided else parts[:-1]
    if not above:
        raise SourceError(f"{path}: lies in no class folder (expected CLASS/{path.name})")
    return Listed("/".join(parts), above[0], "/".join(above[1:]))


def _is_divided(folder: Path) -> bool:
    return {path.name for path in folder.iterdir() if path.is_dir() and list_images(path)} <= PARTS.keys()


def _read_slides(path: Path) -> dict[str, str]:
    return {row["image"]: row["slide"] for row in read_rows(path, ("image", "slide"))} if path.is_file() else {}


def _load(path: Path) -> Pixels:
    return Pixels(read_rgb(path))
