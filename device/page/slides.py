"""How a slide begins, and which there were."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from device.history import list_slides
from device.page.answers import answer
from device.page.instrument import Instrument
from device.page.schemas import Problem, SlideEntry, SlideFacts, SlideList
from device.page.wishes import NewSlide, SlideFilter

_TAG = Tag(name="slides", description="Slides, the open one and those before")


def make_slides(instrument: Instrument) -> APIBlueprint:
    """Make the routes of slides.

    Args:
        instrument: opens slides and holds their records.

    Returns:
        The routes.
    """
    routes = APIBlueprint("slides", __name__, abp_tags=[_TAG])

    @routes.get("/api/v1/slides", summary="Slides, newest first", responses={200: SlideList})
    def slides(query: SlideFilter) -> Response:
        """List slides with what they hold; the first is the open one."""
        found = list_slides(instrument.store.readers, query.limit)
        return answer(SlideList(slides=tuple(SlideEntry.model_validate(slide) for slide in found)))

    @routes.post("/api/v1/slides", summary="Begin a slide", responses={201: SlideFacts, 403: Problem, 503: Problem})
    def open_slide(body: NewSlide) -> Response:
        """Begin a slide; the one before it is done, its cells stay stored."""
        opened = instrument.slides.open(accession=body.accession, operator=body.operator, target=body.target)
        return answer(SlideFacts.model_validate(opened), 201)

    return routes
