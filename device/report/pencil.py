"""What draws on a page of A4: words, wrapped paragraphs, boxes and rules, in the fonts that come with the program."""

from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

Colour = tuple[int, int, int]

INK, SOFT, FAINT, LIGHT = (17, 17, 17), (85, 85, 85), (221, 221, 221), (228, 228, 228)

_PLAIN, _BOLD = "Leukoscope", "Leukoscope-Bold"
_FONTS = Path(__file__).parent / "fonts"


class Pencil:
    """Draws in points from the lower left corner of an A4 page.

    Args:
        file: takes the PDF.
        title: of the document.
        subject: of the document.
    """

    def __init__(self, file: BinaryIO, title: str, subject: str) -> None:
        _register_fonts()
        self.canvas = Canvas(file, pagesize=A4)
        self.canvas.setTitle(title)
        self.canvas.setSubject(subject)
        self.canvas.setCreator("Leukoscope")

    def write(self, x: float, y: float, text: str, size: float, *, bold: bool = False, colour: Colour = INK) -> None:
        """Write one line that begins at x."""
        self._set_font(size, bold, colour)
        self.canvas.drawString(x, y, text)

    def write_before(
        self, x: float, y: float, text: str, size: float, *, bold: bool = False, colour: Colour = INK
    ) -> None:
        """Write one line that ends at x."""
        self._set_font(size, bold, colour)
        self.canvas.drawRightString(x, y, text)

    def measure(self, text: str, size: float, *, bold: bool = False) -> float:
        """Say how wide a line is."""
        return float(pdfmetrics.stringWidth(text, _BOLD if bold else _PLAIN, size))

    def wrap(
        self, x: float, top: float, wide: float, text: str, size: float, *, bold: bool = False, colour: Colour = INK
    ) -> float:
        """Write a paragraph below a line, and say how high it is."""
        paragraph = _set(text, size, bold, colour)
        _, high = paragraph.wrap(wide, A4[1])
        paragraph.drawOn(self.canvas, x, top - high)
        return float(high)

    def measure_wrapped(self, text: str, wide: float, size: float, *, bold: bool = False) -> float:
        """Say how high a paragraph would be."""
        return float(_set(text, size, bold, INK).wrap(wide, A4[1])[1])

    def fill(self, x: float, y: float, wide: float, high: float, colour: Colour) -> None:
        """Fill a rectangle."""
        self._set_fill(colour)
        self.canvas.rect(x, y, wide, high, stroke=0, fill=1)

    def frame(self, x: float, y: float, wide: float, high: float, *, dashed: bool = False) -> None:
        """Draw a frame with round corners."""
        self.canvas.saveState()
        self.canvas.setLineWidth(1)
        if dashed:
            self.canvas.setDash(4, 3)
        self.canvas.roundRect(x, y, wide, high, 3)
        self.canvas.restoreState()

    def swatch(self, x: float, y: float, side: float, colour: Colour) -> None:
        """Draw a small square of a type's colour; white is seen by its edge."""
        self._set_fill(colour)
        self.canvas.setLineWidth(0.5)
        self.canvas.roundRect(x, y, side, side, 1, stroke=1, fill=1)

    def rule(self, x: float, y: float, wide: float, thick: float, colour: Colour) -> None:
        """Draw a line across."""
        self.fill(x, y - thick / 2, wide, thick, colour)

    def watermark(self, text: str) -> None:
        """Write large and pale across the page."""
        self.canvas.saveState()
        self.canvas.translate(A4[0] / 2, A4[1] * 0.7)
        self.canvas.rotate(22)
        self._set_font(64, True, (236, 236, 236))
        self.canvas.drawCentredString(0, 0, text)
        self.canvas.restoreState()

    def save(self) -> None:
        """Write the file."""
        self.canvas.showPage()
        self.canvas.save()

    def _set_font(self, size: float, bold: bool, colour: Colour) -> None:
        self.canvas.setFont(_BOLD if bold else _PLAIN, size)
        self._set_fill(colour)

    def _set_fill(self, colour: Colour) -> None:
        self.canvas.setFillColorRGB(*(value / 255 for value in colour))


def _set(text: str, size: float, bold: bool, colour: Colour) -> Paragraph:
    style = ParagraphStyle(
        "part",
        fontName=_BOLD if bold else _PLAIN,
        fontSize=size,
        leading=size * 1.28,
        textColor="#{:02x}{:02x}{:02x}".format(*colour),
        splitLongWords=1,
    )
    return Paragraph(escape(text), style)


def _register_fonts() -> None:
    if _PLAIN not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(_PLAIN, str(_FONTS / "DejaVuSans.ttf")))
        pdfmetrics.registerFont(TTFont(_BOLD, str(_FONTS / "DejaVuSans-Bold.ttf")))
