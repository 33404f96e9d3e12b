"""The JSON, paths and queries that the API takes; what does not fit is refused before anything is done."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contract.feed import MOST_ROWS
from device.page.query import Query

Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""A short text of one line, as a scanner or a keyboard gives it."""


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class After(Query):
    """Which frame the viewer has; 0: none."""

    after: Annotated[int, Field(ge=0)] = 0


class WhichFrame(Query):
    """Either a frame that was shown, by number, or the first newer than `after`."""

    seq: Annotated[int, Field(ge=1)] | None = None
    after: Annotated[int, Field(ge=0)] = 0


class FramePath(BaseModel):
    """A frame by number."""

    seq: Annotated[int, Field(ge=1)]


class CellPath(BaseModel):
    """A cell by its frame's number and its place in the frame's list, from 0."""

    seq: Annotated[int, Field(ge=1)]
    cell: Annotated[int, Field(ge=0)]


class NewCapture(_Wish):
    """Which frame to keep: the one on the screen."""

    seq: Annotated[int, Field(ge=1)]


class CapturePath(BaseModel):
    """A capture by id."""

    capture_id: Annotated[str, Field(max_length=64)]


class NewSlide(_Wish):
    """The slide to begin; the accession is a code, never a patient's name."""

    accession: Annotated[Code, Field(min_length=1)]
    operator: Code = ""
    target: Annotated[int, Field(ge=1, le=10_000)]


class RecordsAfter(Query):
    """Which records to give: the first `limit` after this seq; fewer where that is more than a page."""

    after: Annotated[int, Field(ge=0, lt=2**62)] = 0  # a page further on is a number of SQLite's too
    limit: Annotated[int, Field(ge=1)] = MOST_ROWS
