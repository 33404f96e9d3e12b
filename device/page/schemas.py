"""The JSON that the API gives: the OpenAPI document is made from these models, every answer passes through them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.notice import RESEARCH_USE
from device.page.cell_facts import CellFacts, Probability
from device.settings.trial import LeftOut

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
    background: tuple[float, float, float] | None
    cover: Probability | None
    overlap: Probability | None
    stain: float | None


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
    reference_percent: tuple[Percent, Percent] | None
    flag: Literal["low", "high"] | None
    flag_sure: bool
    more_needed: int


class DifferentialFacts(_Answer):
    """The differential of a slide; percentages are of the identified cells, intervals exact at 95 %.

    A share is flagged where it lies outside its reference range, and surely so where its whole interval does.
    `more_needed` cells bring every interval down to `interval_width_percent` points, the shares staying as they are.
    """

    slide: SlideFacts
    total: int
    unidentified: int
    reached: bool
    rows: tuple[ShareFacts, ...]
    reference_source: str
    interval_width_percent: float
    more_needed: int
    signed: bool
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
    min_cover: float
    max_cover: float
    max_overlap: float
    max_stain_distance: float


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
    warnings: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    notice: str = RESEARCH_USE


class HealthFacts(_Answer):
    """Whether the instrument works; reasons say what is wrong, warnings what will be, each in words."""

    ok: bool
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
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
    """A frame that was kept: where raw picture, annotated picture and JSON are found, and the pictures' hashes."""

    id: str
    seq: int
    slide_id: str
    accession: str
    field_id: str
    frame_seq: int
    captured_at: datetime
    operator: str
    simulated: bool
    raw: str
    annotated: str
    facts: str
    raw_sha256: str
    annotated_sha256: str


class CaptureList(_Answer):
    """Captures, newest first; `next` is where older ones begin, null where there are none."""

    captures: tuple[CaptureFacts, ...]
    next: int | None


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
    unidentified: int
    reviewed: int


class SlideList(_Answer):
    """Slides, newest first; `next` is where the search goes on, null where all were looked through."""

    slides: tuple[SlideEntry, ...]
    next: int | None
