"""A technician's whole story in a real browser, against the real program with a shipped bundle, from slide to report.

Screenshots of each step go to artefacts/, to be looked at.
"""

import re
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from contract.notice import RESEARCH_USE
from tests.device.page.browsing import ARTEFACTS, SIZES, needs_chromium, open_browser, press
from tests.running import get, get_json, started, wait_for

TARGET = 100
CAMERA = "simulated:7:2"  # a drawn smear under a hand twice as quick as usual: a hundred cells in less than a minute
RELABELLED = 10
COUNTING_S = 240.0  # a machine with other work to do
WATCH_TARGET = """
  window.told = { toasts: 0, flashes: 0 };
  new MutationObserver(() => { window.told.toasts += /target/.test(toast.textContent) ? 1 : 0; })
    .observe(toast, { childList: true });
  new MutationObserver(() => {
    const on = stage.classList.contains("reached");
    window.told.flashes += on && !window.lit ? 1 : 0;
    window.lit = on;
  }).observe(stage, { attributes: true, attributeFilter: ["class"] });
"""

pytestmark = [
    needs_chromium,
    pytest.mark.timeout(600),
]


@contextmanager
def open_microscope(folder):
    """The program as a technician starts it; stopped by SIGTERM, and that must end it well."""
    config = folder / "own.toml"
    config.write_text(f"[device.counting]\ntarget = {TARGET}\n")
    command = [str(Path(sys.executable).with_name("leukoscope")), "run", "--bundle", "wbc5", "--camera", CAMERA]
    where = ["--data-dir", str(folder / "data"), "--port", "0", "--config", str(config)]
    with started([*command, *where]) as program:
        yield program.address()
        assert program.stop() == 0, program.text


def is_wrong(line):
    """A count that changed under the signer, and a program that was stopped, are told on the page; nothing else is."""
    return line.type == "error" and not re.search(r"409 \(CONFLICT\)|net::ERR_(CONNECTION|EMPTY_RESPONSE)", line.text)


