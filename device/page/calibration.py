"""Calibrating on this microscope from the page: what there is to learn from, the fit, its figures, and the way back."""

import logging
import threading
from pathlib import Path

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from contract.failures import Refusal
from device.bundles.choice import choose_bundle
from device.bundles.switch import find_previous, rollback
from device.calibration.calibrating import Outcome, run_calibration
from device.calibration.gathered import gather_reviews
from device.calibration.site_card import ROWS
from device.calibration.tally import ReviewTally
from device.page.answers import answer, refuse
from device.page.calibration_facts import (
    CalibrationFacts,
    CalibrationResult,
    ComparedFigure,
    FigureFacts,
    ReviewedClass,
)
from device.page.instrument import Instrument
from device.page.schemas import Problem

RUNNING = "a calibration is running (expected one at a time); wait for it"

log = logging.getLogger(__name__)

_TAG = Tag(name="calibration", description="Fitting names and confidence to this microscope")


def make_calibration(instrument: Instrument) -> APIBlueprint:
    """Make the routes of on-site calibration.

    Args:
        instrument: its bundle is calibrated on its records.

    Returns:
        The routes.
    """
    routes = APIBlueprint("calibration", __name__, abp_tags=[_TAG])
    desk = _Desk(instrument)

    @routes.get("/api/v1/calibration", summary="What there is to calibrate on", responses={200: CalibrationFacts})
    def calibration() -> Response:
        """Give the reviewed cells of each class, where confidence was fitted, and the last calibration's figures."""
        return answer(desk.read())

    @routes.post(
        "/api/v1/calibration",
        summary="Calibrate on this microscope",
        responses={200: CalibrationFacts, 400: Problem, 403: Problem, 409: Problem, 503: Problem},
    )
    def calibrate() -> Response:
        """Fit on what technicians confirmed and corrected; what is surely better runs from the next start."""
        return answer(desk.read()) if desk.run() else refuse(409, RUNNING)

    @routes.post(
        "/api/v1/calibration/rollback",
        summary="Go back to the bundle before",
        responses={200: CalibrationFacts, 400: Problem, 403: Problem, 409: Problem, 503: Problem},
    )
    def go_back() -> Response:
        """Make the bundle that was active before the active one again, from the next start."""
        return answer(desk.read()) if desk.go_back() else refuse(409, RUNNING)

    return routes


class _Desk:
    """One calibration at a time, and what came of the last."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._data_dir = Path(instrument.settings.data_dir)
        self._busy = threading.Lock()
        self._last: Outcome | None = None
        self._tally = ReviewTally(instrument.store.readers, instrument.bundle.manifest.classes)

    def run(self) -> bool:
        if not self._busy.acquire(blocking=False):
            return False
        try:
            instrument, settings = self._instrument, self._instrument.settings
            store, most = instrument.store, settings.calibration.max_cells_per_class
            self._last = run_calibration(
                instrument.bundle,
                lambda classifier, network: gather_reviews(
                    store.readers, store.path.parent, classifier, network, settings.quality, most, tally=self._tally
                ),
                settings,
                instrument.name,
                dry_run=False,
                tell=log.info,
            )
            installed = self._last.installed
            detail = {"before": instrument.bundle.bundle_id, "installed": installed.bundle_id if installed else None}
            store.add_event("info", "calibration", detail, instrument.slides.current.id)
            return True
        finally:
            self._busy.release()

    def go_back(self) -> bool:
        if not self._busy.acquire(blocking=False):
            return False
        try:
            bundle = rollback(self._data_dir, threads=self._instrument.settings.threads)
            self._last = None
            self._instrument.store.add_event("info", "rollback", {"bundle": bundle.bundle_id})
            return True
        finally:
            self._busy.release()

    def read(self) -> CalibrationFacts:
        manifest, settings = self._instrument.bundle.manifest, self._instrument.settings
        return CalibrationFacts(
            microscope=self._instrument.name,
            fitted_here=manifest.fitted_here,
            confidence_fitted_on=manifest.confidence_fitted_on,
            expected=settings.calibration.min_cells_per_class,
            classes=tuple(
                ReviewedClass(cell_type=name, confirmed=confirmed, corrected=corrected)
                for name, (confirmed, corrected) in self._tally.read().counts.items()
            ),
            running=self._busy.locked(),
            in_use=self._instrument.bundle.bundle_id,
            next_start=_find_next(settings.bundle, self._data_dir),
            previous=find_previous(self._data_dir),
            result=_describe(self._last) if self._last else None,
        )


def _find_next(named: str, data_dir: Path) -> str | None:
    try:
        return choose_bundle(named, data_dir).folder.name
    except Refusal as refusal:
        log.warning("the next start finds no bundle: %s", refusal)
        return None


def _describe(outcome: Outcome) -> CalibrationResult:
    made = outcome.calibration
    return CalibrationResult(
        cells=made.cells,
        scored=made.scored,
        divided_by=made.divided_by,
        told=outcome.gathered.told,
        gains=made.gains,
        installed=outcome.installed.bundle_id if outcome.installed else None,
        figures=tuple(
            ComparedFigure(
                name=name,
                before=FigureFacts.of(getattr(made.before, name)),
                after=FigureFacts.of(getattr(made.after, name)),
                change=FigureFacts.of(getattr(made.change, name)),
            )
            for name in ROWS
        ),
    )
