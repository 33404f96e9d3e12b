"""How lamp, colour, focus, cover and stain changed: the numbers behind the page's plots."""

from datetime import datetime
from typing import Annotated

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, ConfigDict, Field

from contract.moments import now
from device.drift.looks import MEASURES
from device.drift.summary import Drift, DriftBook, Step
from device.page.answers import answer
from device.page.instrument import Instrument
from device.page.query import Query

_TAG = Tag(name="drift", description="How lamp and colour change over days")

Level = float | None


class WhichDays(Query):
    """How far back."""

    days: Annotated[int, Field(ge=1, le=366)] = 14


class Series(BaseModel):
    """One measure over time, in the order of `DriftFacts.at`; null where it was not measured."""

    median: tuple[Level, ...]
    low: tuple[Level, ...]
    high: tuple[Level, ...]


class CalibrationMark(BaseModel):
    """When the optics were calibrated."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    kind: str


class DriftFacts(BaseModel):
    """Medians and quartiles by hour or day; a few fields of every few minutes are looked at, however many there are."""

    camera: str
    step: Step
    at: tuple[datetime, ...]
    fields: tuple[int, ...]
    series: dict[str, Series]
    limits: dict[str, tuple[float, ...]]
    calibrations: tuple[CalibrationMark, ...]
    warnings: tuple[str, ...]


def make_drift(instrument: Instrument) -> APIBlueprint:
    """Make the route of drift.

    Args:
        instrument: gives the records, the camera and the limits.

    Returns:
        The route.
    """
    routes = APIBlueprint("drift", __name__, abp_tags=[_TAG])
    book = DriftBook(instrument.store.readers, instrument.camera)

    @routes.get("/api/v1/drift", summary="Lamp, colour, focus, cover and stain over days", responses={200: DriftFacts})
    def drift(query: WhichDays) -> Response:
        """Give what was measured of this camera's fields: by hour up to ten days, by day beyond."""
        found = book.read(query.days, now())
        return answer(_tell(found, instrument))

    return routes


def _tell(found: Drift, instrument: Instrument) -> DriftFacts:
    limits = instrument.settings.quality
    # constructed, not validated: thousands of numbers, all of them made here
    return DriftFacts.model_construct(
        camera=found.camera,
        step=found.step,
        at=tuple(stretch.at for stretch in found.stretches),
        fields=tuple(stretch.looks for stretch in found.stretches),
        series={name: _tell_series(found, name) for name in MEASURES},
        limits={
            "focus": (limits.min_focus,),
            "cover": (limits.min_cover, limits.max_cover),
            "stain": (limits.max_stain_distance,),
            "saturated_fraction": (limits.max_saturated_fraction,),
        },
        calibrations=tuple(CalibrationMark.model_construct(at=one.at, kind=one.kind) for one in found.calibrations),
        warnings=instrument.drift.find_warnings(),
    )


def _tell_series(found: Drift, name: str) -> Series:
    spreads = [stretch.spreads.get(name) for stretch in found.stretches]
    levels = [(one.median, one.low, one.high) if one else (None, None, None) for one in spreads]
    median, low, high = zip(*levels, strict=True) if levels else ((), (), ())
    return Series.model_construct(median=median, low=low, high=high)
