"""How a viewer gets pictures: one by one as fast as it can take them, or as a bounded stream for other programs."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import zip_longest

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from device.loop.live import Live
from device.loop.screen import Ready
from device.page.answers import answer, refuse
from device.page.cell_facts import CellFacts
from device.page.places import Places
from device.page.schemas import FieldClassFacts, FrameFacts, Problem, QualityFacts
from device.page.shown import Shown
from device.page.wishes import After, FramePath, WhichFrame
from device.preclassification import Judged

WAIT_S = 1.0
"""Longest wait for a newer frame; short, so that a viewer who went away holds no thread."""

STREAM_SILENCE_S = 10.0
"""A stream without a new frame for so long ends: a still picture must not pass for a live one."""

BOUNDARY = "leukoscope-frame"
STREAMS_TAKEN = "every place for a stream is taken (expected a free one); pull /api/v1/frame.jpg instead"
GONE = "frame {seq} is no longer kept (expected the one on the screen); look again"

_TAG = Tag(name="frames", description="The picture as it is shown, and what is known of it")
_JPEG = {
    "description": "the annotated frame",
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
}
_VIEW = {
    "description": "the frame as it was read",
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
}
_STREAM = {"description": "one frame after the other", "content": {"multipart/x-mixed-replace": {}}}
_NONE_NEWER = {"description": "none newer came in time; ask again"}


def make_frames(live: Live, shown: Shown, waiting: Places, streaming: Places) -> APIBlueprint:
    """Make the routes of the live picture.

    Args:
        live: the newest frame.
        shown: remembers what viewers were given.
        waiting: places for requests that wait; without one a request is answered at once.
        streaming: places for streams, each of which holds a thread.

    Returns:
        The routes.
    """
    routes = APIBlueprint("frames", __name__, abp_tags=[_TAG])

    def wait_newer(after: int, ready: Ready = lambda _: None) -> Judged | None:
        newest = live.find_newest()
        if newest is not None and after > newest.prediction.frame.seq:
            after = 0  # the program was started again meanwhile: numbers begin anew
        with waiting.borrow() as has_place:
            return live.wait_newer(after, WAIT_S if has_place else 0.0, ready)

    @routes.get("/api/v1/frame.jpg", summary="The annotated frame", responses={200: _JPEG, 204: _NONE_NEWER})
    def frame_jpeg(query: After) -> Response:
        """Give the newest frame if it is newer than `after`; wait up to a second for it."""
        judged = wait_newer(query.after, live.annotate)
        if judged is None:
            return Response(status=204)
        shown.remember(judged)
        return Response(live.annotate(judged).jpeg, mimetype="image/jpeg", headers=_describe(judged))

    @routes.get(
        "/api/v1/view.jpg", summary="The frame with nothing drawn on it", responses={200: _VIEW, 204: _NONE_NEWER}
    )
    def view_jpeg(query: After) -> Response:
        """Give the newest frame as it was read, if it is newer than `after`; its cells stand in frame.json."""
        judged = wait_newer(query.after, live.encode_view)
        if judged is None:
            return Response(status=204)
        shown.remember(judged)
        return Response(live.encode_view(judged), mimetype="image/jpeg", headers=_describe(judged))

    @routes.get(
        "/api/v1/frame.json",
        summary="What is known of a frame",
        responses={200: FrameFacts, 204: _NONE_NEWER, 410: Problem},
    )
    def frame_json(query: WhichFrame) -> Response:
        """Give the facts of a frame that was shown (`seq`), or of the first newer than `after`."""
        if query.seq is not None:
            found = shown.find(query.seq)
            return answer(read_facts(found)) if found else refuse(410, GONE.format(seq=query.seq))
        judged = wait_newer(query.after)
        if judged is None:
            return Response(status=204)
        shown.remember(judged)
        return answer(read_facts(judged))

    @routes.put(
        "/api/v1/frames/<int:seq>/hold",
        summary="Keep a frame while a viewer pauses",
        responses={204: {"description": "kept"}, 409: Problem},
    )
    def hold_frame(path: FramePath) -> Response:
        """Keep a shown frame longer, so that it can be captured after a pause; the last two held are kept."""
        return Response(status=204) if shown.hold(path.seq) else refuse(409, GONE.format(seq=path.seq))

    @routes.get("/stream.mjpg", summary="Bounded MJPEG stream", responses={200: _STREAM, 503: Problem})
    def stream() -> Response:
        """Stream annotated frames for OBS, VLC and scripts; a few at a time, for each holds a thread."""
        if not streaming.take():
            return refuse(503, STREAMS_TAKEN)
        is_gone: Callable[[], bool] = request.environ.get("waitress.client_disconnected", bool)
        response = Response(_stream(live, is_gone), mimetype=f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        response.call_on_close(streaming.give_back)
        return response

    return routes


def read_facts(judged: Judged) -> FrameFacts:
    """Give all that is known of a frame, in the form of the API."""
    prediction = judged.prediction
    frame = prediction.frame
    height, width = frame.image.shape[:2]
    return FrameFacts(
        seq=frame.seq,
        sha256=frame.digest,
        captured_at=frame.captured_at,
        height=height,
        width=width,
        um_per_px=frame.um_per_px,
        simulated=frame.simulated,
        rejected=prediction.rejected,
        quality=QualityFacts.model_validate(frame.quality),
        field=FieldClassFacts.model_validate(prediction.field_class) if prediction.field_class else None,
        cells=tuple(CellFacts.tell(*known) for known in zip_longest(prediction.cells, judged.marks)),
        bundle_id=prediction.bundle_id,
        infer_ms=prediction.infer_ms,
    )


def _describe(judged: Judged) -> dict[str, str]:
    frame = judged.prediction.frame
    # the device reckons the age: the viewer's clock may be wrong
    age_ms = (datetime.now(UTC) - frame.captured_at).total_seconds() * 1000
    return {
        "X-Frame-Seq": str(frame.seq),
        "X-Frame-Sha256": frame.digest,
        "X-Captured-At": frame.captured_at.astimezone(UTC).isoformat(),
        "X-Simulated": str(frame.simulated).lower(),
        "X-Age-Ms": f"{age_ms:.0f}",
    }


def _stream(live: Live, is_gone: Callable[[], bool]) -> Iterator[bytes]:
    seq, silence_s = 0, 0.0
    while silence_s < STREAM_SILENCE_S and not live.closed and not is_gone():
        judged = live.wait_newer(seq, WAIT_S, live.annotate)
        if judged is None:
            silence_s += WAIT_S
            continue
        seq, silence_s, jpeg = judged.prediction.frame.seq, 0.0, live.annotate(judged).jpeg
        head = ["Content-Type: image/jpeg", f"Content-Length: {len(jpeg)}", f"X-Frame-Seq: {seq}"]
        yield "\r\n".join([f"--{BOUNDARY}", *head, "", ""]).encode() + jpeg + b"\r\n"
