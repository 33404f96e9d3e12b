"""What reviewing is asked for: which slides, cells and captures, and what a person says of cells."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from contract.reviewing import is_undo
from device.page.query import Query
from device.page.wishes import Code
from device.review.gallery import Sort

MOST_CELLS = 500
"""Cells that one request lists or names: more than a person selects, and a short transaction."""

MOST_SLIDES = 20
"""Slides on one page; who wants others goes on from its `next`, so that no answer grows with what was recorded."""

MOST_CAPTURES = 24
"""Captures on one page: four rows of pictures."""

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
"""A day that a record can have; every time zone has a moment for it."""

Id = Annotated[str, Field(min_length=1, max_length=64)]


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SlidePath(BaseModel):
    """A slide by id."""

    slide_id: Id


class StoredCellPath(BaseModel):
    """A stored cell by id."""

    cell_id: Id


class FieldPath(BaseModel):
    """A field by id."""

    field_id: Id


class CellFilter(Query):
    """Which counted cells of a slide to list; `after` is `next` of the page before."""

    type: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    reviewed: bool | None = None
    below: Annotated[float, Field(ge=0, le=1)] | None = None
    sort: Sort = "time"
    after: Annotated[str, Field(max_length=64)] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_CELLS)] = 200


class CropWish(Query):
    """How a cell is cut out: pixels left around its box at least, micrometres seen at least, side of the picture."""

    margin: Annotated[int, Field(ge=0, le=500)] = 6
    span_um: Annotated[float, Field(ge=0, le=200)] = 24.0
    size: Annotated[int, Field(ge=32, le=512)] = 160


class SlideQuery(Query):
    """Which slides to list: parts of accession and operator, days in the device's own time zone."""

    accession: Code = ""
    operator: Code = ""
    since: Day | None = None
    until: Day | None = None
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_SLIDES)] = MOST_SLIDES


class CaptureQuery(Query):
    """Which captures to list: of one slide, of some days in the device's own time zone."""

    slide_id: Id | None = None
    since: Day | None = None
    until: Day | None = None
    before: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_CAPTURES)] = MOST_CAPTURES


class _Said(_Wish):
    operator: Code = ""
    comment: Code = ""

    @field_validator("comment")
    @classmethod
    def _keep_undo_free(cls, text: str) -> str:
        if is_undo(text.casefold()):
            raise ValueError(f"{text!r} marks what was taken back (expected other words)")
        return text


class NewReviews(_Said):
    """What a person calls cells of one slide; no type: what the bundle calls each. A signed slide wants a comment."""

    cell_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_CELLS)]
    new_type: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class OneReview(_Said):
    """What a person calls a stored cell: the same name confirms it. A signed slide wants a comment."""

    cell_id: Id
    new_type: Annotated[str, Field(min_length=1, max_length=64)]


class NewUndo(_Wish):
    """Whose last action on a slide is taken back. A signed slide wants a reason."""

    slide_id: Id
    operator: Code = ""
    reason: Code = ""
