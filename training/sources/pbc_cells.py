"""Single-cell crops of the PBC set with the eleven morphology attributes of WBCAtt."""

from collections import defaultdict
from functools import partial
from pathlib import Path

from contract.image import read_rgb
from training.sample import Framing, Pixels, Sample, Split
from training.sources.grouping import block_by_order
from training.sources.request import SourceRequest, read_rows, require_file, require_scale

PARTS: tuple[tuple[str, Split | None], ...] = (("train", None), ("val", "test"))
"""The published validation folder is the test split, so that no decision while fitting ever looks at it; blocks of
consecutive file numbers of the training folder become the validation split."""


def read_pbc_cells(request: SourceRequest) -> tuple[Sample, ...]:
    """Read train.csv and val.csv with their folders.

    Args:
        request: the folder.

    Returns:
        One sample per crop; group val, or train/CLASS/BLOCK.

    Raises:
        SourceError: a table or an image is missing.
    """
    samples: list[Sample] = []
    for part, split in PARTS:
        table = request.folder / f"{part}.csv"
        rows = read_rows(table, ("image", "label"))
        blocks = _number_blocks(rows)
        for row in sorted(rows, key=lambda row: row["image"]):
            group = part if split else f"{part}/{row['label']}/{blocks[row['image']]}"
            samples.append(_read_crop(request, table, row, group, split))
    return tuple(samples)


def _number_blocks(rows: list[dict[str, str]]) -> dict[str, str]:
    by_class: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_class[row["label"]].append(row["image"])
    return {image: block for images in by_class.values() for image, block in block_by_order(images).items()}


def _read_crop(request: SourceRequest, table: Path, row: dict[str, str], group: str, split: Split | None) -> Sample:
    path = require_file(request.folder / row["image"], table)
    return Sample(
        id=row["image"],
        source=request.name,
        group=group,
        um_per_px=require_scale(request),
        load=partial(_load, path),
        framing=Framing.CROP,
        files=(path, table),
        cell_type=row["label"],
        attributes={name: value for name, value in row.items() if name not in ("image", "label") and value},
        split=split,
    )


def _load(path: Path) -> Pixels:
    return Pixels(read_rgb(path))
