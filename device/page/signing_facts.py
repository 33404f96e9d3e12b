"""The JSON of signing a slide and of reading it a second time, given and taken."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.notice import RESEARCH_USE
from device.page.query import Query
from device.page.schemas import DifferentialFacts, Percent
from device.page.wishes import Code

Id = Annotated[str, Field(min_length=1, max_length=64)]
Kind = Annotated[str, Field(min_length=1, max_length=64)]
Cells = Annotated[int, Field(ge=0, lt=2**31)]
Reason = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]


class _Answer(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False, from_attributes=True)


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignedCount(_Answer):
    """What was signed: cells by type, with the reference ranges of that day."""

    counts: dict[str, int]
    total: int
    unidentified: int


class SignatureFacts(_Answer):
    """A person's word for a differential; it holds for records of the slide with a smaller `seq`."""

    seq: int
    version: int
    operator: str
    signed_at: datetime
    role: Literal["signer", "second reader"]
    override_reason: str | None
    statement: str
    differential: SignedCount


class AmendmentFacts(_Answer):
    """A cell that was named otherwise after the newest signature."""

    cell_id: str
    operator: str
    reviewed_at: datetime
    old_type: str
    new_type: str
    comment: str


class SigningFacts(_Answer):
    """Whether a slide can be signed, and by whom it was."""

    state: Literal["preliminary", "signed", "amended"]
    accession: str
    obstacles: tuple[str, ...]
    counts: dict[str, int]
    differential: DifferentialFacts
    signatures: tuple[SignatureFacts, ...]
    second_signatures: tuple[SignatureFacts, ...]
    amendments: tuple[AmendmentFacts, ...]
    statement: str
    notice: str = RESEARCH_USE


class NewSignature(_Wish):
    """What is signed: the counts as they were seen; a reason where cells are unidentified, or unread."""

    operator: Code = ""
    role: Literal["signer", "second reader"] = "signer"
    counts: dict[Kind, Cells]
    override_reason: Reason = ""


class ReaderFilter(Query):
    """Who reads."""

    operator: Code = ""


class ReadingCell(_Answer):
    """A counted cell as a second reader sees it: its picture, and what they said of it; never what others said."""

    id: str
    own_type: str | None
    picture: str | None


class ReadingFacts(_Answer):
    """The counted cells of a slide for a second reader; `refused` says why this person cannot be one."""

    operator: str
    refused: str | None
    cells: tuple[ReadingCell, ...]
    unread: int
    counts: dict[str, int]
    signed: bool


class NewReading(_Wish):
    """What a second reader calls a cell."""

    cell_id: Id
    new_type: Kind
    operator: Code = ""


class ReadingDone(_Answer):
    """How far a second reading has come."""

    cell_id: str
    own_type: str
    unread: int


class TypeAgreementFacts(_Answer):
    """Agreement about one type: cells of the first, the second and both readers; the share counts each cell twice."""

    cell_type: str
    first: int
    second: int
    both: int
    share: float | None


class AgreementFigures(_Answer):
    """Two readings of the same cells: Cohen's kappa with its 95 % interval, and the table behind it."""

    cells: int
    types: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    observed: float | None
    expected: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    by_type: tuple[TypeAgreementFacts, ...]


class ComparedFacts(_Answer):
    """One type in two differentials, with Ruemke's 95 % limits and Fisher's exact probability of such a difference."""

    cell_type: str
    counts: tuple[int, int]
    limits_percent: tuple[tuple[int, int], tuple[int, int]]
    second_counts: tuple[int, int]
    probability: float
    differs: bool
    differs_surely: bool


class ReaderFacts(_Answer):
    """Who reads a slide a second time, and how many cells they have named."""

    operator: str
    cells: int


class AgreementFacts(_Answer):
    """A second reading beside the first; `figures` and `compared` are of the cells that both have read."""

    readers: tuple[ReaderFacts, ...]
    operator: str
    unread: int
    figures: AgreementFigures
    compared: tuple[ComparedFacts, ...]
    notice: str = RESEARCH_USE


class OtherSlide(Query):
    """Which slide to compare with."""

    other: Id


class ComparedSlide(_Answer):
    """A slide that is compared: its count now."""

    id: str
    accession: str
    opened_at: datetime
    total: int
    unidentified: int


class ComparisonFacts(_Answer):
    """Two slides, type by type: which differences are more than chance."""

    slides: tuple[ComparedSlide, ComparedSlide]
    compared: tuple[ComparedFacts, ...]
    notice: str = RESEARCH_USE


class ReferenceFacts(_Answer):
    """The reference ranges in force, in percent of the identified cells."""

    source: str
    percent: dict[str, tuple[Percent, Percent]]
    set_by: str
    set_at: datetime | None
    types: tuple[str, ...]


class NewReference(_Wish):
    """Reference ranges from now on; a type that is left out has none."""

    source: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
    percent: Annotated[dict[Kind, tuple[Percent, Percent]], Field(max_length=64)]
    operator: Code = ""
