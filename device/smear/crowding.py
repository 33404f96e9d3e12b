"""How densely a slide is populated, and with which white cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from contract.cell_types import DIFFERENTIAL_ORDER

DEMO_MIX: Mapping[str, float] = MappingProxyType(
    {"neutrophil": 0.57, "lymphocyte": 0.28, "monocyte": 0.075, "eosinophil": 0.05, "basophil": 0.025}
)
"""Fractions as in health; they need not sum to 1."""
BALANCED_MIX: Mapping[str, float] = MappingProxyType(dict.fromkeys(DIFFERENTIAL_ORDER, 0.2))
"""Every type equally often, for training."""


@dataclass(frozen=True, slots=True)
class Crowding:
    """How many cells of what kind lie on a slide.

    In life a field of 144 x 90 um holds one white cell at best; the default shows about 5 in every field, so that a
    demo has something to say.

    Attributes:
        white_per_mm2: white cells thrown; a few are lost where two would overlap.
        touching: fraction of white cells that come with a partner at their side, 0..1.
        red_spacing_um: mean distance of neighbouring red cells.
        red_gaps: fraction of places left empty, 0..1.
        clumping_um: how far red cells are drawn together.
        platelets_per_mm2: platelets.
        smudge: fraction of white cells that were crushed, 0..1; they carry `SMUDGE` in place of a type.
        mix: relative frequency of each white cell type.
    """

    white_per_mm2: float = 400.0
    touching: float = 0.05
    red_spacing_um: float = 9.0
    red_gaps: float = 0.15
    clumping_um: float = 1.5
    platelets_per_mm2: float = 700.0
    smudge: float = 0.0
    mix: Mapping[str, float] = field(default_factory=lambda: DEMO_MIX)
