"""Published sets whose labels.csv names image, mask and cell types (BCCD fields, Zheng cells)."""

from pathlib import PurePosixPath

from training.sample import Sample
from training.sources.grouping import block_by_number
from training.sources.image_masks import describe_masked
from training.sources.request import SourceRequest, read_rows, require_file, require_scale


def read_labelled_masks(request: SourceRequest) -> tuple[Sample, ...]:
    """Read labels.csv (image, mask, label); groups are blocks of consecutive file numbers.

    Where the label names several types, the types of the cells stay unknown; their masks still teach.

    Args:
        request: the folder.

    Returns:
        One sample per line.

    Raises:
        SourceError: the table, an image or a mask is missing, or a name holds no number.
    """
    table = request.folder / "labels.csv"
    scale = require_scale(request)
    samples = []
    for row in read_rows(table, ("image", "mask", "label")):
        require_file(request.folder / row["image"], table)
        mask = require_file(request.folder / row["mask"], table)
        group = block_by_number(PurePosixPath(row["image"]).stem)
        samples.append(describe_masked(request, row["image"], mask, row["label"], group, scale))
    return tuple(samples)
