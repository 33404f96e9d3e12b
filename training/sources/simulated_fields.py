"""Fields drawn by the simulated smear, as `device.smear.export` writes them: every cell's mask and type is known."""

from collections import defaultdict
from functools import partial
from pathlib import Path, PurePosixPath

from contract.image import read_label, read_rgb
from training.sample import Box, Framing, Pixels, Sample
from training.sources.grouping import block_by_order
from training.sources.request import SourceError, SourceRequest, list_images, read_rows, require_file, require_scale

COLUMNS = ("image", "instance", "label", "x0", "y0", "x1", "y1")


def read_simulated_fields(request: SourceRequest) -> tuple[Sample, ...]:
    """Read images/, masks/, instances/, cells.csv and scale.json; groups are blocks of consecutive fields.

    Args:
        request: the folder.

    Returns:
        One sample per image, also where no white cell is in view.

    Raises:
        SourceError: a table, a mask or an instance map is missing or not as expected.
    """
    table = request.folder / "cells.csv"
    by_image: dict[str, list[Box]] = defaultdict(list)
    for row in read_rows(table, COLUMNS):
        by_image[row["image"]].append(_read_box(table, row))
    scale = require_scale(request)
    images = [path.relative_to(request.folder).as_posix() for path in list_images(request.folder / "images")]
    blocks = block_by_order(images)
    return tuple(_describe(request, image, blocks[image], tuple(by_image[image]), scale) for image in images)


def _describe(request: SourceRequest, image: str, group: str, boxes: tuple[Box, ...], um_per_px: float) -> Sample:
    name = PurePosixPath(image).name
    path = request.folder / image
    mask = require_file(request.folder / "masks" / name, path)
    instances = require_file(request.folder / "instances" / name, path)
    return Sample(
        id=image,
        source=request.name,
        group=group,
        um_per_px=um_per_px,
        load=partial(_load, path, mask, instances),
        framing=Framing.FIELD,
        files=(path, mask, instances, request.folder / "cells.csv"),
        boxes=boxes,
        human_mask=True,
        simulated=True,
    )


def _read_box(table: Path, row: dict[str, str]) -> Box:
    try:
        x0, y0, x1, y1 = (float(row[name]) for name in ("x0", "y0", "x1", "y1"))
        instance = int(row["instance"])
    except ValueError as error:
        raise SourceError(f"{table}: {row['image']}: {error} (expected numbers)") from error
    return Box(x0, y0, x1, y1, row["label"], f"{row['image']}#{instance}", instance)


def _load(path: Path, mask: Path, instances: Path) -> Pixels:
    image, tissue, numbers = read_rgb(path), read_label(mask), read_label(instances)
    if not image.shape[:2] == tissue.shape == numbers.shape:
        raise SourceError(f"{path}: {image.shape[:2]}, mask {tissue.shape}, instances {numbers.shape} (expected equal)")
    return Pixels(image, tissue.astype("uint8"), numbers)
