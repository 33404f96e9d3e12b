"""Signing, a second reading and the report in a real browser, by keyboard, on the 7-inch screen and on a desktop."""

import pypdfium2
import pytest

from contract.counts import count_cells
from device.page.server import PageServer
from device.review.signed import find_amendments, find_signature
from tests.device.page.browsing import ARTEFACTS, SIZES, keep_screenshot, needs_chromium, open_browser, press
from tests.device.page.made_instrument import open_instrument
from tests.device.page.made_slide import count_slide

TYPES = ("neutrophil",) * 5 + ("lymphocyte",) * 2 + ("eosinophil", "monocyte", "unidentified")

pytestmark = needs_chromium


def expect_no_overflow(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"


@pytest.mark.parametrize("size", sorted(SIZES))
def test_a_slide_is_signed_read_again_and_reported_by_keyboard(tmp_path, size):
    with open_instrument(tmp_path) as instrument, PageServer(instrument) as server, open_browser(size) as page:
        slide_id = count_slide(instrument, 30, TYPES, per_field=10)
        engine = instrument.store.readers
        sign_by_keyboard(page, server.address, slide_id, size)
        signed = find_signature(engine, slide_id)
        assert (signed.operator, signed.override_reason) == ("ab", "crushed, a second smear is asked for")
        read_by_keyboard(page, server.address, slide_id, size)
        look_at_agreement(page, server.address, slide_id, size)
        cell_id = page.request.get(f"{server.address}/api/v1/slides/{slide_id}/cells").json()["cells"][0]["id"]
        instrument.store.add_review(cell_id, operator="ab", new_type="monocyte", comment="folded nucleus")
        look_at_amendment(page, server.address, slide_id, size)
        assert len(find_amendments(engine, slide_id, signed.seq)) == 1
        assert count_cells(engine, slide_id)["monocyte"] == 4
        look_at_report(page, server.address, slide_id, size, tmp_path)
        assert page.wrong == []


def sign_by_keyboard(page, url, slide_id, size):
    page.goto(f"{url}/slides/{slide_id}/sign")
    page.wait_for_selector("#count tbody tr")
    assert "3 cells unidentified" in page.inner_text("#obstacle")
    assert "high" in page.inner_text("#count")
    keep_screenshot(page, f"sign_before_{size}", whole=True)
    expect_no_overflow(page)
    press(page, "s")
    page.keyboard.type("crushed, a second smear is asked for")
    press(page, "Tab")
    page.keyboard.type("ab")
    press(page, "Enter")
    page.wait_for_selector("#state.signed")
    assert "Version 1: signed by ab" in page.inner_text("#signatures")
    keep_screenshot(page, f"sign_signed_{size}", whole=True)


def read_by_keyboard(page, url, slide_id, size):
    page.goto(f"{url}/slides/{slide_id}/second")
    page.fill("#operator", "ab")
    press(page, "Enter")
    page.wait_for_selector("#error:not([hidden])")
    assert "ab has read this slide already" in page.inner_text("#error")
    page.fill("#operator", "cd")
    press(page, "Enter")
    page.wait_for_selector("#reading:not([hidden]) #picture")
    page.wait_for_load_state("networkidle")
    keep_screenshot(page, f"sign_second_{size}")
    expect_no_overflow(page)
    keys = {
        button.get_attribute("data-name"): button.get_attribute("data-key")
        for button in page.query_selector_all(".types button")
    }
    for number in range(30):
        name = "monocyte" if number == 5 else TYPES[number % 10]
        page.wait_for_selector(f"#place:has-text('Cell {number + 1} of 30')")
        press(page, keys[name])
    page.wait_for_selector("#left.signed")
    page.click("#sign")
    page.wait_for_selector("#signed:not([hidden])")


def look_at_agreement(page, url, slide_id, size):
    page.goto(f"{url}/slides/{slide_id}/agreement")
    page.wait_for_selector("#matrix tbody tr")
    assert "0.9" in page.inner_text("#kappa")
    keep_screenshot(page, f"sign_agreement_{size}", whole=True)
    expect_no_overflow(page)


def look_at_amendment(page, url, slide_id, size):
    page.goto(f"{url}/slides/{slide_id}/sign")
    page.wait_for_selector("#state.amended")
    assert "folded nucleus" in page.inner_text("#amendments")
    keep_screenshot(page, f"sign_amended_{size}", whole=True)
    expect_no_overflow(page)


def look_at_report(page, url, slide_id, size, folder):
    page.goto(f"{url}/slides/{slide_id}/report.html")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontSize") == "19px"  # its style is allowed
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
    keep_screenshot(page, f"sign_report_{size}", whole=True)
    expect_no_overflow(page)
    printed = folder / "printed.pdf"
    page.pdf(path=printed, prefer_css_page_size=True)
    assert len(pypdfium2.PdfDocument(printed)) == 1
    drawn = page.request.get(f"{url}/slides/{slide_id}/report.pdf").body()
    pypdfium2.PdfDocument(drawn)[0].render(scale=1.5).to_pil().save(ARTEFACTS / f"sign_report_pdf_{size}.png")


def test_reference_ranges_are_set_on_their_page(tmp_path):
    with open_instrument(tmp_path) as instrument, PageServer(instrument) as server, open_browser("7-inch") as page:
        page.goto(f"{server.address}/settings/reference")
        low, high = (f"#ranges tr[data-name=eosinophil] td:nth-of-type({at}) input" for at in (1, 2))
        page.wait_for_selector(low)
        page.fill(high, "")
        page.click("#save")
        page.wait_for_selector("#error:not([hidden])")
        assert "Eosinophil: only one end is given" in page.inner_text("#error")
        page.fill(low, "0.5")
        page.fill(high, "8")
        page.fill("#source", "our own donors")
        press(page, "Enter")
        page.wait_for_selector("#saved:has-text('Saved.')")
        keep_screenshot(page, "sign_reference_7-inch", whole=True)
        expect_no_overflow(page)
        said = page.request.get(f"{server.address}/api/v1/reference").json()
        assert (said["percent"]["eosinophil"], said["source"]) == ([0.5, 8], "our own donors")
        assert page.wrong == []
