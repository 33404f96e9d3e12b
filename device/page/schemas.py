"""The JSON that the API gives: the OpenAPI document is made from these models, every answer passes through them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.notice import RESEARCH_USE
from device.page.cell_facts import CellFacts, Probability

Percent = Annotated[float, Field(ge=0, le=100)]


class _Answer(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False, from_attributes=True)


class Problem(_Answer):
    """Why a request was refused, in a sentence."""

    message: str


class FieldClassFacts(_Answer):
    """What a screening bundle says of the whole field."""

    name: str
    confidence: Probability
    probabilities: dict[str, Probability]


class QualityFacts(_Answer):
    """What was measured of the frame before anything was read from it."""

    mean_luminance: float
    saturated_fraction: Probability
    contrast: float
    focus: float


class FrameFacts(_Answer):
    """All that is known of the frame with this number."""

    seq: int
    sha256: str
    captured_at: datetime
    height: int
    width: int
    um_per_px: float
    simulated: bool
    rejected: str | None
    quality: QualityFacts
    field: FieldClassFacts | None
    cells: tuple[CellFacts, ...]
    bundle_id: str
    infer_ms: float


class SlideFacts(_Answer):
    """The open slide."""

    id: str
    accession: str
    operator: str
    target: int


class ShareFacts(_Answer):
    """One line of the differential."""

    cell_type: str
    count: int
    percent: int | None
    interval_percent: tuple[Percent, Percent]


class DifferentialFacts(_Answer):
    """The differential of the open slide; percentages are of the identified cells, intervals exact at 95 %."""

    slide: SlideFacts
    total: int
    unidentified: int
    reached: bool
    rows: tuple[ShareFacts, ...]
    notice: str = RESEARCH_USE


class BundleFacts(_Answer):
    """The model in use."""

    id: str
    name: str
    version: str
    task: Literal["differential", "screening"]
    classes: tuple[str, ...]
    confidence_fitted_on: str
    fitted_here: str | None
    attributes_note: str | None


class Limits(_Answer):
    """Outside these a field is shown but not analysed."""

    min_mean_luminance: float
    max_mean_luminance: float
    max_saturated_fraction: float
    min_contrast: float
    min_focus: float


class StatusFacts(_Answer):
    """What the instrument is and how it is doing."""

    device: str
    camera: str
    simulated: bool
    bundle: BundleFacts
    operator: str
    target: int
    limits: Limits
    frames_per_s: float
    stale_after_s: float
    ok: bool
    reasons: tuple[str, ...]
    notice: str = RESEARCH_USE


class HealthFacts(_Answer):
    """Whether the instrument works; reasons say what is wrong, each in words."""

    ok: bool
    reasons: tuple[str, ...]
    frames: int
    skipped: int
    rejected: int
    counted: int
    queued: int
    frames_per_s: float
    picture_age_s: float | None
    free_mb: int
    stage_ms: dict[str, float]


class CaptureFacts(_Answer):
    """A frame that was kept: where raw picture and annotated picture are found, and their hashes."""

    id: str
    slide_id: str
    field_id: str
    frame_seq: int
    captured_at: datetime
    operator: str
    simulated: bool
    raw: str
    annotated: str
    raw_sha256: str
    annotated_sha256: str


class CaptureList(_Answer):
    """Captures, newest first."""

    captures: tuple[CaptureFacts, ...]


class SlideEntry(_Answer):
    """A slide with what it holds."""

    id: str
    accession: str
    operator: str
    bundle_id: str
    target: int
    camera: str
    simulated: bool
    opened_at: datetime
    fields: int
    counted_cells: int


class SlideList(_Answer):
    """Slides, newest first."""

    slides: tuple[SlideEntry, ...]
