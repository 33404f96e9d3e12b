"""How a technician at the eyepiece takes the last field out of the count; on the review page it can be put back."""

from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, ConfigDict

from contract.cell_types import ARTEFACT
from device.page.answers import answer, refuse
from device.page.instrument import Instrument
from device.page.schemas import Problem
from device.page.who import name_operator
from device.review.signed import SignedError
from device.review.taking_back import list_last_counted

COMMENT = "taken out of the count at the eyepiece"
UNNAMED = "unnamed"
"""Who takes a field out where nobody gave a name: the record needs one, and an invented one would be false."""

_TAG = Tag(name="differential", description="The running count of the open slide")


class NoWish(BaseModel):
    """Nothing to say."""

    model_config = ConfigDict(extra="forbid")


class TakenOut(BaseModel):
    """What was taken out of the count."""

    cells: int


def make_undoing(instrument: Instrument) -> APIBlueprint:
    """Make the route that takes the last counted field out of the count.

    Args:
        instrument: gives the open slide and the records.

    Returns:
        The route.
    """
    routes = APIBlueprint("undoing", __name__, abp_tags=[_TAG])
    responses: dict[str | int, Any] = {200: TakenOut, 403: Problem, 409: Problem, 503: Problem}

    @routes.post("/api/v1/differential/undo", summary="Take the last counted field out", responses=responses)
    def undo(body: NoWish) -> Response:
        """Call the cells of the last counted field artefacts; called again, those of the field before it."""
        slide = instrument.slides.current
        cell_ids = list_last_counted(instrument.store.readers, slide.id)
        if not cell_ids:
            return refuse(409, "no cell is in the count (expected one)")
        operator = name_operator(slide.operator) or UNNAMED
        try:
            instrument.store.add_reviews(cell_ids, operator=operator, new_type=ARTEFACT, comment=COMMENT)
        except SignedError as signed:
            return refuse(409, str(signed))
        return answer(TakenOut(cells=len(cell_ids)))

    return routes
