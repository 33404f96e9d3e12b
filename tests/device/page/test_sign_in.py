import re
from pathlib import Path

import pytest

from device.page import sessions, sign_in_limits
from device.page.app import create_app
from device.page.roles import NEEDS, find_need
from device.page.sessions import MOST_SESSIONS, Sessions
from device.page.sign_in_limits import FREE, MOST_WAIT_S, SignInLimits
from tests.device.page.signing_in import (
    TOKEN,
    USERS,
    make_browser,
    open_network,
    read_events,
    sign_in,
    signed_in,
    write_users,
)

SLIDE = {"accession": "A", "target": 100}


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(sessions, "monotonic", clock)
    monkeypatch.setattr(sign_in_limits, "monotonic", clock)
    return clock


@pytest.fixture(scope="module")
def networked(tmp_path_factory):
    """One for all tests here, for opening its database takes longer than most of them."""
    with open_network(tmp_path_factory.mktemp("network")) as (opened, _):
        yield opened


@pytest.fixture
def app(networked):
    """A page that was just started: nobody is signed in, nothing was guessed, the users are as they were."""
    write_users(Path(networked.settings.page.password_file))
    return create_app(networked)


def test_a_browser_is_led_to_the_sign_in_and_back(app):
    browser = make_browser(app)
    led = browser.get("/settings?a=1", headers={"Accept": "text/html"})
    assert (led.status_code, led.location) == (303, "/sign-in?next=/settings%3Fa%3D1")
    page = browser.get(led.location)
    assert 'data-towards="/settings?a=1"' in page.text
    assert not re.search(r"<script(?![^>]*(src=|application/json))|<style|style=|\son\w+=", page.text)
    assert browser.get("/static/sign_in.js", buffered=True).status_code == 200
    assert sign_in(browser, "ben").status_code == 201
    assert browser.get("/settings").status_code == 200
    assert browser.get("/sign-in?next=/settings").location == "/settings"


@pytest.mark.parametrize(
    "towards", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "/a b"]
)
def test_a_sign_in_leads_nowhere_else(app, towards):
    page = make_browser(app).get("/sign-in", query_string={"next": towards})
    assert 'data-towards="/"' in page.text


def test_the_cookie_cannot_be_read_guessed_or_sent_from_elsewhere(app):
    cookies = [sign_in(make_browser(app), "ben").headers["Set-Cookie"] for _ in range(2)]
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        assert len(cookie.split("=")[1].split(";")[0]) >= 43  # 256 bits in base64
    assert cookies[0] != cookies[1]
    secure = sign_in(make_browser(app), "ben", headers={"Origin": "https://localhost"})
    assert "Secure" in secure.headers["Set-Cookie"].split("; ")


def test_a_sign_in_gives_a_new_session_and_ends_the_one_before(app):
    browser = make_browser(app)
    sign_in(browser, "ben")
    first = browser.get_cookie("leukoscope_80").value
    sign_in(browser, "anna")
    assert browser.get_cookie("leukoscope_80").value != first
    thief = make_browser(app)
    thief.set_cookie("leukoscope_80", first)
    assert thief.get("/api/v1/status").status_code == 401


def test_signing_out_ends_the_session_everywhere_the_cookie_may_be(app):
    browser = signed_in(app, "ben")
    kept = browser.get_cookie("leukoscope_80").value
    assert browser.delete("/api/v1/session").status_code == 204
    assert browser.get_cookie("leukoscope_80") is None
    browser.set_cookie("leukoscope_80", kept)
    assert browser.get("/api/v1/status").status_code == 401


def test_a_browser_sees_no_window_of_its_own_and_a_program_is_asked(app):
    assert "WWW-Authenticate" not in make_browser(app).get("/api/v1/status").headers
    program = app.test_client()
    assert program.get("/api/v1/status").headers["WWW-Authenticate"].startswith("Basic")
    assert program.get("/api/v1/status", auth=("ben", USERS["ben"][0])).status_code == 200


def test_every_change_needs_the_token_of_the_session(app):
    browser = signed_in(app, "ben")
    assert browser.post("/api/v1/slides", json=SLIDE).status_code == 201
    other = signed_in(app, "ben").environ_base.pop("HTTP_X_LEUKOSCOPE_TOKEN")
    browser.environ_base.pop("HTTP_X_LEUKOSCOPE_TOKEN")
    for token in ({}, {TOKEN: "guess"}, {TOKEN: other}, {TOKEN: "ä"}):
        assert browser.post("/api/v1/slides", json=SLIDE, headers=token).status_code == 403
        assert browser.delete("/api/v1/session", headers=token).status_code == 403
    assert browser.get("/api/v1/session").get_json()["signed_in"]


