import hashlib
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import select, update

from contract.image import read_rgb
from contract.tables import capture, field
from device.keeping.captures import Captures
from device.page.app import create_app
from device.page.shown import KEPT
from tests.device.page.made_instrument import make_annotated, show


def read_captures(instrument):
    with instrument.store.readers.connect() as connection:
        return connection.execute(select(capture, field).join(field, capture.c.field_id == field.c.id)).mappings().all()


def test_what_is_shown_is_what_is_kept(instrument, client):
    """Page, files and row are of one frame, though newer ones came between the look and the key."""
    show(instrument, make_annotated(1))
    seen = client.get("/api/v1/frame.jpg")
    show(instrument, make_annotated(2))
    client.get("/api/v1/frame.jpg")
    answer = client.post("/api/v1/captures", json={"seq": int(seen.headers["X-Frame-Seq"])})
    assert answer.status_code == 201
    kept = answer.get_json()
    assert client.get(kept["annotated"], buffered=True).data == seen.data
    raw = client.get(kept["raw"], buffered=True)
    assert raw.mimetype == "image/png"
    (row,) = read_captures(instrument)
    assert row["frame_seq"] == 1
    assert row["frame_sha256"] == seen.headers["X-Frame-Sha256"]
    assert row["operator"] == "ab"
    assert row["raw_sha256"] == hashlib.sha256(raw.data).hexdigest() == kept["raw_sha256"]
    pixels = read_rgb(instrument.store.path.parent / row["raw_path"])
    np.testing.assert_array_equal(pixels, make_annotated(1).prediction.frame.image)


def test_a_frame_that_has_left_is_not_replaced_by_another(instrument, client):
    for seq in range(1, KEPT + 2):
        show(instrument, make_annotated(seq))
        client.get("/api/v1/frame.jpg")
    answer = client.post("/api/v1/captures", json={"seq": 1})
    assert answer.status_code == 409
    assert answer.get_json()["message"] == "frame 1 is no longer kept (expected the one on the screen); look again"
    assert read_captures(instrument) == []


def test_a_frame_that_is_not_in_the_count_can_be_kept_too(instrument, client):
    show(instrument, make_annotated(1, rejected="too dark"), record=False)
    client.get("/api/v1/frame.jpg")
    assert client.post("/api/v1/captures", json={"seq": 1}).status_code == 201
    assert read_captures(instrument)[0]["rejected"] == "too dark"


def test_captures_are_listed_newest_first_and_by_slide(instrument, client):
    for seq in (1, 2):
        show(instrument, make_annotated(seq))
        client.get("/api/v1/frame.jpg")
        client.post("/api/v1/captures", json={"seq": seq})
    first_slide = instrument.slides.current.id
    instrument.slides.open(accession="H-2", operator="", target=100)
    show(instrument, make_annotated(3))
    client.get("/api/v1/frame.jpg")
    client.post("/api/v1/captures", json={"seq": 3})
    listed = client.get("/api/v1/captures").get_json()["captures"]
    assert [entry["frame_seq"] for entry in listed] == [3, 2, 1]
    of_first = client.get(f"/api/v1/captures?slide_id={first_slide}&limit=1").get_json()["captures"]
    assert [entry["frame_seq"] for entry in of_first] == [2]


def test_a_full_disk_is_said_in_words_and_leaves_nothing(instrument):
    full = replace(instrument, captures=Captures(instrument.store, min_free_mb=10**9))
    client = create_app(full).test_client()
    show(full, make_annotated(1))
    client.get("/api/v1/frame.jpg")
    answer = client.post("/api/v1/captures", json={"seq": 1}, headers={"X-Leukoscope": "test"})
    assert answer.status_code == 503
    assert "MB free" in answer.get_json()["message"]
    assert read_captures(instrument) == []


def test_no_path_leads_out_of_the_data_folder(instrument, client, tmp_path):
    (tmp_path.parent / "secret.txt").write_text("secret")
    show(instrument, make_annotated(1))
    client.get("/api/v1/frame.jpg")
    kept = client.post("/api/v1/captures", json={"seq": 1}).get_json()
    with instrument.store._engine.begin() as connection:  # as if somebody had altered the file
        connection.execute(update(capture).values(raw_path="../secret.txt"))
    assert client.get(kept["raw"]).status_code == 404


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fleukoscope.sqlite", "x" * 70])
def test_a_capture_that_is_none_is_not_found(client, name):
    assert client.get(f"/api/v1/captures/{name}/raw.png").status_code in (404, 422)
