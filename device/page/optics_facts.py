"""The JSON of the optics, given and taken."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from device.optics.kept import Kept
from device.optics.measurement import Kind
from device.optics.micrometer import DIVISION_UM
from device.optics.scene import Task


class _Answer(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)


class MeasuredFacts(_Answer):
    """A measurement that holds; `before` is the one that holds again when it is undone, null where there is none."""

    name: str
    kind: Kind
    how: str
    measured_at: datetime
    words: tuple[str, ...]
    um_per_px: float | None
    error_um_per_px: float | None
    picture: str
    before: str | None

    @classmethod
    def of(cls, kept: Kept, before: Kept | None, picture: str) -> Self:
        """Bring a stored measurement into the form of the API."""
        facts = kept.facts
        return cls(
            name=kept.name,
            kind=facts.kind,
            how=facts.how,
            measured_at=facts.measured_at,
            words=facts.words,
            um_per_px=facts.um_per_px,
            error_um_per_px=facts.error_um_per_px,
            picture=picture,
            before=before.name if before else None,
        )


class RunningFacts(_Answer):
    """A measurement that goes on: so many pictures, or different fields, of so many."""

    task: Task
    count: int
    wanted: int


class OpticsFacts(_Answer):
    """What holds for this camera: the newest measurement of each kind, the correction made of them, and the scale."""

    camera: str
    correction: str | None
    um_per_px: float
    um_per_px_of_picture: float | None
    division_um: float = DIVISION_UM
    running: RunningFacts | None
    measured: dict[Kind, MeasuredFacts]


class NewMeasurement(BaseModel):
    """What to measure; `division_um` is the distance of a micrometer's lines."""

    model_config = ConfigDict(extra="forbid")

    task: Task
    division_um: Annotated[float, Field(gt=0, le=10_000)] = DIVISION_UM


class Undo(BaseModel):
    """Which measurement to take back, by its name: a second click must not take back the one before it too."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64)]


class MeasurementPath(BaseModel):
    """A measurement by name."""

    name: Annotated[str, Field(max_length=64)]
