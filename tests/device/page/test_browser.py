"""The page in a real browser, as a technician uses it, on the 7-inch screen and on a desktop."""

import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from contract.cell_types import UNIDENTIFIED
from contract.tables import capture, field, slide
from device.page.server import PageServer
from device.page.shown import KEPT
from device.worker import Worker
from tests.device.page.browsing import SIZES, keep_screenshot, needs_chromium, open_browser
from tests.device.page.made_instrument import make_annotated, open_instrument, show

pytestmark = needs_chromium


class Camera(Worker):
    """Shows field after field, as the live loop does, until it is told to hold or to stop."""

    def __init__(self, instrument):
        super().__init__("camera")
        self._instrument = instrument
        self._stopping = threading.Event()
        self.running = threading.Event()
        self.running.set()
        self.reject = threading.Event()
        self.seq = 0

    def work(self):
        while not self._stopping.wait(0.1):
            if self.running.is_set():
                self.seq += 1
                rejected = "out of focus" if self.reject.is_set() else None
                show(self._instrument, make_annotated(self.seq, ("neutrophil", "monocyte", UNIDENTIFIED), rejected))

    def stop(self):
        self._stopping.set()


@contextmanager
def open_page(url, size):
    with open_browser(size) as page:
        page.goto(url)
        page.wait_for_selector("html[data-state=live] #picture[data-seq]")
        yield page


def read_captures(instrument):
    query = select(field.c.frame_seq, field.c.frame_sha256).join(capture, capture.c.field_id == field.c.id)
    with instrument.store.readers.connect() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(capture.c.seq))]


def read_shown(page):
    return tuple(page.eval_on_selector("#picture", "p => [Number(p.dataset.seq), p.dataset.sha256]"))


@pytest.mark.parametrize("size", sorted(SIZES))
def test_a_technician_looks_pauses_captures_and_opens_a_slide(tmp_path, size):
    with open_instrument(tmp_path) as instrument, Camera(instrument) as camera, PageServer(instrument) as server:
        with open_page(server.address, size) as page:
            check_layout(page)
            check_count(page)
            keep_screenshot(page, f"page_{size}_live")
            check_evidence(page, size)
            check_pause_and_capture(page, instrument, camera)
            check_rejection(page, camera)
            check_new_slide(page, instrument, size)
            check_keys(page, size)
            check_calibration(page, size)
            assert page.wrong == []
            check_stall(page, camera, size)
        instrument.live.close()


