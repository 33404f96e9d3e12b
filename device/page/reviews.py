"""How a person confirms or corrects what stored cells are called, and takes that back."""

from collections.abc import Sequence
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel
from sqlalchemy import select

from contract.cell_types import APART, DIFFERENTIAL_ORDER, UNIDENTIFIED
from contract.tables import review
from device.page.answers import answer, refuse
from device.page.calibration_facts import ReviewFacts
from device.page.instrument import Instrument
from device.page.review_facts import ReviewedCell, ReviewsDone
from device.page.review_wishes import NewReviews, NewUndo, OneReview
from device.page.schemas import Problem
from device.page.slides import tell_differential
from device.page.who import name_operator
from device.review.gallery import find_cells
from device.review.reviewing import ReviewError, UnknownCellError
from device.review.signed import SignedError
from device.review.slide_search import find_slide

NOBODY = "operator: nobody (expected who says so)"

_TAG = Tag(name="reviews", description="What people call the cells; the bundle's names are never overwritten")
_NO: dict[str | int, type[BaseModel] | dict[Any, Any] | None] = {
    400: Problem,
    403: Problem,
    404: Problem,
    409: Problem,
    503: Problem,
}


def make_reviews(instrument: Instrument) -> APIBlueprint:
    """Make the routes of reviews.

    Args:
        instrument: holds the records, and the classes that can be named.

    Returns:
        The routes.
    """
    routes = APIBlueprint("reviews", __name__, abp_tags=[_TAG])
    store = instrument.store
    names = dict.fromkeys((*instrument.bundle.manifest.classes, *DIFFERENTIAL_ORDER, UNIDENTIFIED, *APART))

    @routes.post("/api/v1/reviews", summary="Confirm or correct a cell's name", responses={201: ReviewFacts, **_NO})
    def add_review(body: OneReview) -> Response:
        """Keep what a person calls a stored cell; cells and their ids stand in the records."""
        operator = name_operator(body.operator)
        refusal = refuse_words(operator, body.new_type)
        if refusal is not None:
            return refusal
        try:
            review_id = store.add_review(body.cell_id, operator=operator, new_type=body.new_type, comment=body.comment)
        except (UnknownCellError, SignedError) as no:
            return _refuse_review(no)
        with store.readers.connect() as connection:
            row = connection.execute(select(review).where(review.c.id == review_id)).mappings().one()
        return answer(ReviewFacts.model_validate(dict(row)), 201)

    @routes.post("/api/v1/reviews/batch", summary="Name several cells at once", responses={201: ReviewsDone, **_NO})
    def add_reviews(body: NewReviews) -> Response:
        """Keep what a person calls cells of one slide: all of them or none. Without a type the bundle was right."""
        operator = name_operator(body.operator)
        cell_ids = list(dict.fromkeys(body.cell_ids))
        before = find_cells(store.readers, cell_ids)
        refusal = refuse_words(operator, body.new_type) or _refuse_cells(before, body.new_type)
        if refusal is not None:
            return refusal
        try:
            store.add_reviews(cell_ids, operator=operator, new_type=body.new_type, comment=body.comment)
        except (UnknownCellError, SignedError) as no:
            return _refuse_review(no)
        return tell_done(before[0]["slide_id"], cell_ids, 201)

    @routes.post("/api/v1/reviews/undo", summary="Take back the last action", responses={200: ReviewsDone, **_NO})
    def undo(body: NewUndo) -> Response:
        """Give the cells of one's last action on a slide their names from before; again: of the action before it."""
        operator = name_operator(body.operator)
        if not operator:
            return refuse(400, NOBODY)
        try:
            cell_ids = store.undo_reviews(body.slide_id, operator=operator, reason=body.reason)
        except (ReviewError, SignedError) as no:
            return _refuse_review(no)
        return tell_done(body.slide_id, cell_ids)

    def refuse_words(operator: str, new_type: str | None) -> Response | None:
        if not operator:
            return refuse(400, NOBODY)
        if new_type is not None and new_type not in names:
            return refuse(400, f"new_type: {new_type!r} (expected one of {', '.join(names)})")
        return None

    def tell_done(slide_id: str, cell_ids: Sequence[str], status: int = 200) -> Response:
        slide = find_slide(store.readers, slide_id)
        assert slide is not None  # cells of it were just written
        cells = tuple(ReviewedCell.of(one) for one in find_cells(store.readers, cell_ids))
        return answer(ReviewsDone(cells=cells, differential=tell_differential(instrument, slide)), status)

    return routes


def _refuse_cells(cells: Sequence[dict[str, object]], new_type: str | None) -> Response | None:
    slides = {one["slide_id"] for one in cells}
    if len(slides) > 1:
        return refuse(400, f"cell_ids: of {len(slides)} slides (expected cells of one)")
    unnamed = sum(one["machine"]["cell_type"] == UNIDENTIFIED for one in cells)  # type: ignore[index]
    if new_type is None and unnamed:
        return refuse(409, f"{unnamed} cells have no name of the bundle's to confirm (expected a type for them)")
    return None


def _refuse_review(no: UnknownCellError | SignedError | ReviewError) -> Response:
    return refuse(404 if isinstance(no, UnknownCellError) else 409, str(no))
