"""The page's part in on-site calibration: what there is to learn from, the run, its figures, the way back."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from contract.bundle import load_bundle
from contract.tables import cell, event, review
from device.page.app import create_app
from tests.device.page.made_instrument import make_annotated, make_settings, open_instrument, show


def read_cells(instrument):
    with instrument.store.readers.connect() as connection:
        return connection.execute(select(cell).order_by(cell.c.seq)).mappings().all()


def post_review(client, cell_id, new_type, operator="anna", **more):
    return client.post("/api/v1/reviews", json={"cell_id": cell_id, "new_type": new_type, "operator": operator} | more)


def test_a_review_is_kept_beside_what_the_bundle_said(instrument, client):
    show(instrument, make_annotated(1, ("neutrophil", "lymphocyte")))
    first, second = read_cells(instrument)
    said = post_review(client, first["id"], "monocyte", comment="kidney-shaped nucleus")
    assert said.status_code == 201
    assert (said.get_json()["old_type"], said.get_json()["new_type"]) == ("neutrophil", "monocyte")
    assert post_review(client, second["id"], "lymphocyte").status_code == 201
    assert [row["cell_type"] for row in read_cells(instrument)] == ["neutrophil", "lymphocyte"]
    with instrument.store.readers.connect() as connection:
        assert connection.execute(select(review.c.operator)).scalars().all() == ["anna", "anna"]
    counts = {one["cell_type"]: one for one in client.get("/api/v1/calibration").get_json()["classes"]}
    assert (counts["monocyte"]["confirmed"], counts["monocyte"]["corrected"]) == (0, 1)
    assert (counts["lymphocyte"]["confirmed"], counts["lymphocyte"]["corrected"]) == (1, 0)


def test_a_review_of_an_unknown_cell_a_strange_name_or_by_nobody_is_refused(instrument, client):
    show(instrument, make_annotated(1))
    known = read_cells(instrument)[0]["id"]
    assert post_review(client, "no such cell", "monocyte").status_code == 404
    assert "expected one of" in post_review(client, known, "virus").get_json()["message"]
    assert post_review(client, known, "monocyte", operator=" ").status_code == 400


def test_the_differential_follows_a_review(instrument, client):
    show(instrument, make_annotated(1, ("neutrophil",)))
    post_review(client, read_cells(instrument)[0]["id"], "basophil")
    counts = {row["cell_type"]: row["count"] for row in client.get("/api/v1/differential").get_json()["rows"]}
    assert (counts["neutrophil"], counts["basophil"]) == (0, 1)


@pytest.fixture
def real(tmp_path, tiny_bundle):
    """An instrument with a real bundle, and a client of its page."""
    with open_instrument(tmp_path) as opened:
        settings = make_settings(data_dir=str(tmp_path), threads=1)
        instrument = replace(opened, bundle=load_bundle(tiny_bundle), settings=settings)
        client = create_app(instrument).test_client()
        client.environ_base["HTTP_X_LEUKOSCOPE"] = "page"
        yield instrument, client


def test_before_anything_was_reviewed_the_page_says_what_is_missing(real):
    _, client = real
    said = client.get("/api/v1/calibration").get_json()
    assert said["fitted_here"] is None
    assert said["expected"] == 5
    assert [one["confirmed"] + one["corrected"] for one in said["classes"]] == [0] * 5
    assert (said["running"], said["result"], said["previous"]) == (False, None, None)
    refused = client.post("/api/v1/calibration")
    assert refused.status_code == 400
    assert "basophil 0" in refused.get_json()["message"]
    back = client.post("/api/v1/calibration/rollback")
    assert back.status_code == 400
    assert client.get("/api/v1/status").get_json()["bundle"]["fitted_here"] is None


def test_a_request_without_the_pages_header_calibrates_nothing(real):
    instrument, _ = real
    stranger = create_app(instrument).test_client()
    assert stranger.post("/api/v1/calibration").status_code == 403
    assert stranger.post("/api/v1/reviews", json={}).status_code == 403


def keep_swapped_cells(instrument, client, per_class=12):
    """Store cells as the network would see them under another stain, and name them rightly."""
    import numpy as np

    from tests.tiny_bundle import COLOURS

    rng = np.random.default_rng(0)
    names = list(COLOURS)
    for number in range(per_class):
        annotated = make_annotated(number + 1, names, shape=(240, 640))
        cells = tuple(
            replace(one, features=(*(np.array(COLOURS[name]) + rng.normal(0, 0.004, 3)).tolist(), 1.0))
            for one, name in zip(annotated.prediction.cells, names, strict=True)
        )
        network = instrument.bundle.manifest.files["model.tflite"]
        prediction = replace(annotated.prediction, cells=cells, network=network)
        show(instrument, replace(annotated, judged=replace(annotated.judged, prediction=prediction)))
    swapped = dict(zip(names, (*names[1:3], names[0], *names[3:]), strict=True))
    for row in read_cells(instrument):
        assert post_review(client, row["id"], swapped[row["cell_type"]]).status_code == 201


def test_a_technicians_reviews_calibrate_the_microscope_and_one_click_goes_back(real):
    instrument, client = real
    keep_swapped_cells(instrument, client)
    said = client.post("/api/v1/calibration")
    assert said.status_code == 200, said.get_json()
    facts = said.get_json()
    result = facts["result"]
    assert result["gains"]
    assert result["installed"] == facts["next_start"]
    assert facts["in_use"] == instrument.bundle.bundle_id
    figures = {one["name"]: one for one in result["figures"]}
    assert figures["macro_accuracy"]["after"]["value"] > figures["macro_accuracy"]["before"]["value"]
    with instrument.store.readers.connect() as connection:
        assert "calibration" in connection.execute(select(event.c.kind)).scalars().all()
    back = client.post("/api/v1/calibration/rollback").get_json()
    assert back["next_start"] == facts["previous"]
    assert back["result"] is None
