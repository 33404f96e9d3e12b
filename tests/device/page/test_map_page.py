"""The map of the slide: its route, and what a technician sees of it."""

from dataclasses import replace

import pytest

from device.page.app import create_app
from device.page.server import PageServer
from device.preclassification import Mark, StagePosition, Verdict, Visited, VisitedCell, VisitedField
from tests.device.page.browsing import SIZES, keep_screenshot, needs_chromium
from tests.device.page.made_instrument import make_annotated, open_instrument
from tests.device.page.test_browser import open_page

TYPES = ("neutrophil", "unidentified", "lymphocyte", "monocyte", "eosinophil", "basophil")


def make_visited(columns=9, rows=4):
    """A serpentine with one rejected field, places passed between, and a stretch that is not joined."""
    places = [(105.0 * column, 66.0 * row) for row in range(rows) for column in range(columns)]
    passed = [VisitedField(1, x + 50, y + 4, 144.0, 90.0, "passed") for x, y in places]
    states = ["rejected" if at % 11 == 7 else "counted" for at in range(len(places))]
    rested = [VisitedField(1, x, y, 144.0, 90.0, state) for (x, y), state in zip(places, states, strict=True)]
    far = VisitedField(2, 0.0, 0.0, 144.0, 90.0, "counted")
    cells = [
        VisitedCell(1, x + 30 + 37 * at % 80, y + 20 + 53 * at % 50, TYPES[at % 6], f"cell-{at}")
        for at, (x, y) in enumerate(places)
        if states[at] == "counted"
    ]
    return Visited((*passed, *rested, far), (*cells, VisitedCell(2, 40.0, 50.0, "lymphocyte", "far")))


def put(instrument, seq, visited, place=None, **more):
    """Show a frame as the live loop does, at a place on the slide."""
    judged = make_annotated(seq).judged
    place = place or StagePosition(420.0, 132.0, 1, still=True)
    judged = replace(judged, position=place, visited=visited, **more)
    instrument.live.put(judged)
    return judged


def ask(instrument, path="/api/v1/map"):
    answer = create_app(instrument).test_client().get(path, headers={"Host": "localhost"})
    assert answer.status_code == 200
    return answer.json


def test_the_map_is_empty_before_the_first_field(tmp_path):
    with open_instrument(tmp_path) as instrument:
        told = ask(instrument)
    assert (told["here"], told["fields"], told["cells"]) == (None, [], [])
    assert "research use" in told["notice"]


def test_the_map_tells_fields_cells_and_where_the_stage_is(tmp_path):
    with open_instrument(tmp_path) as instrument:
        visited = make_visited()
        put(instrument, 1, visited)
        told = ask(instrument)
    # The field is 384 x 240 px of 0.15 um.
    here = {"region": 1, "x_um": 420.0, "y_um": 132.0, "width_um": 57.6, "height_um": 36.0}
    assert told["here"] == pytest.approx(here)
    assert told["still"]
    assert [field["state"] for field in told["fields"]] == [field.state for field in visited.fields]
    assert told["cells"][0] == {"region": 1, "x_um": 30, "y_um": 20, "cell_type": "neutrophil", "cell_id": "cell-0"}


def test_a_cell_on_the_map_is_called_what_it_is_called_now(tmp_path):
    with open_instrument(tmp_path) as instrument:
        marks = (Mark(1, 1, in_count=True, cell_id="first"), Mark(2, 1, in_count=True, cell_id="second"))
        visited = Visited((), tuple(VisitedCell(1, 9.0, 9.0, "neutrophil", mark.cell_id) for mark in marks))
        judged = put(instrument, 1, visited, counted=(True, True), new_place=True, marks=marks)
        slide_id = instrument.slides.current.id
        instrument.store.add_field(slide_id, judged)
        verdict = Verdict("first", "monocyte", 0.8, {"monocyte": 0.8}, ("monocyte",), looks=4)
        later = replace(judged, counted=(False, False), new_place=False, verdicts=(verdict,))
        assert instrument.store.add_field(slide_id, later) is None
        told = ask(instrument)
    assert [cell["cell_type"] for cell in told["cells"]] == ["monocyte", "lymphocyte"]


def test_a_frame_tells_which_of_the_slides_cells_it_shows(tmp_path):
    with open_instrument(tmp_path) as instrument:
        put(instrument, 1, None, marks=(Mark(7, 3, in_count=True, cell_id="a"), None))
        cells = ask(instrument, "/api/v1/frame.json?after=0")["cells"]
    assert cells[0]["mark"] == {"identity": 7, "looks": 3, "in_count": True, "cell_id": "a"}
    assert cells[1]["mark"] is None


@needs_chromium
@pytest.mark.parametrize("size", sorted(SIZES))
def test_a_technician_opens_the_map_with_a_key(tmp_path, size):
    with open_instrument(tmp_path) as instrument, PageServer(instrument) as server:
        put(instrument, 1, make_visited())
        with open_page(server.address, size) as page:
            page.keyboard.press("m")
            page.wait_for_selector("#map-dialog[open] #map-picture .here.still")
            assert page.locator("#map-picture .counted").count() == 34
            assert page.locator("#map-picture .rejected").count() == 3
            assert "µm" in page.inner_text("#map-scale")
            assert "34" in page.inner_text("#map-words")
            check_shapes(page)
            assert page.locator("#map-parts").is_visible()
            dialog, bar = (page.locator(name).bounding_box() for name in ("#map-dialog", "#map-bar"))
            assert dialog["y"] + dialog["height"] <= SIZES[size][1]
            assert 20 < bar["width"] < 120
            for wanted in ("#map-legend li", "#map-dialog .notice", "#map-dialog [data-close]"):
                box = page.locator(wanted).first.bounding_box()
                assert box["y"] + box["height"] <= dialog["y"] + dialog["height"], wanted
            keep_screenshot(page, f"page_{size}_map")
            put(instrument, 2, make_visited(), StagePosition(0.0, 0.0, 2, still=False))
            page.wait_for_selector("#map-picture .here:not(.still)")
            page.keyboard.press("Escape")
            page.wait_for_selector("#map-dialog", state="hidden")
            assert page.wrong == []
        instrument.live.close()


def check_shapes(page):
    """Each type has a shape of its own on the map, the legend's, large enough to be told from the others."""
    read = """all => Object.fromEntries(all.map((one) =>
        [one.dataset.type, one.querySelector(":last-of-type").getAttribute("d")]))"""
    on_map, in_legend = (page.locator(f"{where} .mark").evaluate_all(read) for where in ("#map-picture", "#map-legend"))
    assert on_map == in_legend
    assert set(on_map) == set(TYPES)
    assert len(set(on_map.values())) == len(TYPES)
    for mark in (page.locator("#map-picture .mark[data-type=basophil]").first, page.locator("#map-legend svg").first):
        assert mark.bounding_box()["height"] >= 10
