"""How images are put into groups that are never divided: neighbours in number are neighbours on the slide."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from training.sources.request import SourceError, SourceRequest

BLOCK = 20  # images in a block; in the screening set near-duplicates lie within a few numbers of each other
LEAST_BLOCKS = 8  # so that one can be tested on, one can decide, and most still teach


@dataclass(frozen=True, slots=True)
class Listed:
    """An image of a person's own folder.

    Attributes:
        image: path relative to the folder.
        kind: its class folder; blocks are counted within it. Empty where there are no classes.
        subfolder: folder between class folder and image; empty where there is none.
    """

    image: str
    kind: str
    subfolder: str


def group_images(request: SourceRequest, images: Sequence[Listed], slides: Mapping[str, str]) -> dict[str, str]:
    """Group the images of a person's own folder as asked, or by slide where slides are named, or else by blocks.

    Args:
        request: the folder and how to split it.
        images: its images.
        slides: slide of an image, as its table says; empty text where it says none.

    Returns:
        Group of each image.

    Raises:
        SourceError: an image has no slide, subfolder or prefix although that was asked.
    """
    named = {image: slide for image, slide in slides.items() if slide}
    if request.split_by == "prefix":
        return {entry.image: prefix_of(PurePosixPath(entry.image).stem) for entry in images}
    if request.split_by == "subfolder":
        return _take(request, {entry.image: entry.subfolder for entry in images}, "a folder for each slide")
    if request.split_by == "column" or (request.split_by is None and named):
        asked = {entry.image: named.get(entry.image, "") for entry in images}
        return _take(request, asked, "labels.csv with a column slide that names one for each image")
    by_kind: dict[str, list[str]] = defaultdict(list)
    for entry in images:
        by_kind[entry.kind].append(entry.image)
    return {
        image: f"{kind}/{block}" if kind else block
        for kind, names in by_kind.items()
        for image, block in block_by_order(names).items()
    }


def _take(request: SourceRequest, groups: dict[str, str], expected: str) -> dict[str, str]:
    for image, group in groups.items():
        if not group:
            raise SourceError(f"{request.folder / image}: belongs to no slide (expected {expected})")
    return groups


def block_by_number(stem: str) -> str:
    """Name the block of an image from the last number in its name: images 40..59 are block 00002.

    Args:
        stem: file name without ending.

    Returns:
        Five digits.

    Raises:
        SourceError: no number in the name.
    """
    numbers = re.findall(r"\d+", stem)
    if not numbers:
        raise SourceError(f"{stem}: no number in the file name (expected one, to keep neighbours together)")
    return f"{int(numbers[-1]) // BLOCK:05d}"


def block_by_order(names: Sequence[str]) -> dict[str, str]:
    """Put names into blocks of consecutive ones, numbers in names counted as numbers.

    Blocks hold `BLOCK` names, fewer where that would leave fewer than `LEAST_BLOCKS`: a small set too must divide.

    Args:
        names: distinct names.

    Returns:
        Each name's block, five digits.
    """
    ordered = sorted(names, key=_natural)
    size = min(BLOCK, max(1, len(names) // LEAST_BLOCKS))
    return {name: f"{position // size:05d}" for position, name in enumerate(ordered)}


def prefix_of(stem: str) -> str:
    """Take the running number off a file name: slideA_0012 is of slideA.

    Args:
        stem: file name without ending.

    Returns:
        What stands before the last number.

    Raises:
        SourceError: the name is nothing but a number.
    """
    prefix = re.sub(r"[\s_.-]*\d+\D*$", "", stem)
    if not prefix:
        raise SourceError(f"{stem}: no prefix before the number (expected a name such as slideA_0012)")
    return prefix


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name))
