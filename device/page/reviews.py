"""How a person confirms or corrects what a stored cell is called."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from sqlalchemy import select

from contract.cell_types import DIFFERENTIAL_ORDER, UNIDENTIFIED
from contract.tables import review
from device.page.answers import answer, refuse
from device.page.calibration_facts import NewReview, ReviewFacts
from device.page.instrument import Instrument
from device.page.schemas import Problem
from device.store import StoreError

_TAG = Tag(name="reviews", description="What people call the cells; the bundle's names are never overwritten")


def make_reviews(instrument: Instrument) -> APIBlueprint:
    """Make the route of reviews.

    Args:
        instrument: holds the records, and the classes that can be named.

    Returns:
        The route.
    """
    routes = APIBlueprint("reviews", __name__, abp_tags=[_TAG])
    store = instrument.store
    names = dict.fromkeys((*instrument.bundle.manifest.classes, *DIFFERENTIAL_ORDER, UNIDENTIFIED))

    @routes.post(
        "/api/v1/reviews",
        summary="Confirm or correct a cell's name",
        responses={201: ReviewFacts, 400: Problem, 403: Problem, 404: Problem, 503: Problem},
    )
    def add_review(body: NewReview) -> Response:
        """Keep what a person calls a stored cell; cells and their ids stand in the records."""
        if body.new_type not in names:
            return refuse(400, f"new_type: {body.new_type!r} (expected one of {', '.join(names)})")
        try:
            review_id = store.add_review(
                body.cell_id, operator=body.operator, new_type=body.new_type, comment=body.comment
            )
        except StoreError as unknown:
            return refuse(404, str(unknown))
        with store.readers.connect() as connection:
            row = connection.execute(select(review).where(review.c.id == review_id)).mappings().one()
        return answer(ReviewFacts.model_validate(dict(row)), 201)

    return routes
