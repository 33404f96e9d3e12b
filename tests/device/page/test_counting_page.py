import pytest
from sqlalchemy import func, select

from contract.cell_types import DIFFERENTIAL_ORDER, UNIDENTIFIED
from contract.notice import RESEARCH_USE
from contract.tables import cell, slide
from device.page.app import create_app
from tests.device.page.made_instrument import make_annotated, open_instrument, show


def count_rows(instrument, table):
    with instrument.store.readers.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_the_differential_is_what_the_records_hold(instrument, client):
    for seq in range(1, 7):
        show(instrument, make_annotated(seq, ("neutrophil", "neutrophil", UNIDENTIFIED)))
    show(instrument, make_annotated(7, ("eosinophil",)))
    said = client.get("/api/v1/differential").get_json()
    assert [row["cell_type"] for row in said["rows"]] == list(DIFFERENTIAL_ORDER)
    assert (said["total"], said["unidentified"]) == (13, 6)
    assert said["total"] + said["unidentified"] == count_rows(instrument, cell)
    first = said["rows"][0]
    assert (first["count"], first["percent"]) == (12, 92)
    assert first["interval_percent"] == pytest.approx([63.97, 99.81], abs=0.01)  # Clopper-Pearson of 12 of 13
    assert sum(row["percent"] for row in said["rows"]) == 100
    assert said["slide"]["accession"] == "H-2041"
    assert not said["reached"]
    assert said["notice"] == RESEARCH_USE


def test_before_the_first_cell_there_is_no_percentage(client):
    said = client.get("/api/v1/differential").get_json()
    assert said["total"] == 0
    assert {row["percent"] for row in said["rows"]} == {None}


def test_a_screening_bundle_shows_its_own_classes_only(tmp_path):
    with open_instrument(tmp_path, task="screening") as instrument:
        show(instrument, make_annotated(1, ("pre_b",)))
        said = create_app(instrument).test_client().get("/api/v1/differential").get_json()
    assert [row["cell_type"] for row in said["rows"]] == ["benign", "early_pre_b", "pre_b", "pro_b"]


def test_a_new_slide_begins_a_new_count_and_the_old_cells_stay(instrument, client):
    show(instrument, make_annotated(1, ("neutrophil",) * 3))
    answer = client.post("/api/v1/slides", json={"accession": " H-2042 ", "operator": "cd", "target": 1})
    assert answer.status_code == 201
    assert answer.get_json()["accession"] == "H-2042"
    assert client.get("/api/v1/differential").get_json()["total"] == 0
    show(instrument, make_annotated(2, ("basophil",)))
    said = client.get("/api/v1/differential").get_json()
    assert (said["total"], said["reached"], said["slide"]["operator"]) == (1, True, "cd")
    with instrument.store.readers.connect() as connection:
        rows = connection.execute(select(slide).order_by(slide.c.seq)).mappings().all()
    assert [(row["accession"], row["operator"], row["target"]) for row in rows] == [
        ("H-2041", "ab", 100),
        ("H-2042", "cd", 1),
    ]
    listed = client.get("/api/v1/slides").get_json()["slides"]
    assert [(entry["accession"], entry["counted_cells"]) for entry in listed] == [("H-2042", 1), ("H-2041", 3)]


@pytest.mark.parametrize(
    "body",
    [
        {"accession": "", "target": 100},
        {"accession": "   ", "target": 100},
        {"accession": "a\nb", "target": 100},
        {"accession": "x" * 65, "target": 100},
        {"accession": "A", "target": 0},
        {"accession": "A"},
        {"accession": "A", "target": 100, "patient": "somebody"},
        None,
    ],
)
def test_what_is_no_slide_is_refused_and_nothing_is_written(instrument, client, body):
    assert client.post("/api/v1/slides", json=body).status_code == 422
    assert count_rows(instrument, slide) == 1


def test_records_leave_in_order_and_page_by_page(instrument, client):
    show(instrument, make_annotated(1, ("neutrophil",) * 3))
    whole = client.get("/api/v1/records").get_json()
    assert [item["row"]["seq"] for item in whole["rows"]] == [1, 2, 3, 4, 5]
    assert [item["table"] for item in whole["rows"]] == ["slide", "field", "cell", "cell", "cell"]
    assert whole["last_seq"] == 5
    assert whole["device"]["id"] == instrument.store.device_id
    assert whole["schema"]
    pages = [client.get(f"/api/v1/records?after={after}&limit=2").get_json()["rows"] for after in (0, 2, 4, 5)]
    assert [row for page in pages for row in page] == whole["rows"]
    assert client.get("/api/v1/records?limit=0").status_code == 422
    assert client.get(f"/api/v1/records?after={2**63}").status_code == 422, "no number of SQLite's"
