"""Uploading pictures in a real browser, on the 7-inch screen and on a desktop."""

import csv
import json
import threading
from dataclasses import replace

import cv2
import pytest

from contract.bundle import load_bundle
from contract.image import encode_jpeg, encode_png
from device.page import upload_desk
from device.page.server import PageServer
from device.page.upload_guard import MOST_BYTES, read_upload
from tests.conftest import UM_PER_PX
from tests.device.page.browsing import SIZES, keep_screenshot, needs_chromium, open_browser, press
from tests.device.page.made_instrument import open_instrument

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def pictures(tmp_path_factory, smear_field):
    """A folder as somebody may have it: pictures of several kinds, a broken one, a too large one, and a text."""
    folder = tmp_path_factory.mktemp("pictures")
    field = smear_field[0]
    (folder / "a_smear.png").write_bytes(encode_png(field))
    (folder / "b_broken.jpg").write_bytes(encode_jpeg(field, 85)[:20_000])
    with (folder / "c_too_large.png").open("wb") as large:
        large.truncate(MOST_BYTES + 1)
    cv2.imwrite(str(folder / "d_scanner.tif"), cv2.cvtColor(field[:500, :700], cv2.COLOR_RGB2BGR))
    (folder / "e_blurred.png").write_bytes(encode_png(cv2.GaussianBlur(field, (0, 0), 9)))
    (folder / "notes.txt").write_text("no picture")
    return folder


def is_still(page):
    page.wait_for_function("!document.querySelector('#picture').hidden")


@pytest.mark.parametrize("size", sorted(SIZES))
def test_a_technician_reads_pictures_of_their_own(tmp_path, tiny_bundle, pictures, size, monkeypatch):
    with open_instrument(tmp_path / "data") as instrument:
        instrument = replace(instrument, bundle=load_bundle(tiny_bundle))
        with PageServer(instrument) as server, open_browser(size, accept_downloads=True) as page:
            # asked for with the key itself, a busy browser opens its own window first, and is never heard of again
            page.on("filechooser", lambda _chooser: None)
            page.goto(f"{server.address}/upload", wait_until="networkidle")
            check_empty(page, size)
            check_three(page, pictures, size)
            check_layers_and_cells(page, size)
            check_differential(page, size)
            check_saving(page, tmp_path)
            check_folder(page, pictures, size)
            check_cancel(page, monkeypatch)
            check_help(page, size)
            check_dropping(page)
        instrument.live.close()


def check_empty(page, size):
    assert page.evaluate("document.activeElement.id") == "drop", "Enter chooses pictures at once"
    assert "Nothing is kept" in page.inner_text("#drop")
    assert "research use only" in page.inner_text("footer")
    with page.expect_file_chooser():
        press(page, "Enter")
    keep_screenshot(page, f"page_{size}_upload_empty")
    press(page, "v")
    page.wait_for_selector("#save-csv", state="hidden")
    press(page, "s")
    page.keyboard.type("0,15x")
    press(page, "Enter")
    page.wait_for_selector("#scale[aria-invalid=true]")
    page.wait_for_selector("#toast.shown.wrong:has-text('expected a number')")
    page.fill("#scale", "0,15")
    press(page, "Enter")
    page.wait_for_selector("#scale[aria-invalid=false]")


def check_three(page, pictures, size):
    page.set_input_files("#files", [pictures / name for name in ("a_smear.png", "b_broken.jpg", "c_too_large.png")])
    page.wait_for_selector("#progress-words:has-text('1 read, 2 refused')")
    assert page.locator("#pictures li").count() == 3
    assert "the end is missing" in page.inner_text("#pictures li:nth-child(2) .why")
    assert "32.0 MB (expected 32 MB at most)" in page.inner_text("#pictures li:nth-child(3) .why")
    assert "WBC" in page.inner_text("#pictures li:nth-child(1) .state")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # the browser tells of the 400, and of no other thing
    assert page.wrong == ["Failed to load resource: the server responded with a status of 400 (BAD REQUEST)"]
    page.wrong.clear()
    is_still(page)
    keep_screenshot(page, f"page_{size}_upload_pictures")
    press(page, "ArrowRight")
    page.wait_for_selector("#banner:has-text('the end is missing')")
    press(page, "ArrowRight")
    page.wait_for_selector("#banner:has-text('32 MB at most')")
    assert page.locator("#layers *").count() == 0
    press(page, "ArrowRight")  # there is none further
    press(page, "ArrowLeft")
    press(page, "ArrowLeft")
    page.wait_for_selector("#pictures li:nth-child(1) [aria-current=true]")
    assert page.is_hidden("#banner")


