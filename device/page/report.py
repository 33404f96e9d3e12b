"""The report of a slide, as a page to print, as a file to keep, as a table for programs."""

import base64
import re
from pathlib import Path
from typing import Any, cast

from flask import Response, current_app, render_template
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from markupsafe import Markup

from device.drawing.palette import style_of
from device.page.answers import refuse
from device.page.differential import open_references
from device.page.instrument import Instrument
from device.page.policy import allow_self_contained
from device.page.review_pictures import Crops, find_place
from device.page.review_wishes import SlidePath
from device.page.schemas import Problem
from device.page.slides import NO_SLIDE
from device.report.facts import Report, gather_report
from device.report.fields import write_span, write_time
from device.report.table import write_table

CROP_UM = 22.0
"""Side of a cell's picture: the largest cells of a smear fit, and all have one scale."""

CROP_PX = 176
"""Twice what the screen shows, so that print is sharp."""

STYLE = Path(__file__).parent / "templates" / "report.css"

_TAG = Tag(name="report", description="What leaves the device: one page, and a table")
_HTML = {"description": "the report, whole in itself", "content": {"text/html": {"schema": {"type": "string"}}}}
_PDF = {
    "description": "the report on one A4 page",
    "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
}
_CSV = {"description": "the differential as a table", "content": {"text/csv": {"schema": {"type": "string"}}}}


def make_report(instrument: Instrument) -> APIBlueprint:
    """Make the routes of a slide's report.

    Args:
        instrument: holds the records, the pictures and the bundle.

    Returns:
        The routes.
    """
    routes = APIBlueprint("report", __name__, abp_tags=[_TAG])
    crops, references = Crops(instrument.pictures), open_references(instrument)
    style = STYLE.read_text(encoding="utf-8")

    @routes.get(
        "/slides/<slide_id>/report.html", summary="Report to print", responses={200: _HTML, 404: Problem, 503: Problem}
    )
    def html(path: SlidePath) -> Response:
        """Give the report as one page that needs nothing else: pictures and style lie in it."""
        report = gather(path.slide_id)
        if report is None:
            return refuse(404, NO_SLIDE)
        classes = instrument.bundle.manifest.classes
        text = render_template(
            "report.html",
            r=report,
            style=Markup(style),  # noqa: S704 - a file of this program
            encode=lambda jpeg: base64.b64encode(jpeg).decode(),
            colour=lambda name: style_of(name, classes).hex,
            moment=write_time,
            span=write_span,
        )
        return allow_self_contained(Response(text, mimetype="text/html"), (style,))

    @routes.get(
        "/slides/<slide_id>/report.pdf", summary="Report as PDF", responses={200: _PDF, 404: Problem, 503: Problem}
    )
    def pdf(path: SlidePath) -> Response:
        """Give the report on one A4 page."""
        # 17 MB and 0.1 s that a program which prints nothing need not spend
        from device.report.pdf import draw_report

        report = gather(path.slide_id)
        if report is None:
            return refuse(404, NO_SLIDE)
        words = cast("dict[str, Any]", current_app.jinja_env.globals["t"])
        drawn = draw_report(report, words, instrument.bundle.manifest.classes)
        return _send(drawn, "application/pdf", report, "pdf")

    @routes.get(
        "/slides/<slide_id>/report.csv", summary="Report as table", responses={200: _CSV, 404: Problem, 503: Problem}
    )
    def table(path: SlidePath) -> Response:
        """Give the differential with intervals, ranges and flags, one line for each type."""
        report = gather(path.slide_id)
        return (
            refuse(404, NO_SLIDE) if report is None else _send(write_table(report).encode(), "text/csv", report, "csv")
        )

    def gather(slide_id: str) -> Report | None:
        return gather_report(
            instrument.store.readers,
            slide_id,
            device=instrument.name,
            bundle=instrument.bundle,
            reference=references.read(),
            cut=cut,
        )

    def cut(cell_id: str) -> bytes | None:
        place = find_place(instrument.store.readers, cell_id)
        return None if place is None else crops.cut(place, 0, CROP_UM, CROP_PX)

    return routes


def _send(content: bytes, mimetype: str, report: Report, ending: str) -> Response:
    # an accession code may hold anything; a file's name on somebody's disk may not
    code = re.sub(r"[^0-9A-Za-z._-]+", "_", report.slide["accession"]).strip("._") or "slide"
    disposition = f'inline; filename="leukoscope_{code}.{ending}"'
    return Response(content, mimetype=mimetype, headers={"Content-Disposition": disposition})
