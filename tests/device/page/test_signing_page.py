import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from contract.notice import RESEARCH_USE
from contract.tables import event
from device.keeping.store import DATABASE_NAME, Store
from device.page.app import create_app
from device.page.slides import NO_SLIDE
from device.review.reference import REFERENCE_NAME
from tests.device.page.made_instrument import open_instrument
from tests.device.page.made_slide import count_slide

TYPES = ("neutrophil", "neutrophil", "lymphocyte", "eosinophil")
OPEN = (*TYPES, "unidentified")


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A database with its tables, which take most of the time."""
    path = tmp_path_factory.mktemp("empty") / DATABASE_NAME
    with Store(path, "scope 1"):
        pass
    return path


@pytest.fixture
def instrument(tmp_path, empty):
    shutil.copy(empty, tmp_path / DATABASE_NAME)
    with open_instrument(tmp_path) as opened:
        yield opened


def sign(client, slide_id, **more):
    said = client.get(f"/api/v1/slides/{slide_id}/signatures").get_json()
    body = {"operator": "ab", "counts": said["counts"]} | more
    return client.post(f"/api/v1/slides/{slide_id}/signatures", json=body)


def read_cells(client, slide_id):
    return client.get(f"/api/v1/slides/{slide_id}/cells").get_json()["cells"]


def read_pdf(content):
    document = pypdfium2.PdfDocument(content)
    return [page.get_textpage().get_text_range() for page in document]


def test_a_slide_is_signed_locked_amended_and_signed_again(instrument, client):
    slide_id = count_slide(instrument, 10, OPEN)
    said = client.get(f"/api/v1/slides/{slide_id}/signatures").get_json()
    assert (said["state"], said["obstacles"]) == ("preliminary", ["2 cells unidentified"])
    assert said["notice"] == RESEARCH_USE
    no = sign(client, slide_id)
    assert (no.status_code, no.get_json()["message"][:29]) == (409, "slide: 2 cells unidentified (")
    done = sign(client, slide_id, override_reason="crushed")
    assert (done.status_code, done.get_json()["state"]) == (201, "signed")
    review = {"cell_id": read_cells(client, slide_id)[0]["id"], "new_type": "monocyte", "operator": "cd"}
    no = client.post("/api/v1/reviews", json=review)
    assert no.status_code == 409
    assert "expected a reason to amend" in no.get_json()["message"]
    assert client.post("/api/v1/reviews", json=review | {"comment": "folded nucleus"}).status_code == 201
    said = client.get(f"/api/v1/slides/{slide_id}/signatures").get_json()
    assert said["state"] == "amended"
    assert said["amendments"][0] | {"reviewed_at": ""} == {
        "cell_id": review["cell_id"],
        "operator": "cd",
        "reviewed_at": "",
        "old_type": "neutrophil",
        "new_type": "monocyte",
        "comment": "folded nucleus",
    }
    assert sign(client, slide_id, override_reason="crushed").get_json()["state"] == "signed"
    assert client.get("/api/v1/differential").get_json()["signed"]


def test_what_is_no_signature_is_refused(instrument, client):
    slide_id = count_slide(instrument, 4, TYPES)
    assert sign(client, slide_id, counts={"neutrophil": 1}).status_code == 409
    assert sign(client, slide_id, operator="").status_code == 409
    assert sign(client, slide_id, role="chief").status_code == 422
    assert sign(client, slide_id, counts={"neutrophil": -1}).status_code == 422
    paths = ("/api/v1/slides/none/signatures", "/api/v1/slides/none/reading", "/api/v1/slides/none/agreement")
    pages = ("sign", "second", "agreement", "report.html", "report.pdf", "report.csv")
    for path in (*paths, *(f"/slides/none/{page}" for page in pages)):
        assert client.get(path).get_json()["message"] == NO_SLIDE
    assert client.get(f"/api/v1/slides/{slide_id}/comparison?other=none").status_code == 404


def test_flags_and_how_many_more_stand_in_the_differential(instrument, client):
    count_slide(instrument, 40, TYPES)
    said = client.get("/api/v1/differential").get_json()
    rows = {row["cell_type"]: row for row in said["rows"]}
    assert (rows["eosinophil"]["flag"], rows["eosinophil"]["flag_sure"]) == ("high", True)  # 25 %: 12.7 to 41.2
    assert (rows["monocyte"]["flag"], rows["monocyte"]["flag_sure"]) == ("low", False)  # none of 40: 0 to 8.8
    assert (rows["neutrophil"]["flag"], rows["basophil"]["flag"]) == (None, None)
    assert rows["lymphocyte"]["reference_percent"] == [16, 47]
    assert said["more_needed"] == max(row["more_needed"] for row in said["rows"]) == rows["neutrophil"]["more_needed"]
    assert 100 < said["more_needed"] < 200  # to 15 points at one half
    assert "not this laboratory's own" in said["reference_source"]


def test_an_administrator_sets_the_ranges_and_they_are_kept(instrument, client):
    slide_id = count_slide(instrument, 8, TYPES)
    assert sign(client, slide_id).status_code == 201
    body = {"source": "our own 120 donors", "percent": {"eosinophil": [0, 30]}, "operator": "head"}
    assert client.put("/api/v1/reference", json=body).status_code == 200
    assert client.put("/api/v1/reference", json=body | {"percent": {"eosinophil": [30, 3]}}).status_code == 400
    assert client.put("/api/v1/reference", json=body | {"percent": {"eosinophil": [0, 101]}}).status_code == 422
    assert client.put("/api/v1/reference", json=body | {"source": "  "}).status_code == 422
    again = create_app(instrument).test_client().get("/api/v1/reference").get_json()
    assert (again["source"], again["percent"], again["set_by"]) == (body["source"], {"eosinophil": [0, 30]}, "head")
    assert "monocyte" in again["types"]
    rows = client.get("/api/v1/differential").get_json()["rows"]
    assert {row["flag"] for row in rows} == {None}
    report = list(csv.DictReader(io.StringIO(client.get(f"/slides/{slide_id}/report.csv").text)))
    flags = {(row["count_of"], row["cell_type"]): row["flag"] for row in report}
    assert (flags["signed", "eosinophil"], flags["now", "eosinophil"]) == ("high", "")  # as signed, for ever
    with instrument.store.readers.connect() as connection:
        (told,) = [row for row in connection.execute(event.select()).mappings() if row["kind"] == "reference ranges"]
    assert told["detail"]["before"]["eosinophil"] == [0, 7]


@pytest.mark.parametrize(
    "content", ["", "{}", '{"source": "x", "percent": {"a": [5, 4]}, "set_by": "", "set_at": "2026-01-01T00:00:00Z"}']
)
def test_a_file_of_ranges_that_is_damaged_is_told_and_not_repaired(instrument, client, content):
    path = instrument.store.path.parent / REFERENCE_NAME
    path.write_text(content)
    no = client.get("/api/v1/reference")
    assert no.status_code == 503
    assert REFERENCE_NAME in no.get_json()["message"]
    assert path.read_text() == content


def test_a_second_reader_sees_no_name_and_the_agreement_is_told_at_the_end(instrument, client):
    slide_id = count_slide(instrument, 20, TYPES)
    reading = client.get(f"/api/v1/slides/{slide_id}/reading?operator=cd")
    assert not any(name in reading.text for name in TYPES)  # blind: no answer carries a name
    cells = reading.get_json()["cells"]
    assert client.get(cells[0]["picture"]).mimetype == "image/jpeg"
    assert client.get(f"/api/v1/slides/{slide_id}/reading?operator=ab").get_json()["cells"] == []
    path = f"/api/v1/slides/{slide_id}/reading"
    assert client.post(path, json={"cell_id": cells[0]["id"], "new_type": "x", "operator": "cd"}).status_code == 400
    assert (
        client.post(path, json={"cell_id": cells[0]["id"], "new_type": TYPES[0], "operator": "ab"}).status_code == 409
    )
    names = [TYPES[at % 4] for at in range(20)]
    names[3] = "neutrophil"
    for one, name in zip(cells, names, strict=True):
        done = client.post(path, json={"cell_id": one["id"], "new_type": name, "operator": "cd"})
    assert done.get_json()["unread"] == 0
    said = client.get(f"/api/v1/slides/{slide_id}/agreement").get_json()
    figures = said["figures"]
    assert (said["operator"], figures["cells"], figures["observed"]) == ("cd", 20, 0.95)
    assert figures["kappa"] == pytest.approx((0.95 - 0.3875) / (1 - 0.3875), abs=0.02)
    assert figures["table"][figures["types"].index("eosinophil")][figures["types"].index("neutrophil")] == 1
    assert {line["cell_type"] for line in said["compared"]} == set(TYPES)
    counts = {name: names.count(name) for name in set(names)}
    assert sign(client, slide_id, operator="cd", role="second reader", counts=counts).status_code == 201
    assert client.get("/api/v1/differential").get_json()["rows"][0]["count"] == 10  # as the first reader has it


def test_two_slides_are_compared_by_ruemke(instrument, client):
    first = count_slide(instrument, 100, ("neutrophil",) * 6 + ("lymphocyte",) * 4, per_field=10)
    instrument.slides.open(accession="H-2042", operator="ab", target=100)
    second = count_slide(instrument, 100, ("neutrophil",) * 3 + ("lymphocyte",) * 7, per_field=10, first_seq=50)
    said = client.get(f"/api/v1/slides/{first}/comparison?other={second}").get_json()
    assert [one["accession"] for one in said["slides"]] == ["H-2041", "H-2042"]
    line = said["compared"][0]
    assert (line["counts"], line["limits_percent"]) == ([60, 30], [[49, 70], [21, 40]])
    assert line["differs_surely"]


def test_a_report_is_one_page_that_says_what_it_is(instrument, client):
    slide_id = count_slide(instrument, 12, OPEN)
    html = client.get(f"/slides/{slide_id}/report.html")
    policy = html.headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "style-src 'sha256-" in policy
    assert "img-src data:;" in policy
    for words in ("PRELIMINARY", "Not signed.", "H-2041", "Simulated", RESEARCH_USE, "50", "unidentified"):
        assert words in html.text
    assert html.text.count("data:image/jpeg;base64,") == 9  # three neutrophils, two of each other type, as there are
    for foreign in ("http://", "https://", "<script", "url("):
        assert foreign not in html.text.replace("http://www.w3.org/2000/svg", "")
    assert sign(client, slide_id, override_reason="<b>crushed</b> & pale").status_code == 201
    html = client.get(f"/slides/{slide_id}/report.html").text
    assert "PRELIMINARY" not in html
    assert "&lt;b&gt;crushed&lt;/b&gt; &amp; pale" in html
    (page,) = read_pdf(client.get(f"/slides/{slide_id}/report.pdf").data)
    for words in ("Signed by ab", "<b>crushed</b> & pale", "H-2041", RESEARCH_USE, "Simulated"):
        assert words in page
    assert page.count(RESEARCH_USE) == 2


def test_an_amended_report_shows_both_counts(instrument, client):
    slide_id = count_slide(instrument, 8, TYPES)
    sign(client, slide_id)
    review = {"cell_id": read_cells(client, slide_id)[0]["id"], "new_type": "basophil", "operator": "cd"}
    client.post("/api/v1/reviews", json=review | {"comment": "coarse granules"})
    html = client.get(f"/slides/{slide_id}/report.html").text
    (page,) = read_pdf(client.get(f"/slides/{slide_id}/report.pdf").data)
    for words in ("Amended after signature by cd", "As signed (version 1)", "after amendment", "coarse granules"):
        assert words in html
        assert words in page
    rows = list(csv.DictReader(io.StringIO(client.get(f"/slides/{slide_id}/report.csv").text)))
    counts = {(row["count_of"], row["cell_type"]): row["count"] for row in rows}
    assert (counts["signed", "basophil"], counts["now", "basophil"]) == ("0", "1")
    assert {row["state"] for row in rows} == {"amended"}


def test_names_of_any_alphabet_and_pictures_that_are_gone_do_not_break_a_report(instrument, client):
    instrument.slides.open(accession="=HYPERLINK(1)", operator="Łukasz Ødegård µ", target=100)
    slide_id = count_slide(instrument, 4, TYPES)
    for path in (instrument.store.path.parent / "fields").rglob("*.jpg"):
        path.unlink()
    assert "picture no longer kept" in client.get(f"/slides/{slide_id}/report.html").text
    answer = client.get(f"/slides/{slide_id}/report.pdf")
    (page,) = read_pdf(answer.data)
    assert "Łukasz Ødegård µ" in page
    assert answer.headers["Content-Disposition"] == 'inline; filename="leukoscope_HYPERLINK_1.pdf"'
    (row, *_) = csv.DictReader(io.StringIO(client.get(f"/slides/{slide_id}/report.csv").text))
    assert row["accession"] == "'=HYPERLINK(1)"  # no formula for a spreadsheet


def test_the_limits_of_the_card_stand_in_the_report(instrument, tmp_path):
    card = (
        "# x\n\n## Limits\n\n- Names travel *badly*\n  to other stains.\n- Blasts may be named.\n\n## Later\n\n- no\n"
    )
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "card.md").write_text(card)
    carded = replace(instrument, bundle=replace(instrument.bundle, folder=Path(tmp_path / "bundle")))
    slide_id = count_slide(carded, 4, TYPES)
    html = create_app(carded).test_client().get(f"/slides/{slide_id}/report.html").text
    assert "<li>Names travel badly to other stains.</li><li>Blasts may be named.</li></ul>" in html


def test_what_people_took_out_is_neither_signed_for_nor_shown_and_is_told(instrument, client):
    slide_id = count_slide(instrument, 8, TYPES)
    review = {"cell_id": read_cells(client, slide_id)[0]["id"], "new_type": "artefact", "operator": "ab"}
    assert client.post("/api/v1/reviews", json=review).status_code == 201
    signed = sign(client, slide_id).get_json()["signatures"][0]["differential"]
    assert (signed["total"], signed["counts"]["artefact"]) == (7, 1)
    html = client.get(f"/slides/{slide_id}/report.html").text
    assert "took 1 out as smudge or artefact. 7 carry" in html
    assert "Artefact" not in html


def test_an_empty_slide_has_a_report_too(instrument, client):
    slide_id = instrument.slides.current.id
    assert client.get(f"/slides/{slide_id}/report.html").status_code == 200
    assert len(read_pdf(client.get(f"/slides/{slide_id}/report.pdf").data)) == 1
    rows = list(csv.DictReader(io.StringIO(client.get(f"/slides/{slide_id}/report.csv").text)))
    assert {row["percent"] for row in rows} == {""}


def test_every_sentence_of_the_pages_is_there(instrument, client):
    slide_id = count_slide(instrument, 4, TYPES)
    for page in ("sign", "second", "agreement"):
        answer = client.get(f"/slides/{slide_id}/{page}")
        assert answer.status_code == 200
        assert RESEARCH_USE in answer.text
    assert client.get("/settings/reference").status_code == 200
    document = json.loads(client.get("/openapi/openapi.json").text)
    assert "/api/v1/slides/{slide_id}/signatures" in document["paths"]
