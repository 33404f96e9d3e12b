"""How the very frame on the screen is kept, and how what was kept is looked at again."""

from flask import Response, send_from_directory, url_for
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from device.history import Entry, find_capture, list_captures
from device.page.answers import answer, refuse
from device.page.frames import GONE
from device.page.instrument import Instrument
from device.page.schemas import CaptureFacts, CaptureList, Problem
from device.page.shown import Shown
from device.page.wishes import CaptureFilter, CapturePath, NewCapture

KEEP_S = 31_536_000
"""A capture's files never change: a browser may keep them for a year."""

_TAG = Tag(name="captures", description="Frames that were kept, as shown and untouched")
_PICTURE = {"type": "string", "format": "binary"}
_RAW = {"description": "the untouched frame", "content": {"image/png": {"schema": _PICTURE}}}
_ANNOTATED = {"description": "the frame as it was shown", "content": {"image/jpeg": {"schema": _PICTURE}}}


def make_captures(instrument: Instrument, shown: Shown) -> APIBlueprint:
    """Make the routes of captures.

    Args:
        instrument: keeps frames and holds their records.
        shown: the frames that are on a screen.

    Returns:
        The routes.
    """
    routes = APIBlueprint("captures", __name__, abp_tags=[_TAG])
    readers = instrument.store.readers

    @routes.get("/api/v1/captures", summary="Captures, newest first", responses={200: CaptureList})
    def captures(query: CaptureFilter) -> Response:
        """List what was kept, of one slide or of all."""
        found = list_captures(readers, query.slide_id, query.limit)
        return answer(CaptureList(captures=tuple(_describe(entry) for entry in found)))

    @routes.post(
        "/api/v1/captures",
        summary="Capture the frame on the screen",
        responses={201: CaptureFacts, 403: Problem, 409: Problem, 503: Problem},
    )
    def capture(body: NewCapture) -> Response:
        """Keep raw picture, annotated picture and record of the frame with this number; never of another."""
        annotated = shown.find(body.seq)
        if annotated is None:
            return refuse(409, GONE.format(seq=body.seq))
        slide = instrument.slides.current
        capture_id = instrument.captures.save(slide.id, annotated, slide.operator)
        kept = find_capture(readers, capture_id)
        if kept is None:
            raise RuntimeError(f"capture {capture_id}: not found (expected the record just written)")
        return answer(_describe(kept), 201)

    @routes.get("/api/v1/captures/<capture_id>/raw.png", summary="Raw picture", responses={200: _RAW, 404: Problem})
    def raw(path: CapturePath) -> Response:
        """Give the frame as the camera gave it, lossless."""
        return send(find_capture(readers, path.capture_id), "raw_path")

    @routes.get(
        "/api/v1/captures/<capture_id>/annotated.jpg",
        summary="Annotated picture",
        responses={200: _ANNOTATED, 404: Problem},
    )
    def annotated(path: CapturePath) -> Response:
        """Give the frame as it was shown, byte for byte."""
        return send(find_capture(readers, path.capture_id), "annotated_path")

    def send(entry: Entry | None, column: str) -> Response:
        if entry is None:
            return refuse(404, "no such capture (expected an id of the list)")
        root = instrument.store.path.parent.absolute()
        return send_from_directory(root, entry[column], max_age=KEEP_S)  # refuses what lies outside the folder

    return routes


def _describe(entry: Entry) -> CaptureFacts:
    links = {
        "raw": url_for("captures.raw", capture_id=entry["id"]),
        "annotated": url_for("captures.annotated", capture_id=entry["id"]),
    }
    return CaptureFacts.model_validate(entry | links)
