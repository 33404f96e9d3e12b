"""The page put together: what it is handed, its routes, its guards."""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from flask import Response, render_template
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from jinja2 import StrictUndefined

from contract.notice import RESEARCH_USE
from device.page.access import install_access
from device.page.answers import install_refusals
from device.page.calibration import make_calibration
from device.page.captures import make_captures
from device.page.cells import make_cells
from device.page.differential import make_differential
from device.page.frames import make_frames
from device.page.health import make_health
from device.page.instrument import Instrument
from device.page.palette import write_palette
from device.page.places import Places
from device.page.records import make_records
from device.page.reviews import make_reviews
from device.page.shown import Shown
from device.page.slides import make_slides

TARGETS = (100, 200, 400)
"""Cells of a differential as laboratories count them: a routine one, a careful one, research."""

STRINGS = Path(__file__).parent / "strings"
MOST_BODY_BYTES = 64 * 1024
"""No request of this API needs more."""


def create_app(instrument: Instrument) -> OpenAPI:
    """Make the page's application.

    Args:
        instrument: the open parts of the running program; they stay open as long as the application serves.

    Returns:
        A WSGI application.

    Raises:
        AccessError: it would stand open on a network.
        PasswordError: the password file cannot be used.
    """
    info = Info(title="Leukoscope", version=_find_version(), description=RESEARCH_USE)
    app = OpenAPI("device.page", info=info, doc_ui=False)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    app.jinja_env.undefined = StrictUndefined  # a sentence that is missing must not be a gap on the page
    install_refusals(app)
    install_access(app, instrument.settings.page)
    _add_page(app, instrument)
    shown = Shown()
    waiting, streaming = _share_threads(instrument.settings.page.threads)
    for routes in (
        make_frames(instrument.live, shown, waiting, streaming),
        make_differential(instrument),
        make_slides(instrument),
        make_captures(instrument, shown),
        make_cells(instrument, shown),
        make_reviews(instrument),
        make_calibration(instrument),
        make_records(instrument.store),
        make_health(instrument),
    ):
        app.register_api(routes)
    return app


def _share_threads(threads: int) -> tuple[Places, Places]:
    """Half of the threads may wait for a frame, a quarter may stream; the rest is free for short requests."""
    return Places(max(1, threads // 2)), Places(max(1, threads // 4))


def _add_page(app: OpenAPI, instrument: Instrument) -> None:
    strings = read_strings("en")
    target = instrument.settings.counting.target
    targets = sorted({*TARGETS, target})

    @app.route("/")
    def live() -> str:
        return render_template("live.html", t=strings, notice=RESEARCH_USE, targets=targets, default_target=target)

    @app.route("/palette.css")
    def palette() -> Response:
        return Response(write_palette(instrument.bundle.manifest.classes), mimetype="text/css")

    @app.route("/openapi/openapi.json")
    def openapi_document() -> dict[str, Any]:
        return app.api_doc


def read_strings(language: str) -> dict[str, Any]:
    """Read the page's sentences.

    Args:
        language: name of a file in strings/.

    Returns:
        Sentences by section and name.
    """
    return tomllib.loads((STRINGS / f"{language}.toml").read_text(encoding="utf-8"))


def _find_version() -> str:
    try:
        return version("leukoscope")
    except PackageNotFoundError:  # run from a checkout without installing
        return "0+checkout"
