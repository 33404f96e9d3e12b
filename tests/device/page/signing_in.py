"""A page on a network with two users, and clients that behave as browsers do."""

from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from contract.tables import event
from device.page.app import create_app
from device.page.passwords import write_password
from tests.device.page.made_instrument import open_instrument

USERS = {"anna": ("anna's secret", "administrator"), "ben": ("ben's secret", "technician")}
BROWSER = "Mozilla/5.0 (a browser)"
TOKEN = "X-Leukoscope-Token"


@cache
def make_password_file():
    """Each hash takes a tenth of a second on purpose: made once for all tests."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "passwords"
        for name, (secret, role) in USERS.items():
            write_password(file, name, secret, role)
        return file.read_bytes()


def write_users(file):
    file.write_bytes(make_password_file())
    return str(file)


@contextmanager
def open_network(folder, **page):
    page = {"host": "0.0.0.0", "password_file": write_users(folder / "passwords")} | page
    with open_instrument(folder / "data", page=page) as instrument:
        yield instrument, create_app(instrument)


def make_browser(app, address="192.168.1.20", port="80"):
    browser = app.test_client()
    headers = {"HTTP_USER_AGENT": BROWSER, "REMOTE_ADDR": address, "SERVER_PORT": port}
    browser.environ_base.update(headers | {"HTTP_X_LEUKOSCOPE": "person"})
    return browser


def sign_in(browser, name, password=None, **more):
    given = USERS[name][0] if password is None else password
    return browser.post("/api/v1/session", json={"name": name, "password": given}, **more)


def signed_in(app, name, **more):
    """A browser that is signed in and sends its token with what it changes, as the page does."""
    browser = make_browser(app, **more)
    answer = sign_in(browser, name)
    assert answer.status_code == 201, answer.text
    browser.environ_base["HTTP_X_LEUKOSCOPE_TOKEN"] = answer.get_json()["token"]
    return browser


def read_events(instrument, kind):
    with instrument.store.readers.connect() as connection:
        return [row.detail for row in connection.execute(select(event).where(event.c.kind == kind))]
