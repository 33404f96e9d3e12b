"""Why a cell is called what it is: its heat map, drawn when somebody asks."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from contract.evidence import describe_evidence
from contract.image import encode_png
from device.drawing.heat_map import find_heat
from device.drawing.heat_picture import draw_heat_map
from device.page.answers import refuse
from device.page.frames import GONE
from device.page.instrument import Instrument
from device.page.schemas import Problem
from device.page.shown import Shown
from device.page.wishes import CellPath

NO_CELL = "frame {seq} has no cell {cell} with a heat map (expected a place in the list of its cells, from 0)"

_TAG = Tag(name="cells", description="What speaks for a cell's name")
_PNG = {
    "description": "the cell as it is, and with what speaks for and against its likeliest class",
    "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
}


def make_cells(instrument: Instrument, shown: Shown) -> APIBlueprint:
    """Make the routes of single cells.

    Args:
        instrument: names the classes.
        shown: the frames that are on a screen.

    Returns:
        The routes.
    """
    routes = APIBlueprint("cells", __name__, abp_tags=[_TAG])

    @routes.get(
        "/api/v1/frames/<int:seq>/cells/<int:cell>/heat_map.png",
        summary="Heat map of a cell",
        responses={200: _PNG, 404: Problem, 410: Problem},
    )
    def heat_map(path: CellPath) -> Response:
        """Draw where in a cell the evidence for its likeliest class lies; of frames that are on a screen only."""
        judged = shown.find(path.seq)
        if judged is None:
            return refuse(410, GONE.format(seq=path.seq))
        prediction = judged.prediction
        if prediction.places is None or path.cell >= len(prediction.cells):
            return refuse(404, NO_CELL.format(seq=path.seq, cell=path.cell))
        cell, frame = prediction.cells[path.cell], prediction.frame
        heat = find_heat(cell, prediction.places, instrument.bundle.manifest.classes)
        picture = draw_heat_map(frame.view, cell, [heat], describe_evidence(cell), frame.um_per_px)
        return Response(encode_png(picture), mimetype="image/png")

    return routes
