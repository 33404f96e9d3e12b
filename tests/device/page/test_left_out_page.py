"""A change of settings that a start left out, as people see it and mend it."""

from dataclasses import replace

import pytest

from device.page.app import create_app
from device.page.server import PageServer
from device.settings.book import SettingsBook
from device.settings.page import read_page_settings, write_page_settings
from tests.device.page.browsing import SIZES, keep_screenshot, needs_chromium
from tests.device.page.made_instrument import make_annotated, open_instrument, show
from tests.device.page.test_browser import open_page

WHY = "usb:97: /dev/video97 is not there (expected a camera; see leukoscope cameras)"


def leave_out(instrument):
    """Give the instrument as it is after a start that was refused with two changes of the page."""
    data_dir = instrument.store.path.parent
    (data_dir / "own.toml").write_text(f'[device]\ndata_dir = "{data_dir}"\n')
    write_page_settings(data_dir, {"device.camera": "usb:97", "device.page.jpeg_quality": 71})
    book = SettingsBook(data_dir / "own.toml")
    book.begin_trial()
    assert book.leave_out(WHY) is not None
    return replace(instrument, book=book)


@needs_chromium
@pytest.mark.parametrize("size", sorted(SIZES))
def test_it_is_told_over_the_picture_and_mended_on_the_settings_page(tmp_path, size):
    with open_instrument(tmp_path) as plain:
        instrument = leave_out(plain)
        with PageServer(instrument) as server:
            show(instrument, make_annotated(1))
            with open_page(server.address, size) as page:
                page.wait_for_selector(f"#banner:has-text('camera = usb:97, page.jpeg_quality = 71. Why: {WHY}')")
                keep_screenshot(page, f"page_{size}_left_out")
                box, picture = (page.locator(name).bounding_box() for name in ("#banner", "#stage"))
                assert box["height"] < picture["height"] / 2
                page.click("#banner-close")
                page.wait_for_selector("#banner", state="hidden")
                page.keyboard.press("g")
                page.wait_for_selector("#menu-dialog[open] #go-settings.warned-of-settings")
                page.click("#go-settings")
                page.wait_for_selector("#left-out li >> nth=1")
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                keep_screenshot(page, f"page_{size}_left_out_settings")
                check_mending(page, read_page_settings, instrument.store.path.parent)
                assert page.wrong == []
            instrument.live.close()


def check_mending(page, read, data_dir):
    page.click("[data-key='device.page.jpeg_quality'] [data-act=try_again]")
    page.wait_for_selector("#left-out [data-key='device.page.jpeg_quality']", state="detached")
    assert read(data_dir) == {"device.page.jpeg_quality": 71}
    page.click("#tab-camera")
    page.wait_for_selector("[id='device.camera']")
    page.fill("[id='device.camera']", "usb:98")
    page.keyboard.press("Enter")
    page.wait_for_selector("#told.wrong:has-text('not found')")
    page.wrong.clear()  # the browser tells of every 400
    page.focus("#left-out [data-act=give_up]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#left-out", state="hidden")
    assert read(data_dir) == {"device.page.jpeg_quality": 71}


def test_a_camera_that_is_not_there_is_refused_when_it_is_chosen(client, instrument):
    for camera in ("usb:97", "picamera2:7"):
        refused = client.put("/api/v1/settings", json={"changes": {"device.camera": camera}})
        assert refused.status_code == 400
        assert f"'{camera}': not found" in refused.get_json()["message"]
        assert "expected" in refused.get_json()["message"]
    assert client.put("/api/v1/settings", json={"changes": {"device.camera": "simulated:4"}}).status_code == 200


def test_the_camera_in_use_can_be_chosen_though_it_is_unplugged_at_the_moment(instrument):
    browser = create_app(replace(instrument, camera="usb:97")).test_client()
    browser.environ_base["HTTP_X_LEUKOSCOPE"] = "page"
    assert browser.put("/api/v1/settings", json={"changes": {"device.camera": "usb:97"}}).status_code == 200