def test_a_session_ends_when_nobody_touches_the_page_even_if_the_page_goes_on_asking(app, clock):
    browser = signed_in(app, "ben")
    for _ in range(29):
        clock.now_s += 60
        assert browser.get("/api/v1/status", headers={"X-Leukoscope": "page"}).status_code == 200
    browser.get("/api/v1/status", headers={"X-Leukoscope": "person"})
    clock.now_s += 29 * 60
    assert browser.get("/api/v1/status", headers={"X-Leukoscope": "page"}).status_code == 200
    clock.now_s += 60
    assert browser.get("/api/v1/status", headers={"X-Leukoscope": "page"}).status_code == 401


def test_a_session_ends_after_its_hours_whatever_was_done(app, clock):
    browser = signed_in(app, "ben")
    for _ in range(12 * 6 - 1):
        clock.now_s += 600
        assert browser.get("/api/v1/status").status_code == 200
    clock.now_s += 600
    assert browser.get("/api/v1/status").status_code == 401


def test_old_sessions_of_a_user_make_room_for_new_ones():
    book = Sessions(60.0, 600.0)
    ids = [book.begin("ben", "hash")[0] for _ in range(MOST_SESSIONS + 1)]
    assert [book.find(one, touch=False) is not None for one in ids] == [False] + [True] * MOST_SESSIONS


def test_guessing_is_slowed_down_and_never_shuts_anybody_out_for_good(app, clock):
    guesser = make_browser(app, "10.0.0.66")
    assert [sign_in(guesser, "ben", "wrong").status_code for _ in range(FREE)] == [401] * FREE
    refused = sign_in(guesser, "ben", "wrong")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert sign_in(guesser, "ben").status_code == 429, "the right password waits as well"
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-Ip"):
        assert sign_in(guesser, "ben", "wrong", headers={header: "10.9.9.9"}).status_code == 429
    longest = 0
    for _ in range(8):
        clock.now_s += longest + 1
        sign_in(guesser, "ben", "wrong")
        longest = int(sign_in(guesser, "ben", "wrong").headers["Retry-After"])
    assert longest == MOST_WAIT_S
    clock.now_s += MOST_WAIT_S
    assert sign_in(guesser, "ben").status_code == 201


def test_whoever_was_there_before_is_not_held_up_by_a_guesser_elsewhere(app, clock):
    ben = signed_in(app, "ben", address="192.168.1.20")
    guessers = [make_browser(app, f"10.0.{at}.1") for at in range(3)]
    for guesser in guessers:
        for _ in range(FREE):
            sign_in(guesser, "ben", "wrong")
    assert sign_in(make_browser(app, "10.1.1.1"), "ben").status_code == 429
    assert sign_in(make_browser(app, "192.168.1.20"), "ben").status_code == 201
    assert sign_in(make_browser(app, "127.0.0.1"), "ben").status_code == 201, "the screen of the device itself"
    assert ben.get("/api/v1/status").status_code == 200


def test_a_name_that_nobody_has_is_answered_like_a_wrong_password(app, clock):
    def ask(name, address):
        browser = make_browser(app, address)
        answers = [sign_in(browser, name, "wrong") for _ in range(FREE + 1)]
        return [(answer.status_code, answer.get_json()["message"]) for answer in answers]

    users_or_not = {"ben": "10.0.0.1", "nobody": "10.0.0.2"}
    found = [ask(name, address) for name, address in users_or_not.items()]
    assert found[0] == found[1]


def test_passwords_of_programs_are_counted_too(app, clock):
    program = app.test_client()
    program.environ_base["REMOTE_ADDR"] = "10.0.0.9"
    codes = [program.get("/api/v1/status", auth=("ben", f"wrong {at}")).status_code for at in range(FREE + 1)]
    assert codes == [401] * FREE + [429]


def test_one_machine_with_many_addresses_is_one_machine(clock):
    limits = SignInLimits()
    for at in range(FREE):
        assert limits.begin(f"user {at}", f"2001:db8::{at + 1:x}") == 0
    assert limits.begin("another", "2001:db8::ffff") > 0
    assert limits.begin("another", "2001:db9::1") == 0


def test_what_happened_is_kept_without_what_was_typed_in_the_wrong_place(tmp_path, clock):
    with open_network(tmp_path) as (instrument, app):
        check_events(instrument, app)


def check_events(instrument, app):
    browser = signed_in(app, "ben")
    browser.delete("/api/v1/session")
    guesser = make_browser(app, "10.0.0.66")
    for _ in range(FREE):
        guesser.post("/api/v1/session", json={"name": "my password", "password": "oops"})
    assert read_events(instrument, "sign_in") == [{"user": "ben", "role": "technician", "address": "192.168.1.20"}]
    assert read_events(instrument, "sign_out") == [{"user": "ben"}]
    burst = read_events(instrument, "sign_in_failures")
    assert burst == [{"address": "10.0.0.66", "failures": FREE, "user": "none that is known"}]


