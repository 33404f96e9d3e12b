"""A barcode scanner types into whatever is open: its letters start a slide and press nothing."""

import pytest
from sqlalchemy import func, select

from contract.tables import capture, review, slide
from device.page.server import PageServer
from tests.device.page.browsing import SIZES, keep_screenshot, needs_chromium, open_browser
from tests.device.page.made_instrument import make_annotated, open_instrument, show
from tests.device.page.made_slide import count_slide
from tests.device.page.test_browser import open_page

CODE = "CZ-20+41nsfg"  # every letter of it is a shortcut
FINGERS_MS = 90

pytestmark = needs_chromium


def count_rows(instrument, table):
    with instrument.store.readers.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize("ending", ["Enter", "Tab", None])
def test_a_scanned_code_opens_the_new_slide_and_none_of_its_letters_is_a_shortcut(tmp_path, ending):
    with open_instrument(tmp_path) as instrument, PageServer(instrument) as server:
        show(instrument, make_annotated(1))
        with open_page(server.address, sorted(SIZES)[0]) as page:
            page.focus("#capture")
            assert scan(page, CODE, ending), "the last key is the scanner's: it presses no button"
            page.wait_for_selector("#slide-dialog[open]")
            assert page.input_value("#accession") == CODE
            assert page.evaluate("location.pathname") == "/"
            assert page.get_attribute("html", "data-state") != "paused"
            assert page.locator("dialog[open]").count() == 1
            assert page.evaluate("document.fullscreenElement") is None
            assert (count_rows(instrument, capture), count_rows(instrument, slide)) == (0, 1)
            page.keyboard.type("H-7777")  # scanned again, into the window: it takes the first one's place
            page.keyboard.press("Enter")
            page.wait_for_selector("#fact-slide:text-is('H-7777')")
            assert count_rows(instrument, slide) == 2
            assert page.wrong == []
        instrument.live.close()


@pytest.mark.parametrize("size", sorted(SIZES))
def test_a_code_scanned_on_the_list_of_slides_finds_the_slide_or_offers_it(tmp_path, size):
    with open_instrument(tmp_path) as instrument, PageServer(instrument) as server:
        show(instrument, make_annotated(1))
        first = instrument.slides.current.id
        for name in ("H-20412", "K/7 scans"):
            instrument.slides.open(accession=name, operator="cd", target=200)
        with open_browser(size) as page:
            page.goto(f"{server.address}/slides")
            page.wait_for_selector(".slides tbody tr:nth-child(3)")
            page.focus(".slides tbody th a")
            assert scan(page, "H-2041", "Enter"), "the last key is the scanner's: it opens no slide"
            page.wait_for_selector(f".slides a[href='/slides/{first}']:focus")  # and not that which begins so
            assert page.is_hidden("#offer")
            scan(page, "K/7 scans", None)  # a slash goes to the search when a hand presses it
            page.wait_for_selector(".slides th a:focus:has-text('K/7 scans')")
            scan(page, "M-1 new", "Enter")
            page.wait_for_selector("#offer a:focus:text-is('New slide M-1 new')")
            keep_screenshot(page, f"page_{size}_slides_scanned")
            page.keyboard.press("Enter")
            page.wait_for_selector("#slide-dialog[open]")
            assert page.input_value("#accession") == "M-1 new"
            page.wait_for_function("location.search === ''")
            assert count_rows(instrument, slide) == 3, "nothing begins before a person says so"
            assert page.wrong == []
        instrument.live.close()


PLACES = {
    "review": ("/slides/{slide}", ".tile .crop", "#toast"),
    "sign": ("/slides/{slide}/sign", "#count tbody tr", "#error"),
    "second": ("/slides/{slide}/second", "#reading", "#error"),
    "captures": ("/captures", "#told:has-text('No capture')", "#told"),
    "upload": ("/upload", "main", "#toast"),
}


def test_a_code_scanned_elsewhere_names_no_cell_and_presses_nothing(tmp_path):
    with open_instrument(tmp_path) as instrument, PageServer(instrument) as server, open_browser("7-inch") as page:
        counted = count_slide(instrument, 12)
        for where, (path, ready, told) in PLACES.items():
            page.goto(server.address + path.format(slide=counted))
            if where == "second":
                page.wait_for_selector("#begin")
                page.fill("#operator", "cd")
                page.keyboard.press("Enter")
            page.wait_for_selector(ready)
            before = page.url
            assert scan(page, CODE, "Enter"), where
            page.wait_for_selector(f"{told}:has-text('{CODE} was scanned')")
            keep_screenshot(page, f"page_7-inch_scanned_{where}")
            assert page.url == before, where
            assert page.locator("dialog[open]").count() == 0, where
        assert count_rows(instrument, review) == 0
        assert page.wrong == []
        instrument.live.close()


def test_what_a_hand_presses_on_the_review_page_keeps_its_order(tmp_path):
    """A letter waits for a moment whether more follow; an arrow after it must not come first."""
    with open_instrument(tmp_path) as instrument, PageServer(instrument) as server, open_browser("7-inch") as page:
        counted = count_slide(instrument, 12)
        page.goto(f"{server.address}/slides/{counted}")
        page.wait_for_selector("#cells:focus .tile.at")
        first = page.get_attribute("#cells", "aria-activedescendant")
        scan(page, "e", "ArrowRight")
        page.wait_for_selector(f".section[data-type=eosinophil] #{first}")
        page.wait_for_selector(f"#cells:not([aria-activedescendant={first}])")
        instrument.live.close()


def scan(page, code, ending):
    """Type as a scanner does, whatever else this machine is doing; gives whether the page took the last key."""
    return page.evaluate(
        """([keys]) => keys.map((key) => !document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }))).at(-1)""",
        [[*code, *([ending] if ending else [])]],
    )


def test_what_fingers_type_are_shortcuts_as_ever(tmp_path):
    with open_instrument(tmp_path) as instrument, PageServer(instrument) as server:
        show(instrument, make_annotated(1))
        with open_page(server.address, sorted(SIZES)[0]) as page:
            page.keyboard.type("1231", delay=FINGERS_MS)
            page.wait_for_selector("#layer-outlines[aria-pressed=true]")
            page.wait_for_selector("#layer-nuclei[aria-pressed=false]")
            page.wait_for_selector("#layer-names[aria-pressed=false]")
            page.keyboard.type("23", delay=1)  # two fingers that come down together
            page.wait_for_selector("#layer-nuclei[aria-pressed=true]")
            page.wait_for_selector("#layer-names[aria-pressed=true]")
            page.keyboard.press("?")
            page.wait_for_selector("#help-dialog[open]")
            assert page.wrong == []
        instrument.live.close()


def test_a_key_is_not_lost_to_a_field_of_a_window_that_was_just_closed(tmp_path):
    """A browser closes the window first and takes the focus out of its fields some milliseconds later."""
    with open_instrument(tmp_path) as instrument, PageServer(instrument) as server:
        show(instrument, make_annotated(1))
        with open_page(server.address, sorted(SIZES)[0]) as page:
            page.keyboard.press("n")
            page.wait_for_selector("#slide-dialog[open]")
            taken = page.evaluate(
                """() => {
                    document.getElementById("slide-dialog").removeAttribute("open");
                    return !document.getElementById("accession").dispatchEvent(
                        new KeyboardEvent("keydown", { key: "m", bubbles: true, cancelable: true }));
                }"""
            )
            assert taken
            page.wait_for_selector("#map-dialog[open]")
            assert page.wrong == []
        instrument.live.close()
