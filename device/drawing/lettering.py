"""How words are set on a picture: readable at its size, inside its edges, not on top of each other."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]

FONT = cv2.FONT_HERSHEY_SIMPLEX
FONT_SCALE = 0.5
"""Letters of 10 to 14 px on a picture of 600 lines: readable from a chair."""

REFERENCE_PX = 600


class Lettering:
    """Writes on one picture.

    Args:
        canvas: (H, W, 3) uint8 RGB, written to.
    """

    def __init__(self, canvas: NDArray[np.uint8]) -> None:
        self._canvas = canvas
        self._height, self._width = canvas.shape[:2]
        size = min(max(min(self._height, self._width) / REFERENCE_PX, 0.6), 3.0)
        self._scale = FONT_SCALE * size
        self._margin = max(2, round(4 * size))
        self.line = max(1, round(2 * size))

    def write_band(self, text: str) -> Box:
        """Write a line on a darkened band along the foot, smaller where the picture is narrow.

        Args:
            text: ASCII.

        Returns:
            Box taken, x0, y0, x1, y1 half-open.
        """
        scale = self._scale
        while scale > 0.2 and self._measure(text, scale)[0] > self._width - 2 * self._margin:
            scale -= 0.02
        _, height, below = self._measure(text, scale)
        top = max(0, self._height - height - below - 2 * self._margin)
        band = self._canvas[top:]
        np.floor_divide(band, 4, out=band)
        self._put(text, (self._margin, self._height - below - self._margin), (255, 255, 255), scale)
        return 0, top, self._width, self._height

    def write_tag(self, text: str, side: str, paper: Colour, ink: Colour) -> Box:
        """Write a tag into an upper corner.

        Args:
            text: ASCII.
            side: `left` or `right`.
            paper: colour behind the letters.
            ink: colour of the letters.

        Returns:
            Box taken.
        """
        width, _ = self._size_of_tag(text)
        return self.write(text, (self._width - width if side == "right" else 0, 0), paper, ink)

    def find_place(self, text: str, box: Box, taken: Sequence[Box]) -> tuple[int, int]:
        """Find room for a label near what it names.

        Args:
            text: of the label.
            box: what is named.
            taken: boxes not to be written on, if it can be helped.

        Returns:
            x, y of the label's upper left corner: above, below, right or left of the box, inside the picture.
        """
        width, height = self._size_of_tag(text)
        x0, y0, x1, y1 = box
        places = ((x0, y0 - height - 2), (x0, y1 + 2), (x1 + 2, y0), (x0 - width - 2, y0), (x0, y0))
        inside = [(self._clamp(x, self._width - width), self._clamp(y, self._height - height)) for x, y in places]
        for x, y in inside:
            if not any(_overlap((x, y, x + width, y + height), other) for other in taken):
                return x, y
        return inside[0]

    def write(self, text: str, place: tuple[int, int], paper: Colour, ink: Colour) -> Box:
        """Write a label on a ground of its own.

        Args:
            text: ASCII.
            place: x, y of the upper left corner.
            paper: colour of the ground.
            ink: colour of the letters.

        Returns:
            Box taken.
        """
        (x, y), (width, height) = place, self._size_of_tag(text)
        below = self._measure(text, self._scale)[2]
        cv2.rectangle(self._canvas, (x, y), (x + width - 1, y + height - 1), paper, cv2.FILLED)
        self._put(text, (x + self._margin, y + height - below - self._margin // 2), ink, self._scale)
        return x, y, x + width, y + height

    def _size_of_tag(self, text: str) -> tuple[int, int]:
        width, height, below = self._measure(text, self._scale)
        return width + 2 * self._margin, height + below + 2 * (self._margin // 2) + 1

    def _measure(self, text: str, scale: float) -> tuple[int, int, int]:
        (width, height), below = cv2.getTextSize(text, FONT, scale, 1)
        return width, height, below

    def _put(self, text: str, place: tuple[int, int], ink: Colour, scale: float) -> None:
        cv2.putText(self._canvas, text, place, FONT, scale, ink, 1, cv2.LINE_AA)

    @staticmethod
    def _clamp(value: int, largest: int) -> int:
        return max(0, min(value, largest))


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
