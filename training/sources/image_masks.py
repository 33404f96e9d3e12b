"""Images with masks of one's own: images/ and masks/ with the same names, and a labels.csv where types are known."""

from functools import partial
from pathlib import Path

import numpy as np

from contract.image import read_label, read_rgb
from training.sample import BACKGROUND, CYTOPLASM, NUCLEUS, UNKNOWN, Framing, Pixels, Sample
from training.sources.grouping import Listed, group_images
from training.sources.request import SourceError, SourceRequest, list_images, read_rows, require_file, require_scale

LABELS = "labels.csv"
TISSUES = (BACKGROUND, CYTOPLASM, NUCLEUS, UNKNOWN)


def read_image_masks(request: SourceRequest) -> tuple[Sample, ...]:
    """Read images/, masks/ and, if it is there, labels.csv with the columns image, label and perhaps slide.

    A mask is a grey PNG of the image's size and name: 0 background, 1 cytoplasm, 2 nucleus, 255 unknown. A label is the
    type of every white cell in the image; empty, or several with commas, where it is not one.

    Args:
        request: the folder.

    Returns:
        One sample per image that has a mask.

    Raises:
        SourceError: a mask is missing, the scale is unknown, or images cannot be grouped as asked.
    """
    images = list_images(request.folder / "images")
    labels = _read_labels(request.folder / LABELS)
    listed = [_list_image(request, path) for path in images]
    groups = group_images(request, listed, {image: row.get("slide", "") for image, row in labels.items()})
    scale = require_scale(request)
    samples = []
    for path, entry in zip(images, listed, strict=True):
        mask = (request.folder / "masks" / path.relative_to(request.folder / "images")).with_suffix(".png")
        label = labels.get(entry.image, {}).get("label", "")
        require_file(mask, path)
        samples.append(describe_masked(request, entry.image, mask, label, groups[entry.image], scale))
    return tuple(samples)


def describe_masked(request: SourceRequest, image: str, mask: Path, label: str, group: str, um_per_px: float) -> Sample:
    """Describe an image that has a mask drawn by a person.

    Args:
        request: the folder.
        image: path of the image relative to it.
        mask: path of the mask.
        label: cell types in the image with commas between them; one distinct name is the type of every cell.
        group: slide or block.
        um_per_px: scale.

    Returns:
        The sample; nothing is read yet.
    """
    path = request.folder / image
    names = {name.strip() for name in label.split(",")} - {""}
    screening = request.task == "screening"
    only = names.pop() if len(names) == 1 else None
    return Sample(
        id=image,
        source=request.name,
        group=group,
        um_per_px=um_per_px,
        load=partial(_load, path, mask),
        framing=request.framing or Framing.FIELD,
        files=(path, mask, *(table for table in [request.folder / LABELS] if table.is_file())),
        cell_type=only,
        field_class=only if screening else None,
        human_mask=True,
    )


def _load(path: Path, mask_path: Path) -> Pixels:
    image, mask = read_rgb(path), read_label(mask_path)
    if mask.shape != image.shape[:2]:
        raise SourceError(f"{mask_path}: {mask.shape} (expected the size of its image, {image.shape[:2]})")
    strange = set(np.unique(mask).tolist()) - set(TISSUES)
    if strange:
        raise SourceError(
            f"{mask_path}: value {min(strange)} (expected 0 background, 1 cytoplasm, 2 nucleus, 255 unknown)"
        )
    return Pixels(image, mask.astype(np.uint8))


def _read_labels(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    rows = read_rows(path, ("image", "label"))
    return {row["image"] if "/" in row["image"] else f"images/{row['image']}": row for row in rows}


def _list_image(request: SourceRequest, path: Path) -> Listed:
    subfolder = path.parent.relative_to(request.folder / "images").as_posix()
    return Listed(path.relative_to(request.folder).as_posix(), "", "" if subfolder == "." else subfolder)