def check_layout(page):
    """Nothing is cut off at the side or below, and what must be seen is seen."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    for wanted in ("#picture", "#badge-simulated", "footer .notice", "#capture", "#rows tr", "#progress", "#meter-age"):
        assert page.locator(wanted).first.is_visible(), wanted
    assert page.inner_text("#fact-slide") == "H-2041"
    assert page.inner_text("#fact-bundle") == "wbc5 1.0"
    for button in page.locator(".actions button").all():
        box = button.bounding_box()
        assert box["height"] >= 44, "a finger needs 44 pixels"
        assert button.evaluate("b => b.scrollWidth <= b.clientWidth + 1")
    over = page.evaluate(
        "[...document.querySelectorAll('#differential td')].filter(c => c.scrollWidth > c.clientWidth + 1).length"
    )
    assert over == 0
    table = page.locator("#differential table").bounding_box()
    panel = page.locator(".panel").bounding_box()
    assert table["x"] + table["width"] <= panel["x"] + panel["width"]


def check_count(page):
    page.wait_for_selector("#rows tr[data-type=neutrophil] .count:not(:text-is('0'))")
    assert page.locator("#rows tr:not(.interval)").count() == 5
    assert "%" in page.inner_text("#rows tr[data-type=neutrophil] .percent")
    assert "–" in page.inner_text("#rows tr[data-type=neutrophil] .range")
    assert page.inner_text("#unidentified .count") != "0"


def check_evidence(page, size):
    """A key goes from cell to cell, a tap opens the cell under the finger, and each has its words and its heat map."""
    page.keyboard.press("Space")
    page.wait_for_selector("html[data-state=paused]")
    page.keyboard.press("e")
    page.wait_for_selector("#cell-type:has-text('Cell 1 of 3')")
    while page.eval_on_selector("#cell-heat", "picture => picture.naturalWidth") == 0:
        page.wait_for_timeout(20)
    assert "12.5 um" in page.inner_text("#cell-evidence")
    keep_screenshot(page, f"page_{size}_evidence")
    page.keyboard.press("e")
    page.wait_for_selector("#cell-type:has-text('Cell 2 of 3: Monocyte 94 %')")
    page.keyboard.press("Escape")
    page.wait_for_selector("#cell", state="hidden")
    box = page.locator("#picture").bounding_box()
    zoom = min(box["width"] / 384, box["height"] / 240)  # of the drawn field, which keeps its proportions
    left, top = (box["width"] - 384 * zoom) / 2, (box["height"] - 240 * zoom) / 2
    page.click("#picture", position={"x": left + 280 * zoom, "y": top + 120 * zoom})
    page.wait_for_selector("#cell-candidates:has-text('Neutrophil, Eosinophil')")
    assert "Cell 3 of 3" in page.inner_text("#cell-type")
    page.click("#picture", position={"x": left + 370 * zoom, "y": top + 200 * zoom})
    page.wait_for_selector("#cell", state="hidden")
    page.keyboard.press("Space")
    page.wait_for_selector("html[data-state=live]")


def check_pause_and_capture(page, instrument, camera):
    page.keyboard.press("Space")
    page.wait_for_selector("html[data-state=paused]")
    held = read_shown(page)
    waited_for = camera.seq + 2 * KEPT  # so that the frame would long have left
    while camera.seq < waited_for:
        page.wait_for_timeout(100)
    assert read_shown(page) == held
    page.keyboard.press("c")
    page.wait_for_selector("#toast.shown:not(.wrong)")
    assert read_captures(instrument) == [held]
    page.keyboard.press("Space")
    page.wait_for_selector("html[data-state=live]")
    while read_shown(page) == held:  # the same frame captured again would be no second capture
        page.wait_for_timeout(20)
    page.click("#capture")
    page.wait_for_selector("#captures-count:text('2')", state="attached")
    assert len(read_captures(instrument)) == 2
    links = page.locator("#strip a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert sum(link.endswith("raw.png") for link in links) == 2


def check_rejection(page, camera):
    camera.reject.set()
    page.wait_for_selector("#banner:has-text('out of focus')")
    camera.reject.clear()
    page.wait_for_selector("#banner", state="hidden")


def check_new_slide(page, instrument, size):
    page.keyboard.press("n")
    page.wait_for_selector("#slide-dialog[open]")
    page.keyboard.type("H-9001 c n f")  # keys that mean something elsewhere are letters here
    keep_screenshot(page, f"page_{size}_new_slide")
    page.check("input[name=target][value='200']", force=True)
    page.keyboard.press("Enter")
    page.wait_for_selector("#fact-slide:text-is('H-9001 c n f')")
    with instrument.store.readers.connect() as connection:
        newest = connection.execute(select(slide).order_by(slide.c.seq.desc()).limit(1)).mappings().one()
    assert (newest["accession"], newest["target"]) == ("H-9001 c n f", 200)
    assert "200" in page.inner_text("#progress-words")


def check_keys(page, size):
    page.keyboard.press("?")
    page.wait_for_selector("#help-dialog[open]")
    listed = {key.replace("−", "-") for key in page.locator("#help-dialog kbd").all_inner_texts()}
    buttons = page.locator("main [aria-keyshortcuts], footer [aria-keyshortcuts]")
    used = {buttons.nth(at).get_attribute("aria-keyshortcuts") for at in range(buttons.count())}
    assert used <= listed, "every key stands in the list of keys"
    assert "120 cells" in page.inner_text("#help-fitted")
    keep_screenshot(page, f"page_{size}_keys")
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.wait_for_selector("#stage:fullscreen")
    page.keyboard.press("f")
    page.wait_for_selector("#stage:not(:fullscreen)")
    for wanted in ("capture", "pause", "undo", "new-slide", "evidence", "review", "menu"):
        page.focus(f"#{wanted}")
        assert page.evaluate("document.activeElement.id") == wanted


def check_calibration(page, size):
    """The line below the picture says where confidence was fitted and opens what there is to fit it on here."""
    assert "fitted elsewhere" in page.inner_text("#calibrate")
    page.keyboard.press("k")
    page.wait_for_selector("#calibration-dialog[open] #calibration-classes tbody tr")
    assert page.locator("#calibration-classes tbody tr").count() == 5
    assert "Expected 5" in page.inner_text("#calibration-hint")
    assert page.is_disabled("#calibration-run")
    assert "120 cells" in page.inner_text("#calibration-fitted")
    keep_screenshot(page, f"page_{size}_calibration")
    page.keyboard.press("Escape")
    page.wait_for_selector("#calibration-dialog", state="hidden")


def check_stall(page, camera, size):
    camera.running.clear()
    page.wait_for_selector("html[data-state=stale]")
    assert "old" in page.inner_text("#banner")
    while "grayscale(1)" not in page.eval_on_selector("#picture", "p => getComputedStyle(p).filter"):
        page.wait_for_timeout(
            20
        )  # the colour fades within a moment; the test's own time limit ends a page that keeps it
    keep_screenshot(page, f"page_{size}_stalled")
    camera.running.set()
    page.wait_for_selector("html[data-state=live]")