def test_a_technician_does_not_do_what_an_administrator_may(app):
    ben, anna = signed_in(app, "ben"), signed_in(app, "anna")
    for method, path, body in (
        ("GET", "/api/v1/users", None),
        ("PUT", "/api/v1/users/ben", {"role": "administrator"}),
        ("DELETE", "/api/v1/users/anna", None),
        ("PUT", "/api/v1/settings", {"changes": {"device.fps": 5}}),
        ("POST", "/api/v1/bundles/use", {"name": "nothing"}),
        ("POST", "/api/v1/calibration/rollback", None),
    ):
        assert ben.open(path, method=method, json=body).status_code == 403, path
    assert anna.get("/api/v1/users").status_code == 200
    assert ben.get("/api/v1/settings").get_json()["may_change"] is False


def test_users_are_added_changed_and_removed_and_the_last_administrator_stays(networked, app):
    anna = signed_in(app, "anna")
    added = anna.put("/api/v1/users/carl w.", json={"password": "carl's secret"})
    assert added.get_json()["users"][-1] == {"name": "carl w.", "role": "technician", "is_self": False}
    carl = make_browser(app)
    assert sign_in(carl, "ben", USERS["ben"][0]).status_code == 201
    assert carl.post("/api/v1/session", json={"name": "carl w.", "password": "carl's secret"}).status_code == 201
    assert anna.put("/api/v1/users/carl w.", json={"password": "another secret"}).status_code == 200
    assert carl.get("/api/v1/status").status_code == 401, "a session ends with the password it began with"
    for refused in (
        anna.delete("/api/v1/users/anna"),
        anna.put("/api/v1/users/anna", json={"role": "technician"}),
        anna.put("/api/v1/users/dora", json={"role": "technician"}),
        anna.put("/api/v1/users/dora", json={}),
        anna.put("/api/v1/users/..%2F..%2Fetc", json={"password": "long enough"}),
        anna.put("/api/v1/users/a:b", json={"password": "long enough"}),
        anna.put("/api/v1/users/a%0Ab", json={"password": "long enough"}),
        anna.delete("/api/v1/users/nobody"),
    ):
        assert refused.status_code in (400, 404), refused.text
    assert anna.delete("/api/v1/users/carl w.").status_code == 200
    assert [one["user"] for one in read_events(networked, "user_removed")] == ["carl w."]


def test_everybody_changes_their_own_password_and_other_sessions_end(app):
    ben, elsewhere = signed_in(app, "ben"), signed_in(app, "ben", address="192.168.1.21")
    wish = {"password": "wrong", "new_password": "a new secret"}
    assert ben.put("/api/v1/session/password", json=wish).status_code == 400
    done = ben.put("/api/v1/session/password", json=wish | {"password": USERS["ben"][0]})
    assert done.status_code == 201
    assert ben.get("/api/v1/status").status_code == 200
    assert elsewhere.get("/api/v1/status").status_code == 401
    assert sign_in(make_browser(app), "ben").status_code == 401
    assert sign_in(make_browser(app), "ben", "a new secret").status_code == 201


def test_on_the_device_itself_nobody_signs_in(client):
    assert client.get("/api/v1/session").get_json() | {"least_length": 0} == {
        "required": False,
        "signed_in": False,
        "name": "",
        "role": "administrator",
        "token": "",
        "least_length": 0,
    }
    assert client.post("/api/v1/session", json={"name": "a", "password": "b"}).status_code == 409
    assert client.put("/api/v1/users/a", json={"password": "long enough"}).status_code == 409
    assert client.get("/sign-in").location == "/"


def test_every_route_says_which_role_it_needs(app):
    routes = {
        f"{method} {rule.rule}" for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes - set(NEEDS) == set(), "a new route: enter it in device/page/roles.py"
    assert set(NEEDS) - routes == set(), "a route that is gone: take it out of device/page/roles.py"
    documented = {
        f"{method.upper()} {path.replace('{', '<').replace('}', '>')}"
        for path, methods in app.api_doc["paths"].items()
        for method in methods
    }
    assert documented <= {re.sub(r"<(?:int|path):", "<", route) for route in NEEDS}


def test_a_route_that_is_in_no_table_needs_an_administrator():
    assert find_need("GET", "/api/v1/new") == "administrator"
    assert find_need("HEAD", "/sign-in") == "nobody"
    assert find_need("GET", None) == "technician"
