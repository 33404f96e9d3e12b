"""The JSON that reviewing gives: slides, and their counted cells with both labels."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from contract.notice import RESEARCH_USE
from device.page.calibration_facts import ReviewFacts
from device.page.cell_facts import AttributeFacts, Point, Probability
from device.page.schemas import DifferentialFacts, SlideEntry


class _Answer(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False, from_attributes=True)


class TypeFacts(_Answer):
    """A type that a person can name: its key (empty: none), and its mark (`device.page.palette`)."""

    name: str
    key: str
    short: str
    ink: str
    shape: int


class SignedFacts(_Answer):
    """Who signed a slide, and when; its cells can be amended with a reason only."""

    operator: str
    signed_at: datetime


class SlideReview(SlideEntry):
    """A slide with its differential, the types its cells can be given, and whether it is signed."""

    differential: DifferentialFacts
    types: tuple[TypeFacts, ...]
    signed: SignedFacts | None
    notice: str = RESEARCH_USE


class MachineFacts(_Answer):
    """What the bundle calls a cell: its newest verdict, else the first look; no review changes it."""

    cell_type: str
    confidence: Probability
    probabilities: dict[str, Probability]
    candidates: tuple[str, ...]


class MeasuredFacts(_Answer):
    """Morphology; null where an older program did not store it."""

    diameter_um: float | None
    circularity: Probability | None
    solidity: Probability | None
    eccentricity: Probability | None
    nucleus_solidity: Probability | None
    nucleus_lobes: int | None
    nucleus_fraction: Probability
    area_um2: float


class ReviewedCell(_Answer):
    """A counted cell: its type now, the machine's label, the human's with who and when, and all that was said of it."""

    id: str
    seq: int
    slide_id: str
    field_id: str
    frame_seq: int
    captured_at: datetime
    um_per_px: float
    box: tuple[int, int, int, int]
    type_now: str
    machine: MachineFacts
    human: ReviewFacts | None
    reviews: tuple[ReviewFacts, ...]
    measured: MeasuredFacts
    attributes: dict[str, AttributeFacts] | None
    picture: str | None
    field: str

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Self:
        """Give a cell of `device.review.gallery` its links."""
        picture = f"/api/v1/cells/{entry['id']}/picture.jpg" if entry["picture_kept"] else None
        field = f"/api/v1/fields/{entry['field_id']}"
        return cls.model_validate(entry | {"picture": picture, "field": field})


class CellPage(_Answer):
    """Counted cells of a slide; `next` is where the next page begins, null on the last."""

    cells: tuple[ReviewedCell, ...]
    next: str | None


class OutlinedCell(_Answer):
    """A cell of a field with its outline, in field pixels."""

    id: str
    box: tuple[int, int, int, int]
    contour: tuple[Point, ...]
    type_now: str
    counted: bool


class FieldReview(_Answer):
    """A field with all its cells; the picture is null where it is no longer kept."""

    id: str
    slide_id: str
    frame_seq: int
    captured_at: datetime
    height: int
    width: int
    um_per_px: float
    picture: str | None
    cells: tuple[OutlinedCell, ...]


class ReviewsDone(_Answer):
    """What a batch of reviews, or taking one back, made of cells and count."""

    cells: tuple[ReviewedCell, ...]
    differential: DifferentialFacts
