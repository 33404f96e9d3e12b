"""Reviewing in a real browser: all of it by keyboard, by hand too, on the 7-inch screen and on a desktop."""

from collections import Counter
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from contract.cell_types import DIFFERENTIAL_ORDER, UNIDENTIFIED
from contract.counts import count_cells
from contract.tables import capture, event, review
from device.page.server import PageServer
from tests.device.page.browsing import SIZES, keep_screenshot, needs_chromium, open_browser, press
from tests.device.page.made_instrument import make_annotated, open_instrument
from tests.device.page.made_slide import count_slide

MOST_PRESSES_PER_CELL = 1.3
TYPES = ("neutrophil",) * 5 + ("lymphocyte", "monocyte", UNIDENTIFIED, "eosinophil", UNIDENTIFIED)

pytestmark = needs_chromium


class Hands:
    """A person at a keyboard; counts what they press."""

    def __init__(self, page):
        self._page = page
        self.presses = 0

    def press(self, *keys):
        for key in keys:
            press(self._page, key)
            self.presses += 1


@contextmanager
def open_at(url, size="desktop"):
    with open_browser(size) as page:
        page.goto(url)
        yield page


@contextmanager
def open_counted(folder, cells, types=TYPES):
    with open_instrument(folder) as instrument, PageServer(instrument) as server:
        yield instrument, server.address, count_slide(instrument, cells, types)
        instrument.live.close()


@contextmanager
def open_review(folder, cells, size, *, types=TYPES, path="/slides/{slide_id}"):
    with (
        open_counted(folder, cells, types) as (instrument, address, slide_id),
        open_at(address + path.format(slide_id=slide_id), size) as page,
    ):
        yield instrument, page, slide_id


def read_names(instrument):
    with instrument.store.readers.connect() as connection:
        return connection.execute(select(review.c.new_type).order_by(review.c.seq)).scalars().all()


def wait_stored(page, instrument, reviews):
    """The page shows at once what the device stores a moment later."""
    while True:
        with instrument.store.readers.connect() as connection:
            if connection.execute(select(func.count()).select_from(review)).scalar_one() >= reviews:
                return
        page.wait_for_timeout(20)


def test_a_hundred_cells_are_named_by_keyboard_with_a_press_each(tmp_path):
    opened = open_review(tmp_path, 100, "desktop", types=(UNIDENTIFIED,), path="/slides")
    with opened as (instrument, page, slide_id):
        hands = Hands(page)
        page.wait_for_selector(".slides tbody tr")
        hands.press("ArrowDown", "Enter")
        page.wait_for_selector("#cells:focus .tile.at")
        hands.press("k", "ArrowRight", "Enter")  # the order of the classes, by number
        hands.press("w")
        truth = [DIFFERENTIAL_ORDER[number * 7 % 5] for number in range(100)]
        for name in truth:
            hands.press(str(DIFFERENTIAL_ORDER.index(name) + 1))
        page.wait_for_selector("#toast:has-text('100 cells done')")
        wait_stored(page, instrument, 100)
        assert hands.presses <= MOST_PRESSES_PER_CELL * 100
        assert read_names(instrument) == truth
        assert count_cells(instrument.store.readers, slide_id) == Counter(truth)
        page.wait_for_selector("#progress-words:has-text('100 of 100')")
        assert page.wrong == []


@pytest.mark.parametrize("size", sorted(SIZES))
def test_a_slide_is_reviewed_without_a_mouse(tmp_path, size):
    with open_review(tmp_path, 40, size) as (instrument, page, _):
        page.wait_for_selector("#cells:focus .tile.at")
        page.wait_for_load_state("networkidle")
        check_layout(page)
        keep_screenshot(page, f"page_{size}_review")
        check_cursor(page)
        check_naming(page, instrument)
        check_selection(page, instrument)
        check_walk(page, instrument, size)
        check_compare(page, size)
        check_field(page, size)
        check_comment(page, instrument)
        check_windows(page, size)
        assert page.wrong == []


def at(page):
    return page.get_attribute("#cells", "aria-activedescendant")


