import base64
import hashlib
import shutil
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Response

from contract.failures import Refusal
from device.cli import cli
from device.page import body_limits
from device.page.access import AccessError
from device.page.accounts import Accounts
from device.page.app import create_app
from device.page.body_limits import MOST_JSON_BYTES
from device.page.passwords import PasswordError, read_accounts, remove_user, write_password, write_role
from device.page.policy import CONTENT_POLICY, allow_self_contained, mark
from tests.device.page.made_instrument import open_instrument

SLIDE = {"accession": "A", "target": 100}
SECRET = "correct horse"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    write_password(tmp_path_factory.mktemp("written") / "passwords", "technician", SECRET)
    return tmp_path_factory.getbasetemp() / "written0" / "passwords"


@pytest.fixture
def password_file(tmp_path, written):
    return Path(shutil.copy(written, tmp_path / "passwords"))


@pytest.fixture(scope="module")
def network_client(tmp_path_factory, written):
    page = {"host": "0.0.0.0", "password_file": str(written), "allowed_hosts": ("scope.lab",)}
    with open_instrument(tmp_path_factory.mktemp("data"), page=page) as instrument:
        yield create_app(instrument).test_client()


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with open_instrument(tmp_path_factory.mktemp("local")) as instrument:
        yield create_app(instrument).test_client()


@pytest.mark.parametrize("path", ["/", "/api/v1/differential", "/static/live.js", "/nowhere", "/healthz"])
def test_every_answer_is_marked_against_misuse(client, path):
    headers = client.get(path, buffered=True).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080", "LOCALHOST:1"])
def test_the_device_answers_to_its_own_names(client, host):
    assert client.get("/api/v1/differential", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "192.168.1.7", ""])
def test_another_name_is_refused_so_that_no_other_site_can_borrow_the_address(client, host):
    answer = client.get("/api/v1/differential", headers={"Host": host})
    assert answer.status_code == 400
    assert "allowed_hosts" in answer.get_json()["message"]


