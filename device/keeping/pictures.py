"""The pictures of counted fields, kept so that their cells can be looked at again: as they were read, nothing drawn."""

import hashlib
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from contract.image import encode_jpeg
from device.frame import Frame

FOLDER = "fields"
"""Below the folder of the database; one folder for each day (UTC) in it."""

JPEG_QUALITY = 92
"""Granules are the finest thing that is looked for; at 92 a field of 960x600 takes some 120 kB."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """A field's picture on its way to the disk.

    Attributes:
        path: relative to the database's folder, forward slashes.
        jpeg: what the file will hold.
        sha256: of these bytes.
    """

    path: str
    jpeg: bytes
    sha256: str


def take_picture(frame: Frame) -> Picture:
    """Encode what was read of a frame; takes 2 ms for a megapixel and needs no disk.

    Args:
        frame: with its pixels.

    Returns:
        The picture, to be written by `Pictures`.
    """
    jpeg = encode_jpeg(frame.view, JPEG_QUALITY)
    taken = frame.captured_at.astimezone(UTC)
    name = f"{taken:%Y-%m-%d}/{taken:%Y%m%dT%H%M%S_%fZ}_frame{frame.seq:07d}.jpg"
    return Picture(f"{FOLDER}/{name}", jpeg, hashlib.sha256(jpeg).hexdigest())


class Pictures:
    """Writes, reads and tidies the pictures of fields; any thread may read.

    They help a person to look again and are no record: a record is complete without its picture. So they are not
    forced to the disk one by one, and the oldest go when room is short.

    Args:
        root: folder of the database.
        keep_mb: room they may take, in megabytes; looked at when a day begins.
    """

    def __init__(self, root: Path, keep_mb: int) -> None:
        self._root = root
        self._keep_mb = keep_mb

    def write(self, picture: Picture) -> bool:
        """Write a picture; a file of its name is whole.

        Args:
            picture: from `take_picture`.

        Returns:
            False if the disk refused it, which is logged: the field is recorded without.
        """
        place = self._root / picture.path
        part = place.with_name(f"{place.name}.part")
        try:
            if not place.parent.is_dir():
                place.parent.mkdir(parents=True, exist_ok=True)
                self.tidy()
            part.write_bytes(picture.jpeg)
            part.replace(place)
        except OSError as error:
            log.warning("%s: %s (the field is recorded without its picture)", place, error.strerror)
            with suppress(OSError):
                part.unlink()
            return False
        return True

    def read(self, path: str, sha256: str) -> bytes | None:
        """Read a picture back.

        Args:
            path: as the field's record has it.
            sha256: as the field's record has it.

        Returns:
            The JPEG; None where it was tidied away or is not what was written.
        """
        folder = (self._root / FOLDER).resolve()
        place = (self._root / path).resolve()
        if not place.is_relative_to(folder):
            return None
        try:
            jpeg = place.read_bytes()
        except OSError:
            return None
        return jpeg if hashlib.sha256(jpeg).hexdigest() == sha256 else None

    def tidy(self) -> int:
        """Remove the oldest days until what is left fits; returns how many went. The newest day always stays."""
        days = sorted(path for path in (self._root / FOLDER).glob("*") if path.is_dir())
        sizes = {day: sum(file.stat().st_size for file in day.iterdir()) for day in days}
        removed = 0
        while len(days) > 1 and sum(sizes[day] for day in days) > self._keep_mb * 1_000_000:
            _remove_day(days.pop(0))
            removed += 1
        return removed


def _remove_day(day: Path) -> None:
    for file in day.iterdir():
        with suppress(OSError):
            file.unlink()
    with suppress(OSError):
        day.rmdir()
    log.info("%s: pictures of this day removed to make room", day.name)
