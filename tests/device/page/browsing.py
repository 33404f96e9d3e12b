"""A real browser for the page's tests: Debian's Chromium, on the 7-inch screen and on a desktop."""

import shutil
from contextlib import contextmanager

import pytest

from contract.settings_files import INSTALL_ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
HAND_MS = 80
SIZES = {"7-inch": (800, 480), "desktop": (1280, 800)}
ARTEFACTS = INSTALL_ROOT / "artefacts"  # ignored by git; to be looked at

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="NO CHROMIUM: the page is not proved here (apt install chromium)"
)


def is_error(line):
    """Whether a line of the browser's console is one that must not be there."""
    return line.type == "error"


@contextmanager
def open_browser(size, is_wrong=is_error, **options):
    """Open an empty tab; what its console complains of is kept in `wrong`."""
    from playwright.sync_api import sync_playwright

    width, height = SIZES[size]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(OPTIONS))
        page = browser.new_page(viewport={"width": width, "height": height}, **options)
        page.set_default_timeout(60_000)
        page.wrong, page.size = [], size
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("console", lambda line: page.wrong.append(line.text) if is_wrong(line) else None)
        yield page
        browser.close()


def press(page, key):
    """Press a key as long as a hand does; a key that follows sooner may be a scanner's (static/scanner.js)."""
    page.keyboard.press(key, delay=HAND_MS)


def keep_screenshot(page, name, *, whole=False):
    """Keep what is seen, to be looked at."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=whole)
