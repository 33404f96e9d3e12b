"""Fields shot with a Raspberry Pi camera on a microscope: boxes around target cells, one class of cell per slide."""

from collections import defaultdict
from functools import partial
from pathlib import Path

from contract.image import read_rgb
from training.sample import Box, Framing, Pixels, Sample
from training.sources.request import SourceError, SourceRequest, read_rows, require_file, require_scale

COLUMNS = ("image", "slide", "label", "x", "y", "width", "height", "cell")


def read_raspberry_fields(request: SourceRequest) -> tuple[Sample, ...]:
    """Read boxes.csv and images/; the group of a field is its slide.

    Args:
        request: the folder.

    Returns:
        One sample per image that has a box; boxes with the same `cell` show the same physical cell.

    Raises:
        SourceError: the table or an image is missing, or a box is no box.
    """
    table = request.folder / "boxes.csv"
    by_image: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read_rows(table, COLUMNS):
        by_image[row["image"]].append(row)
    scale = require_scale(request)
    return tuple(_read_field(request, table, image, rows, scale) for image, rows in sorted(by_image.items()))


def _read_field(request: SourceRequest, table: Path, image: str, rows: list[dict[str, str]], scale: float) -> Sample:
    path = require_file(request.folder / image, table)
    return Sample(
        id=image,
        source=request.name,
        group=rows[0]["slide"],
        um_per_px=scale,
        load=partial(_load, path),
        framing=Framing.BOXES,
        files=(path, table),
        boxes=tuple(_read_box(table, row) for row in rows),
    )


def _read_box(table: Path, row: dict[str, str]) -> Box:
    try:
        x, y, width, height = (float(row[name]) for name in ("x", "y", "width", "height"))
    except ValueError as error:
        raise SourceError(f"{table}: {row['image']}: {error} (expected numbers of pixels)") from error
    if width <= 0 or height <= 0:
        raise SourceError(f"{table}: {row['image']}: box of {width} x {height} (expected more than 0 pixels)")
    return Box(x, y, x + width, y + height, row["label"], row["cell"])


def _load(path: Path) -> Pixels:
    return Pixels(read_rgb(path))
