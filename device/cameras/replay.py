"""A camera that shows what was saved before: a folder of images, one image, or a video file."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.image import IMAGE_SUFFIXES, ImageError, read_rgb
from device.cameras.description import DESCRIPTION, Description, read_description
from device.cameras.source import Shot, SourceError

log = logging.getLogger(__name__)

Picture = tuple[NDArray[np.uint8] | None, str]
"""Pixels and a name; no pixels where the file could not be read."""


class ReplaySource:
    """Replays pictures in the order of their names, or a video in its own order.

    Every picture is given once a round, however long the receiver takes: a replay waits, it never leaves one out. One
    that cannot be read is skipped, logged and counted in the next shot; if none can be read, that is refused.

    Args:
        path: a folder (searched with all folders below it), an image file or a video file.
        fps: pictures a second at most; None: as fast as they are taken.
        loop: start again after the last picture.
    """

    def __init__(self, path: Path, fps: float | None, loop: bool) -> None:
        self._path = path
        self._interval_s = 1 / fps if fps else 0.0
        self._loop = loop
        self._described = Description(None, False)
        self._read_round: Callable[[], Iterator[Picture]] | None = None
        self._at_rest = True

    @property
    def name(self) -> str:
        """``replay:`` and the path."""
        return f"replay:{self._path}"

    @property
    def simulated(self) -> bool:
        """True if the folder's description says that the pictures are drawn."""
        return self._described.simulated

    @property
    def trouble(self) -> str | None:
        """None: what cannot be read is skipped."""
        return None

    def __enter__(self) -> Self:
        """Find the pictures and read the first that can be read.

        Raises:
            SourceError: there is no such file, no picture in the folder, none that can be read, or a bad description.
        """
        self._described = read_description(self._path)
        if self._path.is_dir():
            self._open_images(_list_images(self._path))
        elif self._path.suffix.lower() in IMAGE_SUFFIXES and self._path.is_file():
            self._open_images((self._path,))
        elif self._path.is_file():
            self._open_video()
        else:
            raise SourceError(f"{self._path}: not found (expected a folder of images, an image or a video file)")
        return self

    def __exit__(self, *exc: object) -> None:
        """End the replay."""
        self._read_round = None

    def shots(self) -> Iterator[Shot]:
        """Yield the pictures, paced; without a loop it ends after the last.

        Raises:
            SourceError: in a whole round nothing could be read any more.
        """
        due_s = time.monotonic()
        while self._read_round is not None:
            given = skipped = 0
            for image, name in self._read_round():
                if image is None:
                    skipped += 1
                    continue
                time.sleep(max(0.0, due_s - time.monotonic()))
                due_s = max(due_s, time.monotonic() - self._interval_s) + self._interval_s
                yield self._make_shot(image, name, skipped)
                given, skipped = given + 1, 0
            if not given:
                raise SourceError(f"{self._path}: nothing can be read any more (expected the pictures of the start)")
            if not self._loop:
                return

    def _make_shot(self, image: NDArray[np.uint8], name: str, skipped: int) -> Shot:
        return Shot(
            image=image,
            captured_at=datetime.now(UTC),
            um_per_px=self._described.um_per_px,
            name=name,
            simulated=self._described.simulated,
            at_rest=self._at_rest,
            skipped=skipped,
        )

    def _open_images(self, paths: tuple[Path, ...]) -> None:
        if not any(_can_read(path) for path in paths):
            raise SourceError(f"{self._path}: no image of {len(paths)} can be read (expected JPEG, PNG, TIFF or BMP)")
        self._at_rest = True
        self._read_round = lambda: _read_images(paths, self._path)

    def _open_video(self) -> None:
        if next(_read_video(self._path), None) is None:
            raise SourceError(f"{self._path}: not a video (expected AVI, MP4 or MKV, or a folder of images)")
        self._at_rest = False
        self._read_round = lambda: _read_video(self._path)


def _list_images(folder: Path) -> tuple[Path, ...]:
    # A data set keeps its masks beside its images; only the latter are pictures of blood.
    top = folder / "images" if (folder / DESCRIPTION).is_file() and (folder / "images").is_dir() else folder
    paths = sorted(path for path in top.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file())
    if not paths:
        suffixes = ", ".join(sorted(IMAGE_SUFFIXES))
        raise SourceError(f"{folder}: no image in this folder (expected files ending in {suffixes})")
    return tuple(paths)


def _can_read(path: Path) -> bool:
    try:
        read_rgb(path)
    except ImageError:
        return False
    return True


def _read_images(paths: tuple[Path, ...], root: Path) -> Iterator[Picture]:
    for path in paths:
        name = str(path.relative_to(root)) if path != root else path.name
        try:
            image = read_rgb(path)
        except ImageError as error:
            log.warning("skipped: %s", error)
            yield None, name
            continue
        image.setflags(write=False)
        yield image, name


def _read_video(path: Path) -> Iterator[Picture]:
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        number = 0
        # The answer of read(), not isOpened(), tells whether there is a picture: the latter stays true after failures.
        while (bgr := video.read()[1]) is not None:
            number += 1
            image = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
            image.setflags(write=False)
            yield image, f"{path.name}#{number}"
    finally:
        video.release()
