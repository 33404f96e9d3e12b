"""Drift on the page: its numbers, its warnings, and what a technician sees of it in a real browser."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from device.page.server import PageServer
from tests.device.drift.made_weeks import add_event, add_fields, fade, work_days
from tests.device.page.browsing import SIZES, keep_screenshot, needs_chromium
from tests.device.page.made_instrument import make_annotated, open_instrument, show
from tests.device.page.test_browser import open_page
from tests.made_records import leave_uncounted

BEGIN = datetime.now(UTC) - timedelta(days=12, hours=9)


def fill(instrument, a_day=0.015):
    moments = work_days(12, 80, BEGIN)
    add_fields(instrument.store, moments, fade(moments, a_day, begin=BEGIN), instrument.slides.current.id)
    add_event(instrument.store, BEGIN + timedelta(days=3), "optics_scale")


def test_the_numbers_of_a_plot_are_given_with_limits_and_calibrations(instrument, client):
    fill(instrument)
    said = client.get("/api/v1/drift?days=14").get_json()
    assert said["step"] == "day"
    assert 12 <= len(said["at"]) <= 14
    assert sum(said["fields"]) > 500
    assert len(said["series"]["lamp"]["median"]) == len(said["at"])
    assert said["series"]["lamp"]["median"][0] > said["series"]["lamp"]["median"][-1]
    assert said["limits"]["cover"] == [0.06, 0.69]
    assert [one["kind"] for one in said["calibrations"]] == ["optics_scale"]
    assert client.get("/api/v1/drift?days=2").get_json()["step"] == "hour"


@pytest.mark.parametrize("query", ["days=0", "days=x", "days=400", "weeks=2"])
def test_other_questions_are_refused(client, query):
    assert client.get(f"/api/v1/drift?{query}").status_code == 422


def test_a_drifted_lamp_is_a_warning_and_no_failure(instrument, client):
    fill(instrument)
    health = client.get("/healthz").get_json()
    (warning,) = health["warnings"]
    assert warning.startswith("lamp has drifted: 1")
    assert not any("drifted" in reason for reason in health["reasons"])
    assert client.get("/api/v1/status").get_json()["warnings"] == [warning]
    assert client.get("/api/v1/drift").get_json()["warnings"] == [warning]


def test_a_fresh_instrument_has_nothing_to_show(client):
    said = client.get("/api/v1/drift").get_json()
    assert said["at"] == []
    assert said["warnings"] == []
    assert set(said["series"]) >= {"lamp", "red", "green", "blue", "focus", "cover", "stain"}


@needs_chromium
@pytest.mark.parametrize("size", sorted(SIZES))
def test_a_technician_sees_what_drifted_and_every_number_of_a_field(tmp_path, size):
    with open_instrument(tmp_path) as instrument:
        fill(instrument)
        show(instrument, make_annotated(1), record=False)
        with PageServer(instrument) as server, open_page(server.address, size) as page:
            check_meters(page, instrument, size)
            check_drift(page, size)
            assert page.wrong == []
        instrument.live.close()


def look(instrument, seq, **changes):
    """Show a field of this quality."""
    made = make_annotated(seq).prediction
    quality = replace(made.frame.quality, background=(200.0, 180.0, 170.0), **changes)
    frame = replace(made.frame, quality=quality)
    instrument.live.put(leave_uncounted(replace(made, frame=frame, rejected=quality.reason)))


def check_meters(page, instrument, size):
    look(instrument, 2, cover=0.43, overlap=0.08, stain=0.82)
    page.wait_for_selector("#meter-cover output:text-is('43')")
    page.wait_for_selector("#meter-stain output:text-is('0.8')")
    assert page.inner_text("#cover-note") == "% of field"
    assert page.inner_text("#stain-note") == "known"
    keep_screenshot(page, f"page_{size}_meters")
    look(
        instrument,
        3,
        cover=0.82,
        overlap=0.2,
        stain=5.3,
        reason="no blood smear: 82% of the field covered (at most 69%)",
    )
    page.wait_for_selector("#meter-cover.poor #cover-note:text-is('thick')")
    page.wait_for_selector("#meter-stain.poor #stain-note:text-is('unlike training')")
    page.wait_for_selector("#banner:has-text('no blood smear: 82%')")
    keep_screenshot(page, f"page_{size}_meters_poor")
    for changes, words in (({"cover": 0.02}, "thin"), ({"cover": 0.5, "overlap": 0.6}, "piled up")):
        look(instrument, 4 + len(words), **({"overlap": 0.0, "stain": None} | changes))
        page.wait_for_selector(f"#cover-note:text-is('{words}')")
    assert page.inner_text("#stain-note") == "not known"
    for meter in page.locator(".meter dd").all():
        assert meter.evaluate("dd => dd.scrollWidth <= dd.clientWidth + 1"), meter.inner_text()


def check_drift(page, size):
    page.wait_for_selector("#menu.warned[title*='lamp has drifted']")
    page.keyboard.press("d")
    page.wait_for_selector("#drift-dialog[open] #drift-stain canvas")
    assert page.locator("#drift-plots canvas").count() == 4
    assert "lamp has drifted" in page.inner_text("#drift-words")
    keep_screenshot(page, f"page_{size}_drift")
    page.check("#drift-days input[value='2']", force=True)
    page.wait_for_selector("#drift-plots canvas >> nth=3")
    assert page.evaluate("document.querySelector('#drift-dialog').scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    page.wait_for_selector("#drift-dialog", state="hidden")