def check_layers_and_cells(page, size):
    cells = page.locator("#layers g.cell").count()
    assert cells >= 3
    for key, name in (("1", "outlines"), ("2", "nuclei"), ("3", "names")):
        press(page, key)
        page.wait_for_selector(f"#layers.no-{name}")
        press(page, key)
    press(page, "c")
    page.wait_for_selector("#cells .cell-list")
    assert page.locator("#cells .cell-list tbody tr").count() == cells
    press(page, "ArrowDown")
    press(page, "ArrowDown")
    page.wait_for_selector("#cells .evidence")
    assert page.locator("#cells .cell-list tr.at button").inner_text().strip().startswith("2")
    page.wait_for_selector("#layers g.cell.chosen:nth-child(2)")
    quality = page.inner_text("#cells .quality")
    assert "0.150 µm/px, as given" in quality
    assert "at least" in quality
    keep_screenshot(page, f"page_{size}_upload_cells")
    press(page, "Escape")
    page.wait_for_selector("#cells .evidence", state="detached")


def check_differential(page, size):
    press(page, "d")
    page.wait_for_selector("#differential .shares tbody tr.sum")
    assert "analysed: 1; not analysed: 2" in page.inner_text("#differential .fields")
    assert "Unsigned" in page.inner_text("#differential .unsigned")
    assert page.locator("#differential .range").first.inner_text().count("–") == 1
    keep_screenshot(page, f"page_{size}_upload_differential")


def check_saving(page, tmp_path):
    with page.expect_download() as told:
        press(page, "v")
    told.value.save_as(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["picture"] for row in rows} == {"a_smear.png", "b_broken.jpg", "c_too_large.png"}
    assert "the end is missing" in rows[-2]["result"]
    assert all(row["notice"].startswith("For research use only") for row in rows)
    assert rows[0]["um_per_px"] == "0.15"
    with page.expect_download() as told:
        press(page, "j")
    told.value.save_as(tmp_path / "all.json")
    saved = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert not saved["signed"]
    counted = saved["differential"]["total"] + saved["differential"]["unidentified"]
    assert counted == sum(row["counted"] == "true" for row in rows)
    assert len(saved["pictures"][0]["facts"]["cells"]) == len(rows) - 2


def check_folder(page, pictures, size):
    page.fill("#scale", "")
    press(page, "Enter")
    page.set_input_files("#folder", str(pictures))
    page.wait_for_selector("#toast:has-text('left out: 1')")
    page.wait_for_selector("#progress-words:has-text('4 read, 4 refused')")
    press(page, "p")
    page.click("#pictures li:has-text('e_blurred.png') button")
    page.wait_for_selector("#banner:has-text('out of focus')")
    assert page.locator("#layers *").count() == 0
    page.click("#pictures li:has-text('d_scanner.tif') button")
    page.wait_for_function("document.querySelector('#picture').naturalWidth === 700")
    press(page, "c")
    assert "estimated from" in page.inner_text("#cells .quality")
    is_still(page)
    keep_screenshot(page, f"page_{size}_upload_estimated")
    page.wrong.clear()


def check_cancel(page, monkeypatch):
    """While one is read the rest waits; a person stops, and goes on."""
    go_on, reached = threading.Event(), threading.Event()

    def hold(file, name):
        reached.set()
        assert go_on.wait(30)
        return read_upload(file, name)

    with monkeypatch.context() as held:
        held.setattr(upload_desk, "read_upload", hold)
        page.fill("#scale", str(UM_PER_PX))
        press(page, "Enter")
        press(page, "a")
        assert reached.wait(30)
        page.wait_for_selector("#progress-words:has-text('2 of 8')")
        press(page, "x")
        page.wait_for_selector("#progress-words:has-text('6 wait')")
        go_on.set()
    press(page, "a")
    page.wait_for_selector("#progress-words:has-text('4 read, 4 refused')")


def check_help(page, size):
    press(page, "?")
    page.wait_for_selector("#upload-help[open]")
    listed = set(page.locator("#upload-help kbd").all_inner_texts())
    names = {"ArrowLeft": "←", "ArrowRight": "→", "-": "−"}
    shortcuts = page.locator("main [aria-keyshortcuts]")
    used = {shortcuts.nth(at).get_attribute("aria-keyshortcuts") for at in range(shortcuts.count())}
    assert {names.get(key, key) for key in used} <= listed, "every key stands in the list of keys"
    keep_screenshot(page, f"page_{size}_upload_keys")
    press(page, "Escape")
    page.wait_for_selector("#upload-help", state="hidden")


def check_dropping(page):
    page.evaluate("""() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["no picture"], "dropped.png"));
      const stage = document.querySelector("#stage");
      const kind = { dataTransfer, bubbles: true, cancelable: true };
      const send = (name) => stage.dispatchEvent(new DragEvent(name, kind));
      send("dragenter");
      if (!stage.classList.contains("dropping")) throw new Error("the zone does not show itself");
      send("drop");
    }""")
    page.wait_for_selector("#progress-words:has-text('4 read, 5 refused')")
    press(page, "p")
    assert "not a picture" in page.inner_text("#pictures li:has-text('dropped.png') .why")
    assert page.locator("#stage.dropping").count() == 0
