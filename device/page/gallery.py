"""The counted cells of a slide, their pictures and their fields."""

from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from sqlalchemy import select

from contract.feed import row_to_json
from contract.tables import field
from device.page.answers import answer, refuse
from device.page.instrument import Instrument
from device.page.review_facts import CellPage, FieldReview, ReviewedCell
from device.page.review_pictures import Crops, find_place
from device.page.review_wishes import CellFilter, CropWish, FieldPath, SlidePath, StoredCellPath
from device.page.schemas import Problem
from device.review.gallery import GalleryError, Wish, find_cells, list_cells, list_field_cells

KEEP = "private, max-age=31536000, immutable"
"""A cell's picture never changes: the gallery asks for it once."""

NO_CELL = "no such cell (expected an id of the records)"
NO_FIELD = "no such field (expected an id of the records)"
NO_PICTURE = "the picture of this field is no longer kept; its record is"

_TAG = Tag(name="gallery", description="Counted cells, to be looked at again")
_JPEG = {
    "description": "a picture, nothing drawn on it",
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
}


def make_gallery(instrument: Instrument) -> APIBlueprint:
    """Make the routes of stored cells.

    Args:
        instrument: holds the records and the pictures.

    Returns:
        The routes.
    """
    routes = APIBlueprint("gallery", __name__, abp_tags=[_TAG])
    readers, crops = instrument.store.readers, Crops(instrument.pictures)

    @routes.get(
        "/api/v1/slides/<slide_id>/cells",
        summary="Counted cells of a slide",
        responses={200: CellPage, 400: Problem},
    )
    def cells(path: SlidePath, query: CellFilter) -> Response:
        """List counted cells with machine label and human label, page by page; an unknown slide has none."""
        wish = Wish(query.type, query.reviewed, query.below, query.sort, query.after, query.limit)
        try:
            found, following = list_cells(readers, path.slide_id, wish)
        except GalleryError as nowhere:
            return refuse(400, str(nowhere))
        return answer(CellPage(cells=tuple(ReviewedCell.of(one) for one in found), next=following))

    @routes.get("/api/v1/cells/<cell_id>", summary="A stored cell", responses={200: ReviewedCell, 404: Problem})
    def cell_facts(path: StoredCellPath) -> Response:
        """Give all that is known of a stored cell, with every review."""
        found = find_cells(readers, [path.cell_id])
        return answer(ReviewedCell.of(found[0])) if found else refuse(404, NO_CELL)

    @routes.get(
        "/api/v1/cells/<cell_id>/picture.jpg",
        summary="Picture of a cell",
        responses={200: _JPEG, 404: Problem, 410: Problem},
    )
    def cell_picture(path: StoredCellPath, query: CropWish) -> Response:
        """Cut a cell out of the kept picture of its field; it lies in the middle."""
        place = find_place(readers, path.cell_id)
        if place is None:
            return refuse(404, NO_CELL)
        return _send(crops.cut(place, query.margin, query.span_um, query.size))

    @routes.get("/api/v1/fields/<field_id>", summary="A stored field", responses={200: FieldReview, 404: Problem})
    def field_facts(path: FieldPath) -> Response:
        """Give a field with the outlines of all its cells."""
        row = read_field(path.field_id)
        if row is None:
            return refuse(404, NO_FIELD)
        picture = f"/api/v1/fields/{row['id']}/picture.jpg" if row["picture_path"] else None
        known = row | {"picture": picture, "cells": list_field_cells(readers, path.field_id)}
        return answer(FieldReview.model_validate(known))

    @routes.get(
        "/api/v1/fields/<field_id>/picture.jpg",
        summary="Picture of a field",
        responses={200: _JPEG, 404: Problem, 410: Problem},
    )
    def field_picture(path: FieldPath) -> Response:
        """Give a field as it was read; outlines stand in its facts."""
        row = read_field(path.field_id)
        if row is None:
            return refuse(404, NO_FIELD)
        kept = row["picture_path"] is not None
        return _send(instrument.pictures.read(row["picture_path"], row["picture_sha256"]) if kept else None)

    def read_field(field_id: str) -> dict[str, Any] | None:
        with readers.connect() as connection:
            row = connection.execute(select(field).where(field.c.id == field_id)).mappings().one_or_none()
        return None if row is None else row_to_json(field, dict(row))

    return routes


def _send(jpeg: bytes | None) -> Response:
    if jpeg is None:
        return refuse(410, NO_PICTURE)
    return Response(jpeg, mimetype="image/jpeg", headers={"Cache-Control": KEEP})
