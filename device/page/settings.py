"""Settings on the page: looked at by everybody, changed by an administrator."""

from flask import Response, render_template
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from contract.settings_files import SettingsError
from device.cameras.listing import list_pi_cameras, list_usb_cameras
from device.page.answers import answer, refuse
from device.page.instrument import Instrument
from device.page.schemas import Problem
from device.page.settings_facts import describe_settings
from device.page.settings_schemas import SettingsFacts, SettingsWish
from device.page.sign_in_log import SignInLog
from device.page.who import current_user
from device.settings.layers import find_value
from device.settings.page import AT_ONCE, CAMERA, PAGE_SETTINGS, check_change

_TAG = Tag(name="settings", description="What the program was told, by whom, and what may be changed here")


def make_settings(instrument: Instrument, book: SignInLog) -> APIBlueprint:
    """Make the settings page and its routes.

    Args:
        instrument: whose settings these are.
        book: keeps what was changed by whom.

    Returns:
        The routes.
    """
    routes = APIBlueprint("settings", __name__, abp_tags=[_TAG])
    data_dir = instrument.store.path.parent

    @routes.route("/settings")
    def settings_page() -> str:
        return render_template("settings.html")

    @routes.get("/api/v1/settings", summary="Every setting", responses={200: SettingsFacts, 400: Problem})
    def settings() -> Response:
        """Give each setting with default, unit, reason, value in force and where that comes from."""
        return answer(_read(instrument))

    @routes.put(
        "/api/v1/settings",
        summary="Change settings",
        responses={200: SettingsFacts, 400: Problem, 403: Problem, 503: Problem},
    )
    def put_settings(body: SettingsWish) -> Response:
        """Keep changes, all or none; most hold from the next start on."""
        before = instrument.book.read(data_dir).settings.model_dump()
        camera = body.changes.get(CAMERA)
        try:
            check_change(CAMERA, camera)
            missing = _find_missing(camera, instrument.camera)
            if missing is not None:
                return refuse(400, missing)
            instrument.book.change(body.changes, data_dir)
        except SettingsError as error:
            return refuse(400, str(error))
        after = instrument.book.read(data_dir).settings.model_dump()
        steps = {key: [find_value(before, key), find_value(after, key)] for key in body.changes}
        book.tell_change("settings_changed", current_user().name, {"changes": steps})
        return answer(_read(instrument))

    return routes


def _find_missing(camera: object, in_use: str) -> str | None:
    """Say why a camera cannot be chosen now; None: it is there, or opening it will tell."""
    kind, _, number = str(camera).partition(":")
    look = {"usb": list_usb_cameras, "picamera2": list_pi_cameras}.get(kind)
    if camera == in_use or look is None:
        return None
    listed = list(look())
    usable = [one.spec for one in listed if one.usable]
    if f"{kind}:{int(number or 0)}" in usable:
        return None
    there = f"expected {', '.join(usable)}" if usable else "; ".join(one.words for one in listed)
    return f"{CAMERA}: {str(camera)[:80]!r}: not found ({there})"


def _read(instrument: Instrument) -> SettingsFacts:
    data_dir, now = instrument.store.path.parent, {"device": instrument.settings.model_dump()}
    held = {key: instrument.book.find(key, find_value(now, key)) for key in AT_ONCE}
    changed = {key: value for key, value in held.items() if value != find_value(now, key)}
    later = instrument.book.read(data_dir)
    started = instrument.book.started or later
    return SettingsFacts(
        settings=describe_settings(now, started.origins, later, changed),
        left_out=instrument.book.left_out,
        file=PAGE_SETTINGS,
        may_change=current_user().role == "administrator",
    )
