"""Which colour and which short name a cell type carries, the same on the picture, the page and the count."""

from collections.abc import Sequence
from dataclasses import dataclass

from contract.cell_types import APART, ARTEFACT, DIFFERENTIAL_ORDER, SCREENING_ORDER, SMUDGE, UNIDENTIFIED

# Okabe and Ito's colours, which people with the common colour blindnesses tell apart; yellow is left out, for it
# vanishes on bright plasma. Source: Okabe and Ito 2008, Color Universal Design.
BLUE, GREEN, ORANGE = (0, 114, 178), (0, 158, 115), (230, 159, 0)
VERMILION, PURPLE, SKY = (213, 94, 0), (204, 121, 167), (86, 180, 233)
WHITE = (255, 255, 255)
BLACK = (0, 0, 0)

COLOURS = (BLUE, GREEN, ORANGE, VERMILION, PURPLE, SKY)

SHORT_NAMES = {
    "neutrophil": "NEU",
    "lymphocyte": "LYM",
    "monocyte": "MON",
    "eosinophil": "EOS",
    "basophil": "BAS",
    "benign": "BEN",
    "early_pre_b": "EPB",
    "pre_b": "PRB",
    "pro_b": "PRO",
    UNIDENTIFIED: "?",
    SMUDGE: "SMU",
    ARTEFACT: "ART",
}
"""Abbreviations where laboratories have one; other types are cut to three letters."""


@dataclass(frozen=True, slots=True)
class TypeStyle:
    """How one cell type is shown; colour never stands alone, a name is always beside it.

    Attributes:
        name: in words for people.
        short: at most three letters.
        rgb: 0..255.
        ink: black or white, whichever is read better on the colour.
    """

    name: str
    short: str
    rgb: tuple[int, int, int]
    ink: tuple[int, int, int]

    @property
    def hex(self) -> str:
        """The colour as CSS writes it, `#rrggbb`."""
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


def style_of(cell_type: str, classes: Sequence[str] = ()) -> TypeStyle:
    """Choose how a cell type is shown.

    Args:
        cell_type: a class of the bundle, `UNIDENTIFIED` or one of `APART`.
        classes: of the bundle; gives types that this project does not know their own colour by position.

    Returns:
        The same style for the same type, always.
    """
    rgb = WHITE if cell_type in (UNIDENTIFIED, *APART) else COLOURS[_position(cell_type, classes) % len(COLOURS)]
    short = SHORT_NAMES.get(cell_type, cell_type[:3].upper())
    return TypeStyle(cell_type.replace("_", " "), short, rgb, _choose_ink(rgb))


def _position(cell_type: str, classes: Sequence[str]) -> int:
    for order in (DIFFERENTIAL_ORDER, SCREENING_ORDER, classes):
        if cell_type in order:
            return list(order).index(cell_type)
    return len(COLOURS) - 1


def _choose_ink(rgb: tuple[int, int, int]) -> tuple[int, int, int]:
    # Relative luminance at which black and white have the same contrast is 0.179. Source: WCAG 2.2, contrast ratio.
    red, green, blue = (_to_linear(value / 255) for value in rgb)
    return BLACK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else WHITE


def _to_linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