def check_layout(page):
    """Nothing is cut off, and what must be seen is seen."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    height = page.evaluate("innerHeight")
    for wanted in (
        ".tile",
        "#rows tr",
        ".type",
        "footer .notice",
        ".badge.simulated",
        "#do-walk",
        "#do-help",
        ".slide-heading h2",
    ):
        box = page.locator(wanted).first.bounding_box()
        assert box, wanted
        assert box["y"] + box["height"] <= height, wanted
    for button in page.locator(".type, .chip, .command").all():
        assert button.evaluate("b => b.scrollWidth <= b.clientWidth + 1"), button.inner_text()
        assert button.evaluate("b => b.getBoundingClientRect().right <= innerWidth"), button.inner_text()
    assert page.locator(".section-title b").all_inner_texts() == [
        "Neutrophil",
        "Lymphocyte",
        "Monocyte",
        "Eosinophil",
        "Basophil",
        "Unidentified",
        "Smudge",
        "Artefact",
    ]
    assert page.eval_on_selector(".tile .crop", "picture => picture.naturalWidth") == 160
    assert "? NEU EOS" in page.inner_text(".section[data-type=unidentified] .tile")


def check_cursor(page):
    first = at(page)
    press(page, "ArrowRight")
    second = at(page)
    press(page, "ArrowDown")
    below = at(page)
    assert len({first, second, below}) == 3
    boxes = [page.locator(f"#{one}").bounding_box() for one in (second, below)]
    assert boxes[1]["y"] > boxes[0]["y"]
    assert abs(boxes[1]["x"] - boxes[0]["x"]) < 4
    press(page, "End")
    assert page.locator(f"#{at(page)}").get_attribute("data-type") == UNIDENTIFIED
    press(page, "PageUp")
    assert page.locator(f"#{at(page)}").get_attribute("data-type") == "eosinophil"
    press(page, "Home")
    assert at(page) == first
    assert page.locator(".tile.at").evaluate("tile => getComputedStyle(tile).outlineStyle") == "solid"


def check_naming(page, instrument):
    """A key names the cell and goes on; the machine's label stays beside the human's; the count follows; undo."""
    named = at(page)
    before = int(page.inner_text("#rows tr[data-type=basophil] .count"))
    press(page, "b")
    assert at(page) != named
    tile = page.locator(f"#{named}")
    assert tile.get_attribute("data-type") == "basophil"
    assert "machine: NEU" in tile.inner_text()
    assert "ab says Basophil" in tile.text_content()
    page.wait_for_selector(f"#rows tr[data-type=basophil] .count:text-is('{before + 1}')")
    press(page, "Control+z")
    page.wait_for_selector(f"#{named}[data-type=neutrophil]")
    page.wait_for_selector(f"#rows tr[data-type=basophil] .count:text-is('{before}')")
    assert at(page) == named
    press(page, "Enter")
    page.wait_for_selector(f"#{named} .confirmed")
    assert read_names(instrument)[:2] == ["basophil", "neutrophil"]
    press(page, "End")
    press(page, "Enter")
    page.wait_for_selector("#toast.wrong:has-text('no name for an unidentified cell')")


def check_selection(page, instrument):
    press(page, "Home")
    for key in ("Space", "ArrowRight", "ArrowRight", "Space"):
        press(page, key)
    assert page.locator(".tile[aria-selected=true]").count() == 2
    press(page, "Shift+ArrowRight")
    assert page.locator(".tile[aria-selected=true]").count() == 2
    press(page, "Control+a")
    assert page.locator(".tile[aria-selected=true]").count() == 40
    press(page, "Escape")
    assert page.locator(".tile[aria-selected=true]").count() == 0
    press(page, "PageDown")
    press(page, "a")
    assert page.locator(".tile[aria-selected=true]").count() == 4
    stored = len(read_names(instrument))
    press(page, "m")
    wait_stored(page, instrument, stored + 4)
    assert page.locator(".section[data-type=monocyte] .tile").count() == 8
    press(page, "z")
    page.wait_for_selector("#toast:has-text('Taken back: 4 cells')")
    assert page.locator(".section[data-type=monocyte] .tile").count() == 4


def check_walk(page, instrument, size):
    """Cells without a name come one by one; a press names one and brings the next."""
    press(page, "w")
    page.wait_for_selector(".walk .place:has-text('1 of 8')")
    while page.eval_on_selector(".walk .large img", "picture => picture.naturalWidth") == 0:
        page.wait_for_timeout(20)
    keep_screenshot(page, f"page_{size}_review_walk")
    assert "Cannot be ruled out: Neutrophil, Eosinophil" in page.inner_text(".walk .labels")
    press(page, "e")
    page.wait_for_selector(".walk .place:has-text('2 of 8')")
    press(page, "ArrowRight")
    press(page, "n")
    page.wait_for_selector(".walk .place:has-text('4 of 8')")
    press(page, "z")
    page.wait_for_selector(".walk .place:has-text('3 of 8')")
    press(page, "Escape")
    page.wait_for_selector(".walk", state="detached")
    press(page, "i")
    page.wait_for_selector(".chip[aria-pressed=true]:has-text('7')")
    assert page.locator(".tile").count() == 7
    for _ in range(3):
        press(page, "i")
    assert page.locator(".tile").count() == 40


def check_compare(page, size):
    press(page, "Home")
    for key in ("Space", "PageDown", "Space", "v"):
        press(page, key)
    page.wait_for_selector(".compare")
    assert page.locator(".compare article").count() == 2
    assert [title.strip() for title in page.locator(".compare article > h3").all_inner_texts()] == [
        "Neutrophil",
        "Lymphocyte",
    ]
    assert "12.5 µm" in page.locator(".compare article").first.inner_text()
    page.wait_for_load_state("networkidle")
    keep_screenshot(page, f"page_{size}_review_compare")
    press(page, "Escape")
    page.wait_for_selector(".compare", state="detached")
    press(page, "Escape")


def check_field(page, size):
    press(page, "Home")
    press(page, "f")
    page.wait_for_selector("#field-view .outlined.own")
    assert page.locator("#field-view .outlined").count() == 4
    near = page.get_attribute("#field-view", "viewBox")
    press(page, "ArrowRight")
    moved = page.get_attribute("#field-view", "viewBox")
    page.wait_for_load_state("networkidle")
    keep_screenshot(page, f"page_{size}_review_field")
    press(page, "0")
    whole = page.get_attribute("#field-view", "viewBox")
    assert len({near, moved, whole}) == 3
    assert whole == "0 0 500 240"
    press(page, "Escape")
    page.wait_for_selector("#field-view", state="detached")


def check_comment(page, instrument):
    press(page, "Home")
    commented = at(page)
    press(page, "c")
    page.wait_for_selector("#comment-dialog[open]")
    page.keyboard.type("band form")
    press(page, "Enter")
    page.wait_for_selector("#comment-dialog", state="hidden")
    press(page, "Home")
    page.wait_for_selector(".details:has-text('band form')")
    assert page.locator(f"#{commented}").get_attribute("data-type") == "neutrophil"
    with instrument.store.readers.connect() as connection:
        assert "band form" in connection.execute(select(review.c.comment)).scalars().all()


def check_windows(page, size):
    press(page, "?")
    page.wait_for_selector("#review-help[open]")
    keep_screenshot(page, f"page_{size}_review_keys")
    assert page.locator("#review-help").evaluate("d => d.scrollHeight <= d.clientHeight + 1")
    press(page, "Escape")
    press(page, "k")
    page.wait_for_selector("#order-dialog[open]")
    page.locator("#order-list li:nth-child(1) button:not([disabled])").focus()
    press(page, "Enter")
    assert "Lymphocyte" in page.locator("#order-list li").first.inner_text()
    press(page, "Escape")
    assert page.locator(".section-title b").first.inner_text() == "Lymphocyte"
    for wanted in ("do-walk", "do-undo", "do-compare", "do-field", "do-comment", "do-keys", "do-help"):
        page.focus(f"#{wanted}")
        assert page.evaluate("document.activeElement.id") == wanted


def test_cells_are_named_by_hand(tmp_path):
    """Dragged to a section, dragged to a type's button, tapped on a button; several at once."""
    with open_review(tmp_path, 40, "7-inch") as (instrument, page, _):
        page.wait_for_selector("#cells:focus .tile.at")
        tiles = page.locator(".section[data-type=neutrophil] .tile")
        first, second, third = (tiles.nth(place).get_attribute("id") for place in range(3))
        drag(page, f"#{first}", ".type[data-type=basophil]")
        page.wait_for_selector(f".section[data-type=basophil] #{first}")
        wait_stored(page, instrument, 1)
        page.click(f"#{second}")
        page.click(f"#{third}", modifiers=["Control"])
        page.click(f"#{second}", modifiers=["Control"])
        assert page.locator(".tile[aria-selected=true]").count() == 2
        drag(page, f"#{third}", ".type[data-type=monocyte]", shot="7-inch_review_drag")
        page.wait_for_selector(f".section[data-type=monocyte] #{second}")
        page.wait_for_selector(f".section[data-type=monocyte] #{third}")
        press(page, "PageDown")
        press(page, "PageDown")
        monocyte = page.locator(".section[data-type=monocyte] .tile").first.get_attribute("id")
        drag(page, f"#{monocyte}", ".section[data-type=lymphocyte] .section-title")
        page.wait_for_selector(f".section[data-type=lymphocyte] #{monocyte}")
        page.click(f"#{monocyte}")
        page.click(".type[data-type=eosinophil]")
        page.wait_for_selector(f".section[data-type=eosinophil] #{monocyte}")
        assert page.evaluate("document.activeElement.id") == "cells"
        wait_stored(page, instrument, 5)
        assert read_names(instrument) == ["basophil", "monocyte", "monocyte", "lymphocyte", "eosinophil"]
        assert page.wrong == []


