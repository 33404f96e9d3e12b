"""How the very frame on the screen is kept, and how what was kept is looked at again, taken out and deleted."""

import re
from typing import Any

from flask import Response, render_template, send_from_directory
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel

from device.keeping.capture_files import delete_capture, zip_captures
from device.keeping.captures import place_facts
from device.keeping.history import CaptureWish, Entry, find_capture, search_captures
from device.page.answers import answer, refuse
from device.page.frames import GONE, read_facts
from device.page.instrument import Instrument
from device.page.places import Places
from device.page.review_wishes import CaptureQuery, SlidePath
from device.page.schemas import CaptureFacts, CaptureList, Problem
from device.page.shown import Shown
from device.page.slides import NO_SLIDE, begin_day, end_day
from device.page.who import name_operator, refuse_other
from device.page.wishes import CapturePath, NewCapture
from device.review.slide_search import find_slide

KEEP_S = 31_536_000
"""A capture's files never change: a browser may keep them for a year."""

NO_CAPTURE = "no such capture (expected an id of the list)"
DELETED = "capture deleted by {who} (expected one of the list)"
ONE_ARCHIVE = "another archive is on its way (expected one at a time); try again when it is there"
MOST_ZIPPED = 10_000

_TAG = Tag(name="captures", description="Frames that were kept, as shown and untouched")
_FILE = {"type": "string", "format": "binary"}
_RAW = {"description": "the untouched frame", "content": {"image/png": {"schema": _FILE}}}
_ANNOTATED = {"description": "the frame as it was shown", "content": {"image/jpeg": {"schema": _FILE}}}
_FACTS = {"description": "what was known of the frame", "content": {"application/json": {"schema": {"type": "object"}}}}
_ZIP = {"description": "all captures of a slide", "content": {"application/zip": {"schema": _FILE}}}
_NO: dict[str | int, type[BaseModel] | dict[Any, Any] | None] = {404: Problem, 410: Problem}


def make_captures(instrument: Instrument, shown: Shown) -> APIBlueprint:
    """Make the routes of captures.

    Args:
        instrument: keeps frames and holds their records.
        shown: the frames that are on a screen.

    Returns:
        The routes.
    """
    routes = APIBlueprint("captures", __name__, abp_tags=[_TAG])
    store, archives = instrument.store, Places(1)

    @routes.get("/api/v1/captures", summary="Captures, newest first", responses={200: CaptureList})
    def captures(query: CaptureQuery) -> Response:
        """List what was kept, of one slide or of some days; `before` is `next` of the page before."""
        since, until = begin_day(query.since), end_day(query.until)
        found = search_captures(store.readers, CaptureWish(query.slide_id, since, until, query.before, query.limit + 1))
        listed = found[: query.limit]
        following = listed[-1]["seq"] if len(found) > query.limit else None
        return answer(CaptureList(captures=tuple(_describe(entry) for entry in listed), next=following))

    @routes.post(
        "/api/v1/captures",
        summary="Capture the frame on the screen",
        responses={201: CaptureFacts, 403: Problem, 409: Problem, 503: Problem},
    )
    def capture(body: NewCapture) -> Response:
        """Keep raw picture, annotated picture and record of the frame with this number; never of another."""
        judged = shown.find(body.seq)
        if judged is None:
            return refuse(409, GONE.format(seq=body.seq))
        slide = instrument.slides.current
        annotated = instrument.live.annotate(judged)
        facts = read_facts(judged).model_dump_json(indent=1)
        operator = name_operator(slide.operator)
        capture_id = instrument.captures.save(slide.id, annotated, operator, facts)
        kept = find_capture(store.readers, capture_id)
        if kept is None:
            raise RuntimeError(f"capture {capture_id}: not found (expected the record just written)")
        return answer(_describe(kept), 201)

    @routes.get("/api/v1/captures/<capture_id>/raw.png", summary="Raw picture", responses={200: _RAW, **_NO})
    def raw(path: CapturePath) -> Response:
        """Give the frame as the camera gave it, lossless."""
        return send(path.capture_id, "raw_path")

    @routes.get(
        "/api/v1/captures/<capture_id>/annotated.jpg", summary="Annotated picture", responses={200: _ANNOTATED, **_NO}
    )
    def annotated(path: CapturePath) -> Response:
        """Give the frame as it was shown, byte for byte."""
        return send(path.capture_id, "annotated_path")

    @routes.get("/api/v1/captures/<capture_id>/frame.json", summary="JSON of the frame", responses={200: _FACTS, **_NO})
    def facts(path: CapturePath) -> Response:
        """Give what was known of the frame when it was kept; captures of older programs have none."""
        return send(path.capture_id, "facts_path")

    @routes.delete(
        "/api/v1/captures/<capture_id>",
        summary="Delete a capture",
        responses={204: {"description": "its files are gone"}, 403: Problem, 503: Problem, **_NO},
    )
    def delete(path: CapturePath) -> Response:
        """Delete a capture's files for good: one's own, or any as administrator. Its record stays, marked."""
        entry = find_capture(store.readers, path.capture_id)
        refusal = _refuse_gone(entry) or refuse_other(entry["operator"])  # type: ignore[index]  # gone where it is None
        if refusal is not None:
            return refusal
        assert entry is not None
        delete_capture(store, entry, name_operator(""))
        return Response(status=204)

    @routes.get(
        "/api/v1/slides/<slide_id>/captures.zip",
        summary="All captures of a slide",
        responses={200: _ZIP, 404: Problem, 503: Problem},
    )
    def archive(path: SlidePath) -> Response:
        """Give all captures of a slide in one archive, made while it is sent; one at a time."""
        slide = find_slide(store.readers, path.slide_id)
        if slide is None:
            return refuse(404, NO_SLIDE)
        if not archives.take():
            return refuse(503, ONE_ARCHIVE)
        entries = search_captures(store.readers, CaptureWish(path.slide_id, limit=MOST_ZIPPED))
        response = Response(zip_captures(store.path.parent, entries), mimetype="application/zip")
        response.headers["Content-Disposition"] = (
            f'attachment; filename="{_name_file(slide["accession"])}_captures.zip"'
        )
        response.call_on_close(archives.give_back)
        return response

    @routes.route("/captures")
    def captures_page() -> str:
        return render_template("captures.html")

    def send(capture_id: str, column: str) -> Response:
        entry = find_capture(store.readers, capture_id)
        refusal = _refuse_gone(entry)
        if refusal is not None:
            return refusal
        assert entry is not None
        place = entry | {"facts_path": place_facts(entry["raw_path"])}
        root = store.path.parent.absolute()
        return send_from_directory(root, place[column], max_age=KEEP_S)  # refuses what lies outside the folder

    return routes


def _refuse_gone(entry: Entry | None) -> Response | None:
    if entry is None:
        return refuse(404, NO_CAPTURE)
    if entry["deleted"]:
        return refuse(410, DELETED.format(who=entry["deleted"]["operator"] or "whoever sat at the device"))
    return None


def _name_file(accession: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", accession)[:64]


def _describe(entry: Entry) -> CaptureFacts:
    place = f"/api/v1/captures/{entry['id']}"
    links = {"raw": f"{place}/raw.png", "annotated": f"{place}/annotated.jpg", "facts": f"{place}/frame.json"}
    return CaptureFacts.model_validate(entry | links)
