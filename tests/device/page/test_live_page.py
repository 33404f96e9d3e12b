import re
from pathlib import Path

from contract.notice import RESEARCH_USE
from device import page
from device.drawing.palette import style_of
from device.page.app import read_strings

FOLDER = Path(page.__file__).parent
OURS = [path for path in (FOLDER / "static").rglob("*.js") if "vendor" not in path.parts]
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in OURS}
TEMPLATES = [path.read_text(encoding="utf-8") for path in (FOLDER / "templates").glob("*.html")]
PROGRAMS = "".join(path.read_text(encoding="utf-8") for path in FOLDER.parent.rglob("*.py"))


def flatten(strings, before=""):
    for name, value in strings.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def test_the_page_says_what_it_is_for_and_lists_its_keys(client):
    html = client.get("/").get_data(as_text=True)
    assert RESEARCH_USE in html
    for key in ("C", "Space", "N", "E", "F", "?", "Esc", "Tab"):
        assert f"<kbd>{key}</kbd>" in html
    assert 'value="100" checked' in html


def test_the_page_runs_without_inline_code_and_without_the_network(client):
    html = client.get("/").get_data(as_text=True)
    for tag in re.findall(r"<script[^>]*>", html):
        assert 'type="application/json"' in tag or 'src="/static/' in tag
    assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:", html)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert all(address.startswith(("/", "#")) for address in addresses)
    for address in addresses:
        if address.startswith(("/static", "/palette")):
            assert client.get(address, buffered=True).status_code == 200, address
    for name, script in SCRIPTS.items():
        assert not re.search(r"https?://(?!www\.w3\.org)|innerHTML|eval\(", script), name


def test_every_sentence_that_is_said_is_in_the_strings_and_every_string_is_used():
    known = set(flatten(read_strings("en")))
    scripts = "".join(SCRIPTS.values())
    said = set(re.findall(r'say\((?:[^()"]*\? )?"([\w.]+)"', scripts))
    assert said <= known, said - known
    used = said | set(re.findall(r'["`](\w+\.\w+)["`]', scripts)) | set().union(*map(find_used, TEMPLATES))
    # what is said by a variable: cell types, states, and the second half of a name
    begun = ("cell_type.", "report.state.", "report.high", "report.low", *re.findall(r"[`\"](\w+\.\w*)\$\{", scripts))
    begun += tuple(f"{section}_" for section in re.findall(r"`(\w+)_\$\{", scripts))
    unused = {key for key in known - used if not key.startswith(begun) and f'"{key.split(".")[-1]}"' not in PROGRAMS}
    assert unused == set()


def find_used(template):
    """Sentences of a template, by their own name or by that of their section."""
    used = {name.removesuffix(".replace") for name in re.findall(r"\bt\.([\w.]+)", template)}
    for short, section in re.findall(r"set (\w+) = t\.(\w+)", template):
        used |= {f"{section}.{name}" for name in re.findall(rf"\b{short}\.(\w+)", template)}
    return used


def test_colours_are_those_of_the_picture(client):
    css = client.get("/palette.css").get_data(as_text=True)
    for name in ("neutrophil", "basophil", "unidentified"):
        assert f'[data-type="{name}"] {{ --type: {style_of(name).hex}; }}' in css


def test_the_interface_document_knows_every_route(instrument, client):
    document = client.get("/openapi/openapi.json").get_json()
    assert document["info"]["description"] == RESEARCH_USE
    for path in (
        "/api/v1/frame.jpg",
        "/api/v1/frame.json",
        "/api/v1/frames/{seq}/hold",
        "/api/v1/frames/{seq}/cells/{cell}/heat_map.png",
        "/api/v1/differential",
        "/api/v1/captures",
        "/api/v1/captures/{capture_id}/raw.png",
        "/api/v1/captures/{capture_id}/annotated.jpg",
        "/api/v1/slides",
        "/api/v1/records",
        "/api/v1/status",
        "/stream.mjpg",
        "/healthz",
        "/metrics",
    ):
        assert path in document["paths"], path
    assert "FrameFacts" in document["components"]["schemas"]


def test_what_is_not_there_is_said_in_json(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert answer.get_json()["message"]
    assert client.post("/healthz").status_code == 405
