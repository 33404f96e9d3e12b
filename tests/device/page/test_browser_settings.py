"""Signing in and the settings in a real browser, on the 7-inch screen and on a desktop."""

from time import monotonic

import pytest

from device.page import sessions
from device.page.server import PageServer
from tests.device.page.browsing import SIZES, keep_screenshot, needs_chromium, open_browser
from tests.device.page.made_instrument import make_annotated, open_instrument, show
from tests.device.page.signing_in import USERS, read_events, write_users

pytestmark = needs_chromium


def sign_in(page, name, password):
    page.fill("#user", name)
    page.fill("#password", password)
    page.keyboard.press("Enter")


def check_fits(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def choose(page, section):
    page.click(f"#tab-{section}")
    page.wait_for_selector(f"#section[aria-labelledby=tab-{section}] h2")


@pytest.mark.parametrize("size", sorted(SIZES))
def test_people_sign_in_and_set_the_instrument_up(tmp_path, size, monkeypatch):
    ahead_s = [0.0]
    monkeypatch.setattr(sessions, "monotonic", lambda: monotonic() + ahead_s[0])
    page_settings = {"password_file": write_users(tmp_path / "passwords")}
    with open_instrument(tmp_path / "data", page=page_settings) as instrument, PageServer(instrument) as server:
        show(instrument, make_annotated(1))
        with open_browser(size) as page:
            check_sign_in(page, server.address, size)
            check_settings(page, instrument, size)
            check_users(page, instrument, size)
            assert page.wrong == []
            check_expiry(page, ahead_s, size)
            check_technician(page, server.address)
        instrument.live.close()


def check_sign_in(page, address, size):
    page.goto(f"{address}/settings")
    page.wait_for_selector("#sign-in-form")
    assert page.evaluate("document.activeElement.id") == "user"
    box = page.locator("#sign-in-form [type=submit]").bounding_box()
    assert box["height"] >= 44
    assert box["y"] + box["height"] <= page.viewport_size["height"], "the button is on the screen"
    check_fits(page)
    sign_in(page, "anna", "wrong")
    page.wait_for_selector("#sign-in-error:has-text('user or password is wrong')")
    assert page.evaluate("document.activeElement.id") == "password"
    keep_screenshot(page, f"page_{size}_sign_in_wrong")
    page.wrong.clear()  # the browser tells of every 401
    sign_in(page, "anna", USERS["anna"][0])
    page.wait_for_selector("#section .setting")
    assert page.url.partition("#")[0] == f"{address}/settings"
    assert page.inner_text(".who") == "anna"
    assert page.evaluate("document.cookie") == ""


def check_settings(page, instrument, size):
    page.keyboard.press("?")
    page.wait_for_selector("#settings-help[open]")
    keep_screenshot(page, f"page_{size}_settings_keys")
    page.keyboard.press("Escape")
    choose(page, "camera")
    check_fits(page)
    assert "inference, not the camera" in page.inner_text("[data-key='device.fps'] .reason")
    keep_screenshot(page, f"page_{size}_settings_camera")
    page.fill("[id='device.fps']", "5")
    page.keyboard.press("Enter")
    page.wait_for_selector("#told:has-text('next start')")
    page.wait_for_selector("[data-key='device.fps'][data-origin=page]:has-text('from the next start: 5')")
    page.fill("[id='device.fps']", "-3")
    page.keyboard.press("Enter")
    page.wait_for_selector("#told.wrong:has-text('expected')")
    page.wrong.clear()
    page.click("[data-key='device.fps'] .reset")
    page.wait_for_selector("[data-key='device.fps'][data-origin=default]")
    page.focus("#tab-camera")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.wait_for_selector("#section[aria-labelledby=tab-counting] .setting")
    page.fill("[id='device.counting.target']", "200")
    page.click("#section [type=submit]")
    page.wait_for_selector("#told:has-text('next slide')")
    assert instrument.target == 200
    keep_screenshot(page, f"page_{size}_settings_counting")
    choose(page, "bundle")
    page.wait_for_selector("#bundles [data-bundle=wbc5] >> text=from the next start")
    check_fits(page)
    keep_screenshot(page, f"page_{size}_settings_bundle")
    for section in ("microscope", "optics", "quality", "drift", "reference", "calibration", "page", "records"):
        choose(page, section)
        check_fits(page)


def check_users(page, instrument, size):
    choose(page, "users")
    page.wait_for_selector("#users [data-user=ben]")
    page.fill("#new-name", "carl")
    page.fill("#new-password", "carl's secret")
    page.click("#add-user [type=submit]")
    page.wait_for_selector("#users [data-user=carl]")
    check_fits(page)
    keep_screenshot(page, f"page_{size}_settings_users")
    page.click("[data-user=carl] .do button")
    page.wait_for_selector("dialog[open] >> text=Remove carl?")
    keep_screenshot(page, f"page_{size}_settings_remove")
    page.click("dialog[open] .primary")
    page.wait_for_selector("#users [data-user=carl]", state="detached")
    assert [one["user"] for one in read_events(instrument, "user_removed")] == ["carl"]


def check_expiry(page, ahead_s, size):
    ahead_s[0] += 31 * 60
    page.click("#tab-camera")
    page.wait_for_selector("#told.wrong:has-text('not signed in, or no longer')")
    keep_screenshot(page, f"page_{size}_settings_expired")
    page.reload()
    page.wait_for_selector("#sign-in-form")


def check_technician(page, address):
    sign_in(page, "ben", USERS["ben"][0])
    page.wait_for_selector("#section .setting")
    page.goto(f"{address}/settings#quality")
    page.reload()
    page.wait_for_selector("#section >> text=An administrator can change these.")
    assert page.locator("#section input").count() == 0
    page.click("#sign-out")
    page.wait_for_selector("#sign-in-form")
    page.goto(f"{address}/settings")
    page.wait_for_selector("#sign-in-form")


@pytest.mark.parametrize("size", sorted(SIZES))
def test_one_signs_out_on_the_live_page_too_by_keyboard(tmp_path, size):
    page_settings = {"password_file": write_users(tmp_path / "passwords")}
    with open_instrument(tmp_path / "data", page=page_settings) as instrument, PageServer(instrument) as server:
        show(instrument, make_annotated(1))
        with open_browser(size) as page:
            page.goto(server.address)
            page.wait_for_selector("#sign-in-form")
            sign_in(page, "ben", USERS["ben"][0])
            page.wait_for_selector("#picture[data-seq]")
            page.keyboard.press("g")
            page.wait_for_selector("#menu-dialog[open] #sign-out:has-text('ben')")
            keep_screenshot(page, f"page_{size}_menu_signed_in")
            box = page.locator("#menu-dialog").bounding_box()
            assert box["y"] + box["height"] <= page.viewport_size["height"]
            assert page.locator("#menu-dialog").evaluate("one => one.scrollHeight <= one.clientHeight + 1")
            page.keyboard.press("Shift+Tab")  # from the first entry round to the close button
            page.keyboard.press("Shift+Tab")
            while page.evaluate("document.activeElement.id") != "sign-out":
                page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            page.wait_for_selector("#sign-in-form")
            assert read_events(instrument, "sign_out") == [{"user": "ben"}]
        instrument.live.close()


@pytest.mark.parametrize("path", ["/", "/slides", "/captures", "/upload", "/settings", "/settings/reference"])
def test_where_nobody_signs_in_nobody_signs_out(client, path):
    assert 'id="sign-out"' not in client.get(path).text
