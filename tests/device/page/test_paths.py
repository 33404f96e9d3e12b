"""No path from outside reaches the file system: every text in every route's path, with what leads elsewhere."""

import itertools
import re

import pytest

from device.page.app import create_app
from tests.device.page.made_instrument import make_annotated, open_instrument, show

ELSEWHERE = (
    "../../../../etc/passwd",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252fetc%252fpasswd",
    "....//....//etc/passwd",
    "..\\..\\etc\\passwd",
    "..%5c..%5cetc%5cpasswd",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "//etc/passwd",
    "file:///etc/passwd",
    "leukoscope.sqlite",
    "../leukoscope.sqlite",
    "settings.toml",
    "passwords",
    ".",
    "..",
    "~root",
    "%00",
    "a%00.png",
    "%0d%0aSet-Cookie:%20a=b",
    "con",
    "x" * 5000,
    "%ff%fe",
    "‮gpj.exe",
)
SECRET = "root-only-4711"


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outside") / "data"
    with open_instrument(folder) as instrument:
        (folder / "passwords").write_text(SECRET)
        (folder / "settings.toml").write_text(f"# {SECRET}\n")
        show(instrument, make_annotated(1))
        app = create_app(instrument)
        instrument.live.close()
        yield app, folder


def list_routes(app):
    return [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if re.search(r"<(?!int:)", rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


def test_what_leads_elsewhere_gives_nothing_and_changes_nothing(opened):
    app, folder = opened
    client = app.test_client()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if "sqlite" not in path.name}
    routes = list_routes(app)
    assert len(routes) >= 5
    for (method, rule), text in itertools.product(routes, ELSEWHERE):
        path = re.sub(r"<[^>]+>", lambda _, text=text: text, rule)
        answer = client.open(path, method=method, headers={"X-Leukoscope": "test"}, json={}, buffered=True)
        assert answer.status_code < 500, (method, path)
        assert answer.status_code >= 300 or method == "GET", (method, path)
        for word in (b"root:", SECRET.encode(), b"SQLite format"):
            assert word not in answer.data, (method, path)
        assert "a=b" not in str(answer.headers)
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if "sqlite" not in path.name}
    assert after == before


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/access.py", "/static//etc/passwd"]
)
def test_the_programs_own_files_end_at_their_folder(opened, path):
    answer = opened[0].test_client().get(path, buffered=True)
    assert answer.status_code in (404, 308)
    assert b"import" not in answer.data
