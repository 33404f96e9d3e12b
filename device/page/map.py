"""What of the open slide was seen: fields, counted cells, and where the stage is."""

from typing import Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, ConfigDict

from contract.counts import list_types
from contract.notice import RESEARCH_USE
from device.page.answers import answer
from device.page.instrument import Instrument
from device.preclassification import Judged, VisitedField

_TAG = Tag(name="map", description="What of the open slide was seen, in micrometres")


class _Answer(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False, from_attributes=True)


class FieldPlace(_Answer):
    """A rectangle of the slide; places of one region lie to each other as on the slide, those of two do not."""

    region: int
    x_um: float
    y_um: float
    width_um: float
    height_um: float


class FieldOnMap(FieldPlace):
    """A field that was seen: counted, not analysed (rejected), or only passed."""

    state: Literal["counted", "rejected", "passed"]


class CellOnMap(_Answer):
    """A cell of the count at its centre, as it is called now."""

    region: int
    x_um: float
    y_um: float
    cell_type: str
    cell_id: str


class MapFacts(_Answer):
    """The slide so far; `here` is the field in view, null before the first."""

    slide_id: str
    here: FieldPlace | None
    still: bool
    fields: tuple[FieldOnMap, ...]
    cells: tuple[CellOnMap, ...]
    notice: str = RESEARCH_USE


def make_map(instrument: Instrument) -> APIBlueprint:
    """Make the route of the map.

    Args:
        instrument: gives the newest frame, the open slide and the records.

    Returns:
        The route.
    """
    routes = APIBlueprint("map", __name__, abp_tags=[_TAG])

    @routes.get("/api/v1/map", summary="What of the slide was seen", responses={200: MapFacts})
    def map_facts() -> Response:
        """Give the fields seen, the counted cells and the field in view; at most a second old."""
        return answer(read_map(instrument))

    return routes


def read_map(instrument: Instrument) -> MapFacts:
    """Give what of the open slide was seen, in the form of the API."""
    slide_id, judged = instrument.slides.current.id, instrument.live.find_newest()
    if judged is None or judged.visited is None or judged.position is None:
        return MapFacts(slide_id=slide_id, here=None, still=False, fields=(), cells=())
    types = list_types(instrument.store.readers, slide_id)
    cells = tuple(
        CellOnMap.model_validate(cell).model_copy(update={"cell_type": types.get(cell.cell_id, cell.cell_type)})
        for cell in judged.visited.cells
    )
    return MapFacts(
        slide_id=slide_id,
        here=FieldPlace.model_validate(_find_here(judged)),
        still=judged.position.still,
        fields=tuple(FieldOnMap.model_validate(field) for field in judged.visited.fields),
        cells=cells,
    )


def _find_here(judged: Judged) -> VisitedField:
    position, frame = judged.position, judged.prediction.frame
    assert position is not None
    height, width = (side * frame.um_per_px for side in frame.image.shape[:2])
    return VisitedField(position.region, position.x_um, position.y_um, width, height, "passed")
