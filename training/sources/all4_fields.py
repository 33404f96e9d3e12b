"""Fields of the four-class leukaemia set: unsquashed, scale bar hidden, near-duplicates kept together."""

from functools import partial
from pathlib import Path

import cv2
import numpy as np

from contract.image import read_rgb
from training.sample import Framing, Pixels, Sample
from training.sources.duplicates import find_duplicates
from training.sources.grouping import block_by_number
from training.sources.request import SourceRequest, list_images, require_scale

ASPECT = 4 / 3  # camera fields were squashed to squares when the set was published
BAR = 0.16  # share of height and width at the bottom right that holds the burnt-in scale bar, where there is one


def read_all4_fields(request: SourceRequest) -> tuple[Sample, ...]:
    """Read CLASS/NUMBER.jpg; groups are blocks of consecutive numbers of a class.

    The images are stretched to the 4:3 they were shot in, so that cells are round again. The corner that may hold a
    scale bar is hidden in every image of every class: bars are not equally frequent in the classes. An image that
    (nearly) repeats another joins the other's group.

    Args:
        request: the folder.

    Returns:
        One sample per image.

    Raises:
        SourceError: a name holds no number.
    """
    paths = list_images(request.folder)
    scale = require_scale(request)
    first_of = find_duplicates(paths)
    return tuple(_read_field(request, path, first_of.get(path, path), scale) for path in paths)


def _read_field(request: SourceRequest, path: Path, grouped_as: Path, scale: float) -> Sample:
    return Sample(
        id=path.relative_to(request.folder).as_posix(),
        source=request.name,
        group=f"{grouped_as.parent.name}/{block_by_number(grouped_as.stem)}",
        um_per_px=scale,
        load=partial(_load, path),
        framing=Framing.FIELD,
        files=(path,),
        cell_type=path.parent.name,
        field_class=path.parent.name,
    )


def _load(path: Path) -> Pixels:
    squashed = read_rgb(path)
    height = squashed.shape[0]
    image = cv2.resize(squashed, (round(height * ASPECT), height), interpolation=cv2.INTER_LINEAR)
    hidden = np.zeros(image.shape[:2], np.bool_)
    hidden[round(height * (1 - BAR)) :, round(image.shape[1] * (1 - BAR)) :] = True
    return Pixels(np.asarray(image, np.uint8), hidden=hidden)
