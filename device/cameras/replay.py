"""A camera that shows what was saved before: a folder of images, one image, or a video file."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from contract.image import IMAGE_SUFFIXES
from device.cameras.description import Description, read_description
from device.cameras.pacing import Pace
from device.cameras.saved_pictures import KeptRound, Picture, can_read, list_images, read_images, read_video
from device.cameras.source import Shot, SourceError


class ReplaySource:
    """Replays pictures in the order of their names, or a video in its own order.

    Every picture is given once a round, however long the receiver takes: a replay waits, it never leaves one out. One
    that cannot be read is skipped, logged and counted in the next shot; if none can be read, that is refused. A small
    loop reads its files once only: who changes them starts the replay again.

    Args:
        path: a folder (searched with all folders below it), an image file or a video file.
        fps: pictures a second at most; None: flat out, as fast as they are taken.
        loop: start again after the last picture.
    """

    def __init__(self, path: Path, fps: float | None, loop: bool) -> None:
        self._path = path
        self._fps = fps or 0.0
        self._loop = loop
        self._described = Description(None, False)
        self._read_round: Callable[[], Iterator[Picture]] | None = None
        self._closed = threading.Event()
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
        self._closed.clear()
        self._described = read_description(self._path)
        if self._path.is_dir():
            self._open_images(list_images(self._path))
        elif self._path.suffix.lower() in IMAGE_SUFFIXES and self._path.is_file():
            self._open_images((self._path,))
        elif self._path.is_file():
            self._open_video()
        else:
            raise SourceError(f"{self._path}: not found (expected a folder of images, an image or a video file)")
        return self

    def __exit__(self, *exc: object) -> None:
        """End the replay."""
        self._closed.set()

    def shots(self) -> Iterator[Shot]:
        """Yield the pictures, paced; without a loop it ends after the last.

        Raises:
            SourceError: in a whole round nothing could be read any more.
        """
        read_round = self._read_round
        if read_round is None:
            return
        pace = Pace(self._fps)
        while not self._closed.is_set():
            given = skipped = 0
            kept = KeptRound() if self._loop else None
            for picture in read_round():
                if kept is not None:
                    picture = kept.add(picture)
                if picture.image is None:
                    skipped += 1
                    continue
                if self._closed.wait(pace.rest_s()):
                    return
                pace.take()
                yield self._make_shot(picture, picture.image, skipped)
                given, skipped = given + 1, 0
            if not given:
                raise SourceError(f"{self._path}: nothing can be read any more (expected the pictures of the start)")
            if kept is None:
                return
            read_round = kept.replay or read_round

    def _make_shot(self, picture: Picture, image: NDArray[np.uint8], skipped: int) -> Shot:
        return Shot(
            image=image,
            captured_at=datetime.now(UTC),
            um_per_px=self._described.um_per_px,
            name=picture.name,
            simulated=self._described.simulated,
            at_rest=self._at_rest,
            skipped=skipped,
            fingerprint=picture.fingerprint,
        )

    def _open_images(self, paths: tuple[Path, ...]) -> None:
        if not any(can_read(path) for path in paths):
            raise SourceError(f"{self._path}: no image of {len(paths)} can be read (expected JPEG, PNG, TIFF or BMP)")
        self._at_rest = True
        self._read_round = lambda: read_images(paths, self._path)

    def _open_video(self) -> None:
        if next(read_video(self._path), None) is None:
            raise SourceError(f"{self._path}: not a video (expected AVI, MP4 or MKV, or a folder of images)")
        self._at_rest = False
        self._read_round = lambda: read_video(self._path)