def drag(page, source, target, shot=None):
    page.locator(source).scroll_into_view_if_needed()
    start, end = (page.locator(one).bounding_box() for one in (source, target))
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=4)
    if shot:
        keep_screenshot(page, f"page_{shot}")
    page.mouse.up()


@pytest.mark.parametrize("size", sorted(SIZES))
def test_a_slide_and_its_captures_are_found_by_keyboard(tmp_path, size):
    with open_counted(tmp_path, 4) as (instrument, address, slide_id):
        for seq in (1, 2):
            instrument.captures.save(slide_id, make_annotated(seq), "ab", "{}")
        for name in ("K-1", "K-2"):
            instrument.slides.open(accession=name, operator="cd", target=200)
        with open_at(f"{address}/slides", size) as page:
            page.wait_for_selector(".slides tbody tr:nth-child(3)")
            keep_screenshot(page, f"page_{size}_slides")
            press(page, "/")
            page.keyboard.type("h-20")
            press(page, "Enter")
            page.wait_for_selector("#told:has-text('Slides: 1')")
            page.goto(f"{address}/captures?slide_id={slide_id}")
            page.wait_for_selector(".shot:nth-child(2)")
            page.wait_for_load_state("networkidle")
            keep_screenshot(page, f"page_{size}_captures")
            assert page.get_attribute("#archive", "href") == f"/api/v1/slides/{slide_id}/captures.zip"
            press(page, "ArrowDown")
            press(page, "Delete")
            page.wait_for_selector("#delete-dialog[open]")
            keep_screenshot(page, f"page_{size}_delete")
            press(page, "Enter")  # what has the focus deletes nothing
            page.wait_for_selector("#delete-dialog", state="hidden")
            assert page.locator(".shot").count() == 2
            press(page, "ArrowDown")
            press(page, "Delete")
            press(page, "Tab")
            press(page, "Enter")
            page.wait_for_selector("#told:has-text('deleted')")
            assert page.locator(".shot").count() == 1
            assert page.wrong == []
        with instrument.store.readers.connect() as connection:
            assert connection.execute(select(func.count()).select_from(capture)).scalar_one() == 2
            assert "capture_deleted" in connection.execute(select(event.c.kind)).scalars().all()
