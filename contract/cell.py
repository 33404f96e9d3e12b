"""What is known of one white cell, and of a field as a whole."""

from dataclasses import dataclass

from contract.attributes import AttributeReading
from contract.cell_types import SMUDGE
from contract.later import Later
from contract.morphology import Shape

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Details:
    """What is drawn and told of one white cell, and not needed to name and count it.

    Attributes:
        contour: outline of the whole cell, (x, y) field pixels.
        nucleus_contours: outlines of the nucleus, one for each separate lobe.
        shape: its form and that of its nucleus, measured on the mask.
        attributes: what the attribute head says, by group; empty where the model has none.
    """

    contour: tuple[Point, ...]
    nucleus_contours: tuple[tuple[Point, ...], ...]
    shape: Shape
    attributes: dict[str, AttributeReading]


@dataclass(frozen=True, slots=True)
class Cell:
    """One white cell in a field, as the bundle reads it.

    Attributes:
        box: x0, y0, x1, y1 half-open, in field pixels.
        cell_type: a class of the bundle, `UNIDENTIFIED`, or `SMUDGE`.
        confidence: calibrated probability of the likeliest class, 0..1, also where the cell is unidentified.
        probabilities: calibrated probability for every class of the bundle.
        candidates: conformal set, likeliest first; never empty.
        nucleus_fraction: nucleus area / whole-cell area, 0..1.
        area_um2: area of the whole cell in square micrometres.
        touches_border: the cell is cut by the edge of the field.
        outside: how strange the cell is beside those trained on; the higher, the stranger.
        features: (F,) mean of the model's features over the cell, for on-site heads.
        details: worked out when they are looked at: that takes twice as long as all the rest.
    """

    box: tuple[int, int, int, int]
    cell_type: str
    confidence: float
    probabilities: dict[str, float]
    candidates: tuple[str, ...]
    nucleus_fraction: float
    area_um2: float
    touches_border: bool
    outside: float
    features: tuple[float, ...]
    details: Later[Details]

    @property
    def contour(self) -> tuple[Point, ...]:
        """Outline of the whole cell, (x, y) field pixels."""
        return self.details.get().contour

    @property
    def nucleus_contours(self) -> tuple[tuple[Point, ...], ...]:
        """Outlines of the nucleus, one for each separate lobe."""
        return self.details.get().nucleus_contours

    @property
    def shape(self) -> Shape:
        """Its form and that of its nucleus."""
        return self.details.get().shape

    @property
    def attributes(self) -> dict[str, AttributeReading]:
        """What the attribute head says, by group."""
        return self.details.get().attributes

    @property
    def countable(self) -> bool:
        """Whether the cell may join a differential: it lies whole in the field and is no smudge.

        A cell that touches any edge is shown and not counted: the stage moves, and it is seen whole elsewhere.
        """
        return not self.touches_border and self.cell_type != SMUDGE

    @property
    def nc_ratio(self) -> float:
        """Nucleus area / cytoplasm area, infinite where no cytoplasm is seen."""
        return self.nucleus_fraction / (1 - self.nucleus_fraction) if self.nucleus_fraction < 1 else float("inf")


@dataclass(frozen=True, slots=True)
class FieldClass:
    """What a screening bundle says of a whole field.

    Attributes:
        name: a class of the bundle, or `UNIDENTIFIED`.
        confidence: calibrated probability of the likeliest class, 0..1.
        probabilities: calibrated probability for every class.
    """

    name: str
    confidence: float
    probabilities: dict[str, float]
