"""What a person sees of a stored cell: a piece of its field's kept picture, all cells at one scale."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, select

from contract.image import ImageError, decode_rgb, encode_jpeg
from contract.tables import cell, field
from device.keeping.pictures import Pictures

Image = NDArray[np.uint8]

JPEG_QUALITY = 90
KEPT_FIELDS = 4
"""Decoded fields that are kept: the cells of a field are asked for one after the other."""

BEYOND = (40, 40, 40)
"""Grey of what lies outside the field: neutral, and darker than any plasma."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell is to be seen.

    Attributes:
        box: x0, y0, x1, y1 in pixels of the field.
        um_per_px: of the field.
        path, sha256: of the field's picture; None: none was kept.
    """

    box: tuple[int, int, int, int]
    um_per_px: float
    path: str | None
    sha256: str | None


def find_place(engine: Engine, cell_id: str) -> Place | None:
    """Find where a stored cell is to be seen; None where there is none of that id."""
    box = (cell.c.x0, cell.c.y0, cell.c.x1, cell.c.y1)
    picture = (field.c.um_per_px, field.c.picture_path, field.c.picture_sha256)
    query = (
        select(*box, *picture).select_from(cell.join(field, cell.c.field_id == field.c.id)).where(cell.c.id == cell_id)
    )
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Place((row.x0, row.y0, row.x1, row.y1), *row[4:])


class Crops:
    """Cuts cells out of the pictures of their fields; any thread may ask, one is served at a time.

    One at a time, so that a gallery that asks for hundreds takes at most one core from the live loop.

    Args:
        pictures: of the fields.
    """

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._lock = threading.Lock()
        self._decoded: OrderedDict[str, Image] = OrderedDict()

    def cut(self, place: Place, margin_px: int, span_um: float, side_px: int) -> bytes | None:
        """Cut a cell out, in the middle of a square.

        Args:
            place: where it is.
            margin_px: pixels of the field left around its box at least.
            span_um: least side of the square; so cells of a gallery have one scale, but for giant ones.
            side_px: side of the picture that is made.

        Returns:
            A JPEG; None where the field's picture is no longer kept.
        """
        with self._lock:
            image = self._decode(place)
            if image is None:
                return None
            x0, y0, x1, y1 = place.box
            span_px = max(span_um / place.um_per_px, max(x1 - x0, y1 - y0) + 2 * margin_px)
            square = _cut_square(image, ((x0 + x1) / 2, (y0 + y1) / 2), min(round(span_px), max(image.shape[:2])))
            scaling = cv2.INTER_AREA if square.shape[0] > side_px else cv2.INTER_CUBIC
            sized = np.asarray(cv2.resize(square, (side_px, side_px), interpolation=scaling), np.uint8)
            return encode_jpeg(sized, JPEG_QUALITY)

    def _decode(self, place: Place) -> Image | None:
        if place.path is None or place.sha256 is None:
            return None
        known = self._decoded.get(place.path)
        if known is not None:
            self._decoded.move_to_end(place.path)
            return known
        jpeg = self._pictures.read(place.path, place.sha256)
        if jpeg is None:
            return None
        try:
            image = decode_rgb(jpeg, place.path)
        except ImageError:
            return None
        self._decoded[place.path] = image
        while len(self._decoded) > KEPT_FIELDS:
            self._decoded.popitem(last=False)
        return image


def _cut_square(image: Image, centre: tuple[float, float], side: int) -> Image:
    """Cut a square, filled with `BEYOND` where it leaves the field."""
    height, width = image.shape[:2]
    left, top = (round(middle - side / 2) for middle in centre)
    square = np.full((side, side, 3), BEYOND, np.uint8)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
    if x0 < x1 and y0 < y1:
        square[y0 - top : y1 - top, x0 - left : x1 - left] = image[y0:y1, x0:x1]
    return square
