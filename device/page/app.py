"""The page put together: what it is handed, its routes, its guards."""

import tomllib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from flask import Response, render_template
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from jinja2 import StrictUndefined

from contract.notice import RESEARCH_USE
from device.page.access import install_access, open_accounts
from device.page.agreement import make_agreement
from device.page.answers import install_refusals
from device.page.bundles import make_bundles
from device.page.calibration import make_calibration
from device.page.captures import make_captures
from device.page.cells import make_cells
from device.page.differential import make_differential
from device.page.document import SECURITY_SCHEMES, describe_guards
from device.page.drift import make_drift
from device.page.events import make_events
from device.page.frames import make_frames
from device.page.gallery import make_gallery
from device.page.gate import Gate
from device.page.health import make_health
from device.page.instrument import Instrument
from device.page.map import make_map
from device.page.optics import make_optics
from device.page.palette import describe_palette, write_palette
from device.page.places import Places
from device.page.records import make_records
from device.page.reference import make_reference
from device.page.report import make_report
from device.page.reviews import make_reviews
from device.page.second import make_second
from device.page.settings import make_settings
from device.page.shown import Shown
from device.page.sign_in import make_sign_in
from device.page.sign_in_log import SignInLog
from device.page.signing import make_signing
from device.page.slides import make_slides
from device.page.undoing import make_undoing
from device.page.upload import make_upload
from device.page.users import make_users
from device.page.who import User, current_user

TARGETS = (100, 200, 400)
"""Cells of a differential as laboratories count them: a routine one, a careful one, research."""

MOST_PEOPLE = 32
"""Whose live page is kept as it was rendered: some kilobytes each."""

STRINGS = Path(__file__).parent / "strings"


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
    app = OpenAPI("device.page", info=info, doc_ui=False, security_schemes=SECURITY_SCHEMES)
    app.jinja_env.undefined = StrictUndefined  # a sentence that is missing must not be a gap on the page
    install_refusals(app)
    book = SignInLog(instrument.store)
    gate = Gate(open_accounts(instrument.settings.page), instrument.settings.page, book)
    install_access(app, instrument.settings.page, gate)
    _add_page(app, instrument)
    shown = Shown()
    waiting, streaming = _share_threads(instrument.settings.page.threads)
    for routes in (
        make_frames(instrument.live, shown, waiting, streaming),
        make_differential(instrument),
        make_slides(instrument),
        make_gallery(instrument),
        make_captures(instrument, shown),
        make_cells(instrument, shown),
        make_reviews(instrument),
        make_signing(instrument),
        make_second(instrument),
        make_agreement(instrument),
        make_reference(instrument),
        make_report(instrument),
        make_calibration(instrument),
        make_optics(instrument),
        make_records(instrument.store),
        make_health(instrument),
        make_drift(instrument),
        make_events(instrument),
        make_undoing(instrument),
        make_map(instrument),
        make_upload(instrument),
        make_sign_in(gate),
        make_users(gate.accounts, book),
        make_settings(instrument, book),
        make_bundles(instrument, book),
    ):
        app.register_api(routes)
    return app


def _share_threads(threads: int) -> tuple[Places, Places]:
    """Half of the threads may wait for a frame, a quarter may stream; the rest is free for short requests."""
    return Places(max(1, threads // 2)), Places(max(1, threads // 4))


def _add_page(app: OpenAPI, instrument: Instrument) -> None:
    strings = read_strings("en")
    app.jinja_env.globals.update(t=strings, notice=RESEARCH_USE, user=current_user)

    palette_facts = describe_palette(instrument.bundle.manifest.classes)

    @lru_cache(maxsize=MOST_PEOPLE)  # it is the same until the target is changed, and takes a millisecond
    def render_live(target: int, _user: User) -> str:
        targets = sorted({*TARGETS, target})
        return render_template("live.html", palette=palette_facts, targets=targets, default_target=target)

    @app.route("/")
    def live() -> str:
        return render_live(instrument.target, current_user())

    @app.route("/palette.css")
    def palette() -> Response:
        return Response(write_palette(instrument.bundle.manifest.classes), mimetype="text/css")

    @app.route("/openapi/openapi.json")
    def openapi_document() -> dict[str, Any]:
        return describe_guards(app.api_doc)


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
