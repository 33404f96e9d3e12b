"""Which bundles there are, and which one runs from the next start on."""

import logging
from pathlib import Path

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from contract.bundle import load_bundle
from contract.failures import Refusal
from device.bundles.choice import choose_bundle
from device.bundles.shelf import Place, find_installed, find_shipped
from device.bundles.switch import find_previous, use_bundle
from device.page.answers import answer, refuse
from device.page.instrument import Instrument
from device.page.schemas import Problem
from device.page.settings_schemas import BundleChoice, BundleEntry, BundleList
from device.page.sign_in_log import SignInLog
from device.page.who import current_user

log = logging.getLogger(__name__)

_TAG = Tag(name="bundles", description="The models of this device; going back: /api/v1/calibration/rollback")


def make_bundles(instrument: Instrument, book: SignInLog) -> APIBlueprint:
    """Make the routes of bundles.

    Args:
        instrument: whose bundles these are.
        book: keeps what was chosen by whom.

    Returns:
        The routes.
    """
    routes = APIBlueprint("bundles", __name__, abp_tags=[_TAG])

    @routes.get("/api/v1/bundles", summary="Bundles", responses={200: BundleList})
    def bundles() -> Response:
        """List what is installed and shipped, what runs now and what from the next start on."""
        return answer(_list(instrument))

    @routes.post(
        "/api/v1/bundles/use",
        summary="Use another bundle from the next start on",
        responses={200: BundleList, 400: Problem, 403: Problem, 404: Problem, 503: Problem},
    )
    def use(body: BundleChoice) -> Response:
        """Try a bundle on this machine and make it the active one; the one that runs goes on until the next start."""
        data_dir = instrument.store.path.parent
        if body.name not in {place.name for place in (*find_installed(data_dir), *find_shipped())}:
            return refuse(404, f"bundle: {body.name[:80]!r} (expected one of the list)")
        chosen = use_bundle(body.name, data_dir, threads=instrument.settings.threads)
        book.tell_change("bundle_chosen", current_user().name, {"bundle": chosen.bundle_id})
        return answer(_list(instrument))

    return routes


def _list(instrument: Instrument) -> BundleList:
    data_dir, named = instrument.store.path.parent, instrument.settings.bundle
    try:
        choice = choose_bundle(named, data_dir)
        next_start, why = choice.folder, choice.why
    except Refusal as refusal:
        log.warning("the next start finds no bundle: %s", refusal)
        next_start, why = None, str(refusal)
    return BundleList(
        in_use=instrument.bundle.bundle_id,
        why=why,
        named=named,
        previous=_find_previous(data_dir),
        bundles=tuple(
            _describe(place, instrument, next_start) for place in (*find_installed(data_dir), *find_shipped())
        ),
    )


def _find_previous(data_dir: Path) -> str | None:
    try:
        return find_previous(data_dir)
    except Refusal:
        return None


def _describe(place: Place, instrument: Instrument, next_start: Path | None) -> BundleEntry:
    since = place.installed_at.isoformat(timespec="minutes") if place.installed_at else ""
    facts = {"name": place.name, "since": since, "in_use": False, "next_start": place.folder == next_start}
    try:
        bundle = load_bundle(place.folder)
    except Refusal as refusal:
        return BundleEntry(**facts, version="", task="", size_mb=0.0, trouble=str(refusal))
    facts["in_use"] = bundle.bundle_id == instrument.bundle.bundle_id
    size = sum(path.stat().st_size for path in place.folder.iterdir()) / 1e6
    manifest = bundle.manifest
    return BundleEntry(**facts, version=manifest.version, task=manifest.task, size_mb=round(size, 1), trouble="")
