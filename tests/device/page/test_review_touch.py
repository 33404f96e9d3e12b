"""Reviewing by finger on the 7-inch touch screen: a swipe scrolls, a tap selects, a finger that rests drags."""

from contextlib import contextmanager

from tests.device.page.browsing import keep_screenshot, needs_chromium, open_browser
from tests.device.page.test_review_browser import open_counted, read_names, wait_stored

pytestmark = needs_chromium


class Finger:
    """What a touch screen tells the browser: no mouse, and no event that a finger does not make."""

    def __init__(self, page):
        self._page = page
        self._screen = page.context.new_cdp_session(page)

    def _tell(self, kind, *points):
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self._screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def find(self, where, up=0.5):
        self._page.locator(where).first.scroll_into_view_if_needed()
        box = self._page.locator(where).first.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] * up

    def tap(self, where):
        self._tell("touchStart", self.find(where))
        self._tell("touchEnd")

    def swipe(self, start, end, steps=8):
        self._tell("touchStart", start)
        self.move(start, end, steps)
        self._tell("touchEnd")

    def move(self, start, end, steps=8):
        for step in range(1, steps + 1):
            self._tell("touchMove", tuple(a + (b - a) * step / steps for a, b in zip(start, end, strict=True)))

    def take(self, where):
        """Rest on a cell until it is held; a finger that rests rolls a little."""
        start = self.find(where, 0.3)
        self._tell("touchStart", start)
        self._tell("touchMove", (start[0] + 6, start[1] + 6))
        self._page.wait_for_selector(".ghost")
        return start

    def lay_second(self, first, second):
        self._tell("touchStart", first, second)

    def let_go(self):
        self._tell("touchEnd")

    def lose(self):
        self._tell("touchCancel")


@contextmanager
def open_touched(folder):
    with (
        open_counted(folder, 40) as (instrument, address, slide_id),
        open_browser("7-inch", has_touch=True) as page,
    ):
        page.goto(f"{address}/slides/{slide_id}")
        page.wait_for_selector("#cells:focus .tile.at")
        page.wait_for_load_state("networkidle")
        yield instrument, page, Finger(page)
        assert page.wrong == []


def tile(page, of, place):
    return "#" + page.locator(f".section[data-type={of}] .tile").nth(place).get_attribute("id")


def test_a_finger_that_moves_at_once_scrolls_and_takes_nothing(tmp_path):
    with open_touched(tmp_path) as (instrument, page, finger):
        x, y = finger.find(tile(page, "neutrophil", 6))
        finger.swipe((x, y), (x, y - 150))
        page.wait_for_function("document.getElementById('cells').scrollTop > 60")
        assert page.locator(".ghost, .tile[aria-selected=true]").count() == 0
        assert read_names(instrument) == []


def test_cells_are_selected_by_tapping_and_dragged_by_resting_on_one(tmp_path):
    with open_touched(tmp_path) as (instrument, page, finger):
        first, second, third = (tile(page, "neutrophil", place) for place in range(3))
        start = finger.take(first)
        finger.move(start, finger.find(".type[data-type=basophil]"))
        page.wait_for_selector(".type[data-type=basophil].dropping")
        keep_screenshot(page, "page_7-inch_review_touch")
        finger.let_go()
        page.wait_for_selector(f".section[data-type=basophil] {first}")
        for one in (second, third):
            finger.tap(one)
            page.wait_for_selector(f"{one}[aria-selected=true]")
        start = finger.take(second)
        assert page.inner_text(".ghost") == "2"
        finger.move(start, finger.find(".type[data-type=monocyte]"))
        finger.let_go()
        for one in (second, third):
            page.wait_for_selector(f".section[data-type=monocyte] {one}")
        wait_stored(page, instrument, 3)
        assert read_names(instrument) == ["basophil", "monocyte", "monocyte"]
        assert page.locator(".ghost, .dropping").count() == 0


def test_a_cell_held_at_the_edge_scrolls_to_sections_out_of_sight(tmp_path):
    with open_touched(tmp_path) as (instrument, page, finger):
        one = tile(page, "neutrophil", 0)
        start = finger.take(one)
        list_box = page.locator("#cells").bounding_box()
        finger.move(start, (start[0], list_box["y"] + list_box["height"] - 12))
        page.wait_for_selector(".section[data-type=monocyte].dropping")
        finger.let_go()
        page.wait_for_selector(f".section[data-type=monocyte] {one}")
        wait_stored(page, instrument, 1)
        assert read_names(instrument) == ["monocyte"]


def test_a_second_finger_and_a_lost_touch_name_nothing(tmp_path):
    with open_touched(tmp_path) as (instrument, page, finger):
        one, other = tile(page, "neutrophil", 0), tile(page, "neutrophil", 2)
        start = finger.take(one)
        finger.lay_second(start, finger.find(other))
        assert page.locator(".ghost").count() == 1
        finger.lose()
        page.wait_for_selector(".ghost", state="detached")
        start = finger.take(one)
        finger.let_go()  # where it was: in its own section
        page.wait_for_selector(".ghost", state="detached")
        finger.tap(other)
        page.wait_for_selector(f"{other}[aria-selected=true]")
        assert read_names(instrument) == []
