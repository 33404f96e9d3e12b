"""How a second person reads a slide blind, cell by cell."""

from flask import Response, render_template, url_for
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from device.page.answers import answer, refuse
from device.page.instrument import Instrument
from device.page.review_wishes import SlidePath
from device.page.schemas import Problem
from device.page.signing_facts import NewReading, ReaderFilter, ReadingCell, ReadingDone, ReadingFacts
from device.page.slides import NO_SLIDE, describe_types
from device.page.who import name_operator
from device.review.second_reading import (
    ReadCell,
    ReadingError,
    count_reading,
    find_dependence,
    list_cells,
    write_reading,
)
from device.review.signed import SECOND_READER, find_signatures
from device.review.slide_search import find_slide

_TAG = Tag(name="second reading", description="The same cells read by another person, who does not see the names")


def make_second(instrument: Instrument) -> APIBlueprint:
    """Make the routes of second readings.

    Args:
        instrument: holds the records, and the classes that can be named.

    Returns:
        The routes.
    """
    routes = APIBlueprint("second", __name__, abp_tags=[_TAG])
    readers, types = instrument.store.readers, describe_types(instrument.bundle.manifest.classes)
    names = [one.name for one in types]

    @routes.get(
        "/api/v1/slides/<slide_id>/reading",
        summary="The cells for a second reader",
        responses={200: ReadingFacts, 404: Problem},
    )
    def reading(path: SlidePath, query: ReaderFilter) -> Response:
        """Give the counted cells in the order they were counted in, without any name but the reader's own."""
        if find_slide(readers, path.slide_id) is None:
            return refuse(404, NO_SLIDE)
        return answer(tell_reading(path.slide_id, name_operator(query.operator)))

    @routes.post(
        "/api/v1/slides/<slide_id>/reading",
        summary="Name a cell as second reader",
        responses={201: ReadingDone, 400: Problem, 403: Problem, 404: Problem, 409: Problem, 503: Problem},
    )
    def read(path: SlidePath, body: NewReading) -> Response:
        """Keep what a second reader calls a cell; the differential does not change."""
        operator = name_operator(body.operator)
        if body.new_type not in names:
            return refuse(400, f"new_type: {body.new_type!r} (expected one of {', '.join(names)})")
        if find_slide(readers, path.slide_id) is None:
            return refuse(404, NO_SLIDE)
        try:
            with instrument.store.write() as writing:
                write_reading(writing, path.slide_id, body.cell_id, operator, body.new_type)
                unread, _ = count_reading(writing.connection, path.slide_id, operator)
        except ReadingError as no:
            return refuse(409, str(no))
        return answer(ReadingDone(cell_id=body.cell_id, own_type=body.new_type, unread=unread), 201)

    @routes.route("/slides/<slide_id>/second")
    def page(slide_id: str) -> str | Response:
        entry = find_slide(readers, slide_id)
        return refuse(404, NO_SLIDE) if entry is None else render_template("second.html", slide=entry, types=types)

    def tell_reading(slide_id: str, operator: str) -> ReadingFacts:
        with readers.connect() as connection:
            refused = find_dependence(connection, slide_id, operator)
            unread, counts = count_reading(connection, slide_id, operator)
        signed = find_signatures(readers, slide_id, SECOND_READER)
        return ReadingFacts(
            operator=operator,
            refused=refused,
            cells=() if refused else tuple(_describe(one) for one in list_cells(readers, slide_id, operator)),
            unread=unread,
            counts=counts,
            signed=any(one.operator == operator for one in signed),
        )

    return routes


def _describe(one: ReadCell) -> ReadingCell:
    picture = url_for("gallery.cell_picture", cell_id=one.id) if one.has_picture else None
    return ReadingCell(id=one.id, own_type=one.own_type, picture=picture)