def test_no_other_site_can_change_anything(instrument):
    client = create_app(instrument).test_client()
    refused = [
        client.post("/api/v1/slides", json=SLIDE),
        client.post("/api/v1/slides", json=SLIDE, headers={"Origin": "http://evil.example"}),
        client.post("/api/v1/slides", json=SLIDE, headers={"Origin": "http://evil.example", "X-Leukoscope": "page"}),
        client.post("/api/v1/slides", json=SLIDE, headers={"Origin": "null"}),
        client.post("/api/v1/captures", json={"seq": 1}, headers={"Origin": "https://localhost.evil.example"}),
        client.put("/api/v1/frames/1/hold"),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert instrument.slides.current.accession == "H-2041"
    allowed = [
        client.post("/api/v1/slides", json=SLIDE, headers={"Origin": "http://localhost"}),
        client.post("/api/v1/slides", json=SLIDE, headers={"X-Leukoscope": "script"}),
    ]
    assert [answer.status_code for answer in allowed] == [201, 201]


def test_a_page_on_a_network_without_passwords_is_refused(tmp_path):
    expected = pytest.raises(AccessError, match=r"0\.0\.0\.0 \(expected 127\.0\.0\.1")
    with open_instrument(tmp_path, page={"host": "0.0.0.0"}) as instrument, expected:
        create_app(instrument)


@pytest.mark.parametrize("path", ["/", "/api/v1/frame.jpg", "/healthz", "/nowhere", "/openapi/openapi.json"])
def test_on_a_network_nothing_is_seen_without_a_password(network_client, path):
    answer = network_client.get(path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("host", ["scope.lab", "192.168.1.7:8080"])
def test_the_right_password_opens_again_and_again(network_client, host):
    for _ in range(3):
        answer = network_client.get("/api/v1/differential", auth=("technician", SECRET), headers={"Host": host})
        assert answer.status_code == 200


@pytest.mark.parametrize("auth", [("technician", "wrong"), ("technician", ""), ("nobody", SECRET), ("", "")])
def test_a_wrong_password_stays_wrong_after_a_right_one(network_client, auth):
    assert network_client.get("/healthz", auth=("technician", SECRET)).status_code in (200, 503)
    assert network_client.get("/healthz", auth=auth).status_code == 401


def test_a_password_is_written_hashed_and_for_its_owner_alone(password_file):
    assert SECRET not in password_file.read_text()
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600


def test_the_command_adds_users_and_changes_passwords(tmp_path):
    file = tmp_path / "passwords"
    for user, secret in (("ann", "first secret"), ("bob", "other secret"), ("ann", "second secret")):
        result = CliRunner().invoke(cli, ["password", str(file), "--user", user], input=f"{secret}\n{secret}\n")
        assert result.exit_code == 0, result.output
    accounts = Accounts(file)
    assert accounts.accept("ann", "second secret").role == "administrator"  # the first user of a new file
    assert accounts.accept("bob", "other secret").role == "technician"
    assert accounts.accept("ann", "first secret") is None
    removed = CliRunner().invoke(cli, ["password", str(file), "--user", "bob", "--remove"])
    assert removed.exit_code == 0, removed.output
    assert accounts.accept("bob", "other secret") is None


def test_a_user_who_is_changed_while_the_program_runs_is_changed_at_once(password_file):
    accounts = Accounts(password_file)
    write_password(password_file, "ben", "another secret")
    assert accounts.accept("ben", "another secret").role == "technician"
    write_role(password_file, "ben", "administrator")
    assert accounts.read()["ben"].role == "administrator"
    write_password(password_file, "ben", "a third secret")
    assert accounts.accept("ben", "another secret") is None
    password_file.write_text("damaged")
    assert accounts.accept("ben", "a third secret"), "a damaged file shuts nobody out"


def test_the_first_user_of_a_file_without_roles_is_its_administrator(password_file):
    lines = password_file.read_text().splitlines()
    hashed = lines[0].removeprefix("technician:administrator:")
    password_file.write_text(f"ann:{hashed}\nbob:{hashed}\n")
    assert [account.role for account in read_accounts(password_file).values()] == ["administrator", "technician"]
    password_file.write_text(f"ann:{hashed}\nbob:administrator:{hashed}\n")
    assert [account.role for account in read_accounts(password_file).values()] == ["technician", "administrator"]


def test_an_administrator_is_always_left(password_file):
    write_password(password_file, "ben", "another secret")
    for change in (
        lambda: remove_user(password_file, "technician"),
        lambda: write_role(password_file, "technician", "technician"),
        lambda: write_password(password_file.with_name("new"), "ann", "long enough", "technician"),
    ):
        with pytest.raises(PasswordError, match="no administrator"):
            change()
    assert [account.role for account in read_accounts(password_file).values()] == ["administrator", "technician"]


@pytest.mark.parametrize(("user", "secret"), [("a:b", "long enough"), ("", "long enough"), ("ann", "short")])
def test_a_bad_name_or_a_short_password_is_refused(tmp_path, user, secret):
    with pytest.raises(PasswordError, match="expected"):
        write_password(tmp_path / "passwords", user, secret)
    assert not (tmp_path / "passwords").exists()


@pytest.mark.parametrize("content", ["", "ann", "ann:plain\n", ":x$y$z\n"])
def test_a_file_that_holds_no_passwords_is_refused_and_named(tmp_path, content):
    (tmp_path / "passwords").write_text(content)
    with pytest.raises(PasswordError, match="passwords"):
        read_accounts(tmp_path / "passwords")
    with pytest.raises(PasswordError, match="No such file"):
        read_accounts(tmp_path / "missing")


def test_refusals_are_the_projects_own():
    assert issubclass(PasswordError, Refusal)
    assert PasswordError.exit_code == AccessError.exit_code == 2


def test_a_report_brings_its_own_style_and_nothing_else():
    style = "p { color: red }"
    answer = mark(allow_self_contained(Response(f"<style>{style}</style>"), (style,)))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'")
    assert mark(Response()).headers["Content-Security-Policy"] == CONTENT_POLICY


def test_every_route_has_a_limit_of_its_own(client, monkeypatch):
    own = {"X-Leukoscope": "test"}
    large = {"accession": "A" * MOST_JSON_BYTES, "target": 100}
    assert client.post("/api/v1/slides", json=large, headers=own).status_code == 413
    monkeypatch.setitem(body_limits.BODY_LIMITS, "POST /api/v1/slides", 4 * MOST_JSON_BYTES)
    assert client.post("/api/v1/slides", json=large, headers=own).status_code == 422, "read, and found too long"
    assert client.post("/api/v1/captures", json=large, headers=own).status_code == 413
    assert body_limits.find_most_bytes() == max(body_limits.BODY_LIMITS.values())


def test_the_document_names_the_guards_answers_and_who_has_to_sign_in(client):
    paths = client.get("/openapi/openapi.json").get_json()["paths"]
    assert {"401", "403", "413", "429"} <= set(paths["/api/v1/slides"]["post"]["responses"])
    assert paths["/api/v1/slides"]["post"]["security"] == [{"password": []}, {"session": []}]
    assert paths["/api/v1/session"]["post"]["security"] == []
