"""A barcode scanner types into whatever is open: its letters start a slide and press nothing."""

import pytest
from sqlalchemy import func, select

from contract.tables import capture, slide
from device.page.server import PageServer
from tests.device.page.browsing import SIZES, needs_chromium
from tests.device.page.made_instrument import make_annotated, open_instrument, show
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
