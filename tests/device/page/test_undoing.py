import pytest
from sqlalchemy import select

from contract.counts import count_cells
from contract.tables import review
from device.page.app import create_app
from tests.device.page.made_instrument import make_annotated, open_instrument, show

OWN = {"X-Leukoscope": "test"}


@pytest.fixture
def instrument(tmp_path):
    with open_instrument(tmp_path) as opened:
        show(opened, make_annotated(1, ("neutrophil", "lymphocyte")))
        show(opened, make_annotated(2, ("monocyte",)))
        yield opened


def undo(instrument):
    return create_app(instrument).test_client().post("/api/v1/differential/undo", json={}, headers=OWN)


def count(instrument):
    return count_cells(instrument.store.readers, instrument.slides.current.id)


def test_the_last_counted_field_leaves_the_count_then_the_one_before(instrument):
    assert undo(instrument).get_json() == {"cells": 1}
    assert count(instrument) == {"neutrophil": 1, "lymphocyte": 1, "artefact": 1}
    assert undo(instrument).get_json() == {"cells": 2}
    facts = create_app(instrument).test_client().get("/api/v1/differential").get_json()
    assert facts["total"] == 0
    assert all(row["cell_type"] != "artefact" for row in facts["rows"])


def test_what_was_taken_out_stays_stored_with_who_and_why(instrument):
    undo(instrument)
    with instrument.store.readers.connect() as connection:
        (row,) = connection.execute(select(review)).mappings()
    assert (row["operator"], row["old_type"], row["new_type"]) == ("ab", "monocyte", "artefact")
    assert "taken out" in row["comment"]


def test_with_nothing_in_the_count_there_is_nothing_to_undo(instrument):
    undo(instrument)
    undo(instrument)
    assert undo(instrument).status_code == 409


def test_a_slide_from_before_can_be_counted_on(instrument):
    first = instrument.slides.current
    client = create_app(instrument).test_client()
    client.post("/api/v1/slides", json={"accession": "H-2042", "operator": "ab", "target": 100}, headers=OWN)
    answer = client.post(f"/api/v1/slides/{first.id}/resume", json={}, headers=OWN)
    assert (answer.status_code, answer.get_json()["accession"]) == (200, first.accession)
    assert instrument.slides.current.id == first.id
    assert client.post("/api/v1/slides/nothing/resume", json={}, headers=OWN).status_code == 404
