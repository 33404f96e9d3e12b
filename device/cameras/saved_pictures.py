"""How saved pictures are read, and kept where they are few."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.image import IMAGE_SUFFIXES, ImageError, read_rgb
from device.cameras.description import DESCRIPTION
from device.cameras.source import SourceError
from device.frame import Fingerprint

KEPT_BYTES = 64 * 2**20
"""A round of pictures that together are no larger is kept decoded: a core is not spent on the same files for ever."""

log = logging.getLogger(__name__)


class Picture(NamedTuple):
    """Pixels and a name; no pixels where the file could not be read. One that is kept keeps its fingerprint too."""

    image: NDArray[np.uint8] | None
    name: str
    fingerprint: Fingerprint | None = None


class KeptRound:
    """The pictures of one round, as long as they are few and all could be read."""

    def __init__(self) -> None:
        self._pictures: list[Picture] = []
        self._bytes = 0

    def add(self, picture: Picture) -> Picture:
        """Take the next picture of the round; after one that could not be read nothing is kept.

        Returns:
            The picture, with a fingerprint that is taken once where it is kept.
        """
        self._bytes += KEPT_BYTES + 1 if picture.image is None else picture.image.nbytes
        if picture.image is None or self._bytes > KEPT_BYTES:
            self._pictures.clear()
            return picture
        kept = picture if picture.fingerprint else picture._replace(fingerprint=Fingerprint(picture.image))
        self._pictures.append(kept)
        return kept

    @property
    def replay(self) -> Callable[[], Iterator[Picture]] | None:
        """Gives them again; None: they were too many, or some are missing."""
        return (lambda: iter(self._pictures)) if self._pictures else None


def list_images(folder: Path) -> tuple[Path, ...]:
    """List the images below a folder in the order of their names.

    Raises:
        SourceError: there is none.
    """
    # A data set keeps its masks beside its images; only the latter are pictures of blood.
    top = folder / "images" if (folder / DESCRIPTION).is_file() and (folder / "images").is_dir() else folder
    paths = sorted(path for path in top.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file())
    if not paths:
        suffixes = ", ".join(sorted(IMAGE_SUFFIXES))
        raise SourceError(f"{folder}: no image in this folder (expected files ending in {suffixes})")
    return tuple(paths)


def can_read(path: Path) -> bool:
    """Tell whether a file is an image that can be decoded."""
    try:
        read_rgb(path)
    except ImageError:
        return False
    return True


def read_images(paths: tuple[Path, ...], root: Path) -> Iterator[Picture]:
    """Read images one after the other; names are relative to the root."""
    for path in paths:
        name = str(path.relative_to(root)) if path != root else path.name
        try:
            image = read_rgb(path)
        except ImageError as error:
            log.warning("skipped: %s", error)
            yield Picture(None, name)
            continue
        image.setflags(write=False)
        yield Picture(image, name)


def read_video(path: Path) -> Iterator[Picture]:
    """Read a video frame by frame; nothing where the file is no video."""
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        number = 0
        # The answer of read(), not isOpened(), tells whether there is a picture: the latter stays true after failures.
        while (bgr := video.read()[1]) is not None:
            number += 1
            image = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
            image.setflags(write=False)
            yield Picture(image, f"{path.name}#{number}")
    finally:
        video.release()
