"""The JSON that the API gives of one cell: where it lies, what it is called, and what speaks for that."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from contract.cell import Cell
from contract.evidence import describe_evidence
from device.preclassification import Mark

Probability = Annotated[float, Field(ge=0, le=1)]
Point = tuple[int, int]


class _Answer(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False, from_attributes=True)


class ShapeFacts(_Answer):
    """The form of one cell, measured on its mask; see `contract.morphology.Shape`."""

    diameter_um: float
    circularity: Probability
    solidity: Probability
    eccentricity: Probability
    nucleus_diameter_um: float
    nucleus_solidity: Probability
    nucleus_lobes: int


class AttributeFacts(_Answer):
    """The likeliest value of one attribute, as the network says; learned elsewhere, see `attributes_note`."""

    value: str
    probability: Probability


class MarkFacts(_Answer):
    """Which cell of the slide it is: its number there, looks at it, whether it is in the count and under which id."""

    identity: int
    looks: int
    in_count: bool
    cell_id: str


class CellFacts(_Answer):
    """One white cell of a frame; boxes half-open, everything in field pixels."""

    box: tuple[int, int, int, int]
    contour: tuple[Point, ...]
    nucleus_contours: tuple[tuple[Point, ...], ...]
    cell_type: str
    confidence: Probability
    probabilities: dict[str, Probability]
    candidates: tuple[str, ...]
    nucleus_fraction: Probability
    area_um2: float
    touches_border: bool
    shape: ShapeFacts
    attributes: dict[str, AttributeFacts]
    evidence: str
    mark: MarkFacts | None = None

    @classmethod
    def tell(cls, cell: Cell, mark: Mark | None = None) -> Self:
        """Give what is known of a cell, its evidence in words too, and which of the slide's cells it is."""
        known = {name: getattr(cell, name) for name in cls.model_fields if name not in {"evidence", "mark"}}
        return cls.model_validate(known | {"evidence": describe_evidence(cell), "mark": mark})
