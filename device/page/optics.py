"""Measuring the optics from the page: a button each, from live raw pictures, in force from the next picture on."""

from pathlib import Path

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from device.optics.kept import read_shelf
from device.page.answers import answer, refuse
from device.page.instrument import Instrument
from device.page.optics_desk import OpticsDesk
from device.page.optics_facts import MeasurementPath, NewMeasurement, OpticsFacts, Undo
from device.page.schemas import Problem

RUNNING = "a measurement is running (expected one at a time); wait for it, or stop it"

_TAG = Tag(name="optics", description="Flat field, white balance, dark frame and scale of this camera")
_PNG = {
    "description": "before and after",
    "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
}


def make_optics(instrument: Instrument) -> APIBlueprint:
    """Make the routes of the optics.

    Args:
        instrument: its live raw pictures are measured, its optics are set.

    Returns:
        The routes.
    """
    routes = APIBlueprint("optics", __name__, abp_tags=[_TAG])
    desk = OpticsDesk(instrument)

    @routes.get("/api/v1/optics", summary="What was measured of the optics", responses={200: OpticsFacts})
    def optics() -> Response:
        """Give what holds for this camera, and how far a measurement is that goes on."""
        return answer(desk.read())

    @routes.post(
        "/api/v1/optics",
        summary="Measure on live pictures",
        responses={200: OpticsFacts, 400: Problem, 403: Problem, 409: Problem, 503: Problem},
    )
    def measure_optics(body: NewMeasurement) -> Response:
        """Measure, keep it, and let it hold from the next picture on; answered when it is done."""
        return answer(desk.read()) if desk.run(body.task, body.division_um) else refuse(409, RUNNING)

    @routes.post(
        "/api/v1/optics/stop",
        summary="Stop the measurement that goes on",
        responses={204: {"description": "told"}, 403: Problem},
    )
    def stop_optics() -> Response:
        """End a measurement with what it has; too few pictures are refused."""
        desk.stop()
        return Response(status=204)

    @routes.post(
        "/api/v1/optics/undo",
        summary="Take a measurement back",
        responses={200: OpticsFacts, 400: Problem, 403: Problem, 409: Problem, 503: Problem},
    )
    def undo_optics(body: Undo) -> Response:
        """Take a measurement out of force; the one before it holds again from the next picture on."""
        return answer(desk.read()) if desk.undo(body.name) else refuse(409, RUNNING)

    @routes.get(
        "/api/v1/optics/<name>/picture.png", summary="Picture of a measurement", responses={200: _PNG, 404: Problem}
    )
    def optics_picture(path: MeasurementPath) -> Response:
        """Give a stored measurement's picture of before and after."""
        for kept in read_shelf(Path(instrument.store.path.parent), instrument.camera):
            if kept.name == path.name:
                return Response(kept.read_picture(), mimetype="image/png")
        return refuse(404, "no such measurement (expected a name of /api/v1/optics)")

    return routes
