"""Every page and every window as people with other eyes and hands have it: axe-core, and colours as others see them.

axe-core 4.14.1 (https://github.com/dequelabs/axe-core, Mozilla Public License 2.0, tests/axe/LICENSE) runs here only;
it is not shipped with the program.
"""

import pytest

from contract.settings_files import INSTALL_ROOT
from device.page.server import PageServer
from tests.device.page.browsing import ARTEFACTS, SIZES, needs_chromium, open_browser
from tests.device.page.made_instrument import make_annotated, open_instrument, show
from tests.device.page.made_slide import count_slide
from tests.device.page.signing_in import USERS, write_users

AXE = (INSTALL_ROOT / "tests" / "axe" / "axe.min.js").read_text(encoding="utf-8")
GRAVE = {"serious", "critical"}
TYPES = ("neutrophil", "lymphocyte", "monocyte", "unidentified", "eosinophil", "basophil")
WINDOWS = {"g": "menu", "n": "slide", "?": "help", "m": "map", "i": "doing", "o": "optics", "d": "drift"}
WINDOWS["k"] = "calibration"
PAGES = {
    "slides": ("/slides", ".slides tbody tr"),
    "review": ("/slides/{slide}", ".tile .crop"),
    "sign": ("/slides/{slide}/sign", "#count tbody tr"),
    "second": ("/slides/{slide}/second", "#begin"),
    "agreement": ("/slides/{slide}/agreement", "#choose, #no-other"),
    "report": ("/slides/{slide}/report.html", "h1"),
    "captures": ("/captures", "#told:not(:empty)"),
    "upload": ("/upload", "main"),
    "settings": ("/settings", "#section[aria-busy=false] h2"),
    "reference": ("/settings/reference", "#ranges tbody tr"),
}
EYES = ("protanopia", "deuteranopia", "tritanopia", "achromatopsia")

pytestmark = needs_chromium


def find_violations(page, where):
    """Keep what is seen and give what axe-core finds grave in it."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"axe_{page.size}_{where}.png")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        f"{page.size} {where}: {one['impact']} {one['id']}: {[node['target'] for node in one['nodes']]}"
        for one in found
        if one["impact"] in GRAVE
    ]


@pytest.mark.parametrize("size", sorted(SIZES))
def test_no_page_and_no_window_has_a_grave_fault(tmp_path, size):
    with open_instrument(tmp_path) as instrument, PageServer(instrument) as server, open_browser(size) as page:
        slide = count_slide(instrument, 24, TYPES)
        show(instrument, make_annotated(900, TYPES[:3]))
        found = look_at_live(page, server.address)
        for where, (path, ready) in PAGES.items():
            page.goto(server.address + path.format(slide=slide))
            page.wait_for_selector(ready, state="attached")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
            found += find_violations(page, where)
        assert found == []


def look_at_live(page, address):
    page.goto(address)
    page.wait_for_selector("#picture[data-seq]")
    found = find_violations(page, "live")
    for key, name in WINDOWS.items():
        page.keyboard.press(key)
        page.wait_for_selector(f"#{name}-dialog[open]")
        box = page.locator(f"#{name}-dialog").bounding_box()
        width, height = SIZES[page.size]
        assert min(box["x"], box["y"]) >= 0, name
        assert box["x"] + box["width"] <= width, name
        assert box["y"] + box["height"] <= height, name
        found += find_violations(page, f"live_{name}")
        page.keyboard.press("Escape")
        page.wait_for_selector(f"#{name}-dialog", state="hidden")
    page.keyboard.press("e")
    page.wait_for_selector("#cell-type:has-text('Cell 1 of 3')")
    return found + find_violations(page, "live_evidence")


def test_signing_in_has_no_grave_fault(tmp_path):
    network = {"password_file": write_users(tmp_path / "passwords")}
    with open_instrument(tmp_path / "data", page=network) as instrument, PageServer(instrument) as server:
        found = look_behind_the_sign_in(server.address)
    assert found == []


def look_behind_the_sign_in(address):
    with open_browser("7-inch") as page:
        page.goto(address)
        page.wait_for_selector("#sign-in-form")
        found = find_violations(page, "sign_in")
        page.fill("#user", "anna")
        page.fill("#password", USERS["anna"][0])
        page.keyboard.press("Enter")
        page.wait_for_selector("#differential")
        page.goto(f"{address}/settings")
        page.click("#tab-users")
        page.wait_for_selector("#section[aria-labelledby=tab-users] h2")
        return found + find_violations(page, "settings_users")


def test_types_are_told_apart_without_colour(tmp_path):
    """Pictures of how others see the pages; and each type has its name, on the review page its shape too."""
    with open_instrument(tmp_path) as instrument, PageServer(instrument) as server, open_browser("desktop") as page:
        slide = count_slide(instrument, 24, TYPES)
        show(instrument, make_annotated(900, TYPES[:5]))
        for where, path, ready in (("live", "/", "#layers .name"), ("review", f"/slides/{slide}", ".tile .crop")):
            page.goto(server.address + path)
            page.wait_for_selector(ready, state="attached")
            page.wait_for_load_state("networkidle") if where == "review" else None
            for eye in EYES:
                page.context.new_cdp_session(page).send("Emulation.setEmulatedVisionDeficiency", {"type": eye})
                page.screenshot(path=ARTEFACTS / f"eyes_{where}_{eye}.png")
        marks = page.locator(".section-title .shape").evaluate_all("all => all.map((one) => one.innerHTML)")
        assert len(set(marks)) == len(marks) >= len(TYPES)
        names = page.locator(".tile .caption b").all_inner_texts()  # one without a name has "?" and its candidates
        assert len(set(names)) == len(TYPES) - 1
