"""What colour each part of a cell takes, and how far that varies from one laboratory to the next.

Colours are optical densities of the coded picture, minus log10 of a part's level over that of empty plasma, in R, G, B.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Tint = NDArray[np.float32]
"""(3,) optical density for R, G, B."""

# Measured: PBC (CellaVision, May-Gruenwald-Giemsa) and Raspberry Pi fields (Wright); the mean of both ends is the demo.
_CLEAN: dict[str, tuple[float, float, float]] = {
    "red_cell": (0.10, 0.15, 0.09),
    "nucleus": (0.58, 0.95, 0.19),
    "platelet": (0.27, 0.50, 0.10),
    "neutral_cytoplasm": (0.07, 0.13, 0.03),
    "neutral_granule": (0.16, 0.30, 0.06),
    "blue_cytoplasm": (0.31, 0.29, 0.05),
    "grey_cytoplasm": (0.17, 0.20, 0.05),
    "eosin_granule": (0.14, 0.37, 0.26),
    "basic_granule": (0.58, 0.97, 0.27),
    "basic_cytoplasm": (0.28, 0.50, 0.11),
}
_BLUISH: dict[str, tuple[float, float, float]] = {
    "red_cell": (0.11, 0.16, 0.18),
    "nucleus": (0.74, 0.68, 0.07),
    "platelet": (0.40, 0.38, 0.05),
    "neutral_cytoplasm": (0.13, 0.15, 0.03),
    "neutral_granule": (0.24, 0.28, 0.05),
    "blue_cytoplasm": (0.42, 0.33, 0.03),
    "grey_cytoplasm": (0.30, 0.27, 0.03),
    "eosin_granule": (0.16, 0.33, 0.23),
    "basic_granule": (0.72, 0.72, 0.10),
    "basic_cytoplasm": (0.40, 0.42, 0.06),
}
_AZURE = frozenset({"nucleus", "platelet", "blue_cytoplasm", "grey_cytoplasm", "basic_granule", "basic_cytoplasm"})


@dataclass(frozen=True, slots=True)
class Stain:
    """Densities of one stained slide; each is (3,) float32.

    Attributes:
        red_cell: a red cell at full thickness.
        nucleus: chromatin of middle density.
        platelet: its granular middle.
        neutral_cytoplasm, neutral_granule: neutrophil.
        blue_cytoplasm: lymphocyte.
        grey_cytoplasm: monocyte.
        eosin_granule: eosinophil.
        basic_granule, basic_cytoplasm: basophil.
    """

    red_cell: Tint
    nucleus: Tint
    platelet: Tint
    neutral_cytoplasm: Tint
    neutral_granule: Tint
    blue_cytoplasm: Tint
    grey_cytoplasm: Tint
    eosin_granule: Tint
    basic_granule: Tint
    basic_cytoplasm: Tint


def mix_stain(bluishness: float, strength: float = 1.0) -> Stain:
    """Mix a stain between the two laboratories that were measured.

    Args:
        bluishness: 0 clean violet and tan (PBC) to 1 bluish (Raspberry Pi fields); a little beyond is allowed.
        strength: factor on every density, > 0.

    Returns:
        The stain.
    """
    return Stain(**{part: _mix(part, bluishness) * np.float32(strength) for part in _CLEAN})


def vary_stain(rng: np.random.Generator, bluishness: float) -> Stain:
    """Draw the stain of an unknown laboratory: other dyes, other times in the bath, another eosin to azure balance.

    Args:
        rng: random numbers.
        bluishness: as in `mix_stain`; what dyes and camera make of it together.

    Returns:
        The stain.
    """
    strength, azure, eosin = np.exp(rng.normal(0, (0.10, 0.14, 0.18)))
    hue = np.exp(rng.normal(0, 0.05, 3)).astype(np.float32)
    parts = {}
    for part in _CLEAN:
        own = np.exp(rng.normal(0, 0.05, 3)).astype(np.float32)
        parts[part] = _mix(part, bluishness) * np.float32(strength * (azure if part in _AZURE else eosin)) * hue * own
    return Stain(**parts)


def _mix(part: str, bluishness: float) -> Tint:
    clean, bluish = np.array(_CLEAN[part]), np.array(_BLUISH[part])
    return np.asarray(np.maximum(clean + (bluish - clean) * bluishness, 0), np.float32)
