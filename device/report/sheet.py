"""One A4 page that is filled from the top: facts, tables, frames, pictures, two columns, a foot."""

import io
from collections.abc import Sequence
from typing import BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader

from device.report.pencil import FAINT, INK, LIGHT, SOFT, Colour, Pencil

MARGIN = 36.0
WIDTH = A4[0] - 2 * MARGIN
FOOT = 40.0
"""Points at the bottom that the foot needs."""

_GAP = 16.0
_COLUMNS = 4

Part = tuple[str, bool]
"""A paragraph, and whether it is bold."""

Picture = tuple[bytes | None, Colour, str, str]
"""A JPEG (None: gone), the colour and the name of its type, and a line below."""


class Sheet:
    """A page of A4; across, points are counted from its left margin.

    Args:
        file: takes the PDF.
        title: of the document.
        subject: of the document.
    """

    def __init__(self, file: BinaryIO, title: str, subject: str) -> None:
        self._pencil = Pencil(file, title, subject)
        self._y = A4[1] - 34.0

    def watermark(self, text: str) -> None:
        """Write large and pale across the page; what follows lies over it."""
        self._pencil.watermark(text)

    def head(self, title: str, notice: str, marks: Sequence[str]) -> None:
        """Write the head: title, notice, and what must not be overlooked in frames at the right."""
        self._pencil.write(MARGIN, self._y - 12, title, 15, bold=True)
        self._pencil.write(MARGIN, self._y - 24, notice, 8, bold=True)
        right = MARGIN + WIDTH
        for mark in marks:
            wide = self._pencil.measure(mark, 9, bold=True) + 14
            self._pencil.frame(right - wide, self._y - 15, wide, 17)
            self._pencil.write(right - wide + 7, self._y - 10, mark, 9, bold=True)
            right -= wide + 7
        self._y -= 31
        self._pencil.rule(MARGIN, self._y, WIDTH, 1.5, INK)
        self._y -= 6

    def facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Write facts in four columns, label over value, row by row; the last one takes the room that is left."""
        narrow = (WIDTH - (_COLUMNS - 1) * _GAP) / _COLUMNS
        for start in range(0, len(facts), _COLUMNS):
            heights = []
            for at, (label, value) in enumerate(facts[start : start + _COLUMNS]):
                left = at * (narrow + _GAP)
                wide = WIDTH - left if start + at == len(facts) - 1 else narrow
                high = self._pencil.wrap(MARGIN + left, self._y, wide, label, 6.5, colour=SOFT)
                size = 8.0 if start + at else 11.0
                heights.append(
                    high + self._pencil.wrap(MARGIN + left, self._y - high, wide, value or "–", size, bold=size > 8)
                )
            self._y -= max(heights) + 3
        self._y -= 2

    def write(self, text: str, *, size: float, bold: bool = False, colour: Colour = INK, after: float = 0) -> None:
        """Write a paragraph over the whole width."""
        self._y -= self._pencil.wrap(MARGIN, self._y, WIDTH, text, size, bold=bold, colour=colour) + after

    def space(self, points: float) -> None:
        """Leave room."""
        self._y -= points

    def row(self, height: float, line: Colour = FAINT) -> None:
        """Begin a row of a table; a thin line lies below it."""
        self._y -= height
        self._pencil.rule(MARGIN, self._y, WIDTH, 0.5, line)

    def cell(self, left: float, text: str, size: float = 8, *, bold: bool = False, colour: Colour = INK) -> None:
        """Write into the row, from a place on."""
        self._pencil.write(MARGIN + left, self._y + 3.5, text, size, bold=bold, colour=colour)

    def number(self, right: float, text: str, size: float = 8, *, bold: bool = False, colour: Colour = INK) -> None:
        """Write into the row, up to a place."""
        self._pencil.write_before(MARGIN + right, self._y + 3.5, text, size, bold=bold, colour=colour)

    def swatch(self, rgb: Colour) -> None:
        """Draw a type's colour at the beginning of the row."""
        self._pencil.swatch(MARGIN, self._y + 3, 7, rgb)

    def bar(
        self,
        left: float,
        right: float,
        rgb: Colour,
        usual: tuple[float, float] | None,
        interval: tuple[float, float] | None,
        point: float | None,
    ) -> None:
        """Draw percentages from 0 to 100 into the row: range, interval and share."""
        x, y, one = MARGIN + left, self._y, (right - left) / 100
        if usual:
            self._pencil.fill(x + usual[0] * one, y + 2, max(0.6, (usual[1] - usual[0]) * one), 10, LIGHT)
        self._pencil.fill(x, y + 6.7, right - left, 0.6, (190, 190, 190))
        if interval:
            self._pencil.fill(x + interval[0] * one, y + 4.5, max(0.6, (interval[1] - interval[0]) * one), 5, rgb)
        if point is not None:
            self._pencil.fill(x + point * one - 0.5, y + 2, 1, 10, INK)

    def box(self, title: str, parts: Sequence[Part], *, dashed: bool) -> None:
        """Write paragraphs into a frame."""
        top, left, wide = self._y, MARGIN + 7, WIDTH - 14
        self._y -= 4
        self._y -= self._pencil.wrap(left, self._y, wide, title, 8.5, bold=True) + 1
        for text, bold in parts:
            self._y -= self._pencil.wrap(left, self._y, wide, text, 7.5, bold=bold)
        self._y -= 4
        self._pencil.frame(MARGIN, self._y, WIDTH, top - self._y, dashed=dashed)
        self._y -= 6

    def pictures(self, row: Sequence[Picture], places: int, missing: str) -> None:
        """Draw a row of square pictures, each with a colour, a name and a line below."""
        side = (WIDTH - (places - 1) * 6) / places
        y = self._y - side
        for at, (jpeg, rgb, name, told) in enumerate(row):
            x = MARGIN + at * (side + 6)
            if jpeg is None:
                self._pencil.fill(x, y, side, side, (243, 243, 243))
                self._pencil.wrap(x + 4, y + side / 2 + 8, side - 8, missing, 6.5, colour=SOFT)
            else:
                self._pencil.canvas.drawImage(ImageReader(io.BytesIO(jpeg)), x, y, side, side)
            self._pencil.swatch(x, y - 8.5, 5.5, rgb)
            self._pencil.write(x + 8, y - 8, name, 6.5)
            self._pencil.write(x, y - 15.5, told, 6, colour=SOFT)
        self._y = y - 21

    def columns(self, left: Sequence[Part], right: Sequence[Part], cut: str) -> None:
        """Write two columns down to the foot; what finds no room there is cut with a word."""
        narrow = (WIDTH - _GAP) * 0.4
        for parts, x, wide in ((left, MARGIN, narrow), (right, MARGIN + narrow + _GAP, WIDTH - _GAP - narrow)):
            y = self._y
            for text, bold in parts:
                size = 8.0 if bold else 6.8
                if y - self._pencil.measure_wrapped(text, wide, size, bold=bold) < FOOT + 12:
                    self._pencil.wrap(x, y, wide, cut, 6.8)
                    break
                y -= self._pencil.wrap(x, y, wide, text, size, bold=bold) + (0 if bold else 2)

    def foot(self, notice: str, made: str) -> None:
        """Write the foot."""
        self._pencil.rule(MARGIN, FOOT, WIDTH, 0.7, INK)
        self._pencil.write(MARGIN, FOOT - 10, notice, 7, bold=True)
        self._pencil.write_before(MARGIN + WIDTH, FOOT - 10, made, 6.5, colour=SOFT)

    def save(self) -> None:
        """Write the file."""
        self._pencil.save()
