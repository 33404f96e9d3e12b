"""The JSON of uploads: what is asked of a picture from outside, and what is known of it afterwards."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contract.notice import RESEARCH_USE
from device.page.cell_facts import CellFacts
from device.page.query import Query
from device.page.schemas import FieldClassFacts, QualityFacts, ShareFacts
from device.page.upload_scale import LEAST_UM_PER_PX, MOST_UM_PER_PX

MOST_TYPES = 64
MOST_CELLS = 1_000_000

TypeName = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class UploadWish(Query):
    """How a picture is to be read; without a scale it is estimated from the picture's red cells."""

    um_per_px: Annotated[float, Field(ge=LEAST_UM_PER_PX, le=MOST_UM_PER_PX)] | None = None
    name: Annotated[str, Field(max_length=255)] = ""
    preview: bool = False


class UploadCounts(BaseModel):
    """Cells by type, added up over pictures."""

    model_config = ConfigDict(extra="forbid")

    counts: Annotated[dict[TypeName, Annotated[int, Field(ge=0, le=MOST_CELLS)]], Field(max_length=MOST_TYPES)]


class _Answer(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False, from_attributes=True)


class ScaleFacts(_Answer):
    """How large a pixel is; with `red_cells` an estimate from so many of them, and `error` its standard error."""

    um_per_px: float
    error: float | None
    red_cells: int | None


class UploadFacts(_Answer):
    """All that is known of an uploaded picture, named as in frame.json; nothing of it is kept on the device.

    `counts` are the cells that a differential takes: of an analysed picture, whole in it, and no smudges.
    `preview` is a JPEG in base64, where it was asked for: few browsers show a TIFF.
    """

    id: str
    name: str
    sha256: str
    analysed_at: datetime
    height: int
    width: int
    um_per_px: float
    scale: ScaleFacts
    rejected: str | None
    quality: QualityFacts
    field: FieldClassFacts | None
    cells: tuple[CellFacts, ...]
    counts: dict[str, int]
    bundle_id: str
    infer_ms: float
    preview: str | None
    notice: str = RESEARCH_USE


class UploadDifferential(_Answer):
    """The differential of counts that were brought along: unsigned, of no slide, kept nowhere."""

    total: int
    unidentified: int
    rows: tuple[ShareFacts, ...]
    reference_source: str
    signed: bool = False
    notice: str = RESEARCH_USE