def look(page, step, *, whole=False):
    """Keep what is seen, and see that nothing is cut off at the side."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"story_{page.size}_{step}.png", full_page=whole)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), step
    cut = "t => t.getBoundingClientRect().right > t.closest('.panel').getBoundingClientRect().right - 8"
    assert not any(page.locator(".panel table").evaluate_all(f"all => all.map({cut})")), f"{step}: the table is cut off"


@pytest.mark.parametrize("size", sorted(SIZES))
def test_a_technician_counts_corrects_captures_signs_prints_and_finds_it_again(tmp_path, size):
    code = f"H-{size}-2041"
    with open_browser(size, is_wrong) as page:
        with open_microscope(tmp_path) as address:
            begin_slide(page, address, code)
            count_to_target(page)
            capture_and_undo(page, address)
            slide = get_json(address, "/api/v1/differential")["slide"]
            assert len(list_cells(address, slide["id"], "artefact")) > 0, "what was undone stays stored"
            relabel_by_keyboard(page, address, slide["id"])
            sign(page, address, slide["id"])
            before = read_slide(address, slide["id"])
            read_report(page, address, slide["id"], code)
            see_that_it_is_signed(page, address, before)
        page.wait_for_selector("#banner:has-text('Connection to the device lost.')")
        look(page, "13_stopped")
        with open_microscope(tmp_path) as address:
            find_again(page, address, code)
            assert read_slide(address, slide["id"]) == before
        assert page.wrong == []


def begin_slide(page, address, code):
    page.goto(address)
    page.wait_for_selector("html[data-state=live] #picture[data-seq]")
    look(page, "1_started")
    press(page, "n")
    page.wait_for_selector("#slide-dialog[open]")
    page.fill("#operator", "ab")
    page.check(f"input[name=target][value='{TARGET}']", force=True)
    look(page, "2_new_slide")
    page.focus("#accession")
    page.keyboard.type(code)  # as a scanner does it: fast, and Enter
    press(page, "Enter")
    page.wait_for_selector(f"#fact-slide:text-is('{code}')")
    page.evaluate(WATCH_TARGET)


def count_to_target(page):
    wait_for(lambda: page.evaluate("progress.value >= progress.max / 2"), "half of the cells", COUNTING_S)
    look(page, "3_counting")
    page.wait_for_selector("#progress.reached", timeout=1000 * COUNTING_S)
    page.wait_for_selector(f"#toast.shown:has-text('the target of {TARGET} is reached')")
    look(page, "4_target")
    assert "complete" in page.inner_text("#progress-words")


def capture_and_undo(page, address):
    """One key keeps the field on the screen, one takes the last counted field out again."""
    press(page, "c")
    page.wait_for_selector("#toast.shown:has-text('captured')")
    assert len(get_json(address, "/api/v1/captures")["captures"]) == 1
    assert page.evaluate("window.told") == {"toasts": 1, "flashes": 1}, "the target is told once"
    press(page, "z")
    page.wait_for_selector("#toast.shown:has-text('out of the count')")
    look(page, "5_undone")
    press(page, "g")
    page.wait_for_selector("#menu-dialog[open]")
    look(page, "6_menu")
    press(page, "Escape")


def relabel_by_keyboard(page, address, slide_id):
    press(page, "r")
    page.wait_for_url(f"**/slides/{slide_id}")
    page.wait_for_selector("#cells:focus .tile.at")
    page.wait_for_load_state("networkidle")
    look(page, "7_review")
    for _ in range(RELABELLED):
        press(page, "l")
    press(page, "m")
    press(page, "z")  # the eleventh was a slip
    page.wait_for_selector("#toast:has-text('Taken back: 1 cell')")
    look(page, "8_relabelled")
    renamed = [cell for cell in list_cells(address, slide_id, "lymphocyte") if cell["human"]]
    assert len(renamed) == RELABELLED
    assert {cell["human"]["operator"] for cell in renamed} == {"ab"}
    assert {cell["machine"]["cell_type"] for cell in renamed} == {"neutrophil"}, "what the machine said stays beside it"


def sign(page, address, slide_id):
    press(page, "o")
    page.wait_for_url(f"**/slides/{slide_id}/sign")
    page.wait_for_selector("#count tbody tr")
    look(page, "9_before_signing", whole=True)
    page.fill("#operator", "ab")
    wait_for(lambda: try_to_sign(page), "the slide is signed")
    look(page, "10_signed", whole=True)


def try_to_sign(page):
    """The stage goes on: where a cell was counted meanwhile, the new count is shown, and one signs that."""
    if page.is_visible("#reason"):
        page.fill("#reason", "crushed cells")
    with page.expect_response(lambda answer: answer.request.method == "POST") as signing:
        page.click("#sign")
    if signing.value.status == 409:
        page.wait_for_selector("#error:has-text('when you looked')")
        return False
    page.wait_for_selector("#state.signed")
    return True


def list_cells(address, slide_id, now=""):
    path = f"/api/v1/slides/{slide_id}/cells?limit=100" + (f"&type={now}" if now else "")
    cells, after = [], None
    while after != "":
        said = get_json(address, f"{path}&after={after}" if after else path)
        cells, after = cells + said["cells"], said["next"] or ""
    return cells


def read_slide(address, slide_id):
    """Everything that must be the same after a restart."""
    facts = get_json(address, f"/api/v1/slides/{slide_id}")
    assert facts["signed"], "the slide is signed"
    return {
        "signed": facts["signed"],
        "rows": facts["differential"]["rows"],
        "cells": list_cells(address, slide_id),
        "captures": get_json(address, "/api/v1/captures")["captures"],
    }


def read_report(page, address, slide_id, code):
    page.goto(f"{address}/slides/{slide_id}/report.html")
    for wanted in (code, RESEARCH_USE, "Signed by ab"):
        assert wanted in page.inner_text("body"), wanted
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
    look(page, "11_report", whole=True)
    import pypdfium2

    pdf, _, _ = get(address, f"/slides/{slide_id}/report.pdf")
    sheet = pypdfium2.PdfDocument(pdf)[0]
    words = sheet.get_textpage().get_text_range()
    assert code in words
    assert RESEARCH_USE in " ".join(words.split())
    sheet.render(scale=1.5).to_pil().save(ARTEFACTS / f"story_{page.size}_11_report_pdf.png")
    table = get(address, f"/slides/{slide_id}/report.csv")[0].decode()
    assert code in table
    assert RESEARCH_USE in table


def see_that_it_is_signed(page, address, before):
    """The live page says that the open slide is done, and nothing more is counted on it."""
    page.goto(address)
    page.wait_for_selector("#banner:has-text('This slide is signed. Nothing more is counted on it: start a new')")
    look(page, "12_signed_live")
    frames = get_json(address, "/healthz")["frames"]
    wait_for(lambda: get_json(address, "/healthz")["frames"] > frames + 20, "twenty fields went by")
    assert get_json(address, "/api/v1/differential")["rows"] == before["rows"]


def find_again(page, address, code):
    page.goto(f"{address}/slides")
    page.fill("#accession", code)
    press(page, "Enter")
    found = page.locator(".slides tbody tr")
    wait_for(lambda: found.count() == 1, "one slide is found")
    look(page, "14_found")
    assert code in found.inner_text()
    press(page, "ArrowDown")
    press(page, "Enter")
    page.wait_for_selector(".tile")
    page.wait_for_load_state("networkidle")
    look(page, "15_after_restart")
    assert "Signed" in page.inner_text(".slide-heading")
    page.goto(f"{address}/captures")
    page.wait_for_selector(".shot img")
    page.wait_for_load_state("networkidle")
    look(page, "16_captures")
