"""What becomes of captures: JSON beside the pictures, search, deletion, archives."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from contract.tables import capture as capture_table
from contract.tables import event
from device.keeping import history
from device.page.app import create_app
from device.page.who import User
from tests.device.page.made_instrument import make_annotated, show


def keep(instrument, client, *seqs):
    kept = []
    for seq in seqs:
        show(instrument, make_annotated(seq))
        client.get("/api/v1/frame.jpg")
        kept.append(client.post("/api/v1/captures", json={"seq": seq}).get_json())
    return kept


def list_files(instrument):
    return sorted(path.name.partition("_frame")[2][8:] for path in instrument.store.path.parent.rglob("captures/*/*"))


def test_the_json_beside_a_capture_is_that_of_the_very_frame(instrument, client):
    show(instrument, make_annotated(1))
    client.get("/api/v1/frame.jpg")
    shown = client.get("/api/v1/frame.json?seq=1").get_json()
    kept = client.post("/api/v1/captures", json={"seq": 1}).get_json()
    with client.get(kept["facts"]) as answer:
        assert answer.mimetype == "application/json"
        facts = json.loads(answer.data)
    assert facts == shown
    assert facts["sha256"] in str(list(instrument.store.path.parent.rglob("*.json"))) or facts["seq"] == 1


def test_captures_are_found_by_day_and_page(instrument, client):
    keep(instrument, client, 1, 2, 3)
    first = client.get("/api/v1/captures?limit=2").get_json()
    rest = client.get(f"/api/v1/captures?limit=2&before={first['next']}").get_json()
    assert [one["frame_seq"] for one in (*first["captures"], *rest["captures"])] == [3, 2, 1]
    assert rest["next"] is None
    assert {one["accession"] for one in first["captures"]} == {"H-2041"}
    assert client.get("/api/v1/captures?limit=1000").status_code == 422
    today = datetime.now(UTC).astimezone().date()
    assert len(client.get(f"/api/v1/captures?since={today}&until={today}").get_json()["captures"]) == 3
    assert client.get(f"/api/v1/captures?since={today + timedelta(days=1)}").get_json()["captures"] == []


def test_captures_of_a_day_long_ago_are_found_behind_many_newer_ones(instrument, client, monkeypatch):
    monkeypatch.setattr(history, "LOOKED_THROUGH", 2)
    oldest, *_ = keep(instrument, client, 1, 2, 3, 4)
    long_ago = datetime.now(UTC) - timedelta(days=10)
    with instrument.store._engine.begin() as connection:  # as if ten days had gone by
        of_oldest = update(capture_table).where(capture_table.c.id == oldest["id"])
        connection.execute(of_oldest.values(captured_at=long_ago))
    day = long_ago.astimezone().date()
    for query in (f"since={day}&until={day}", f"until={day}", f"until={day}&before={oldest['seq'] + 1}"):
        found = client.get(f"/api/v1/captures?{query}").get_json()
        assert [one["id"] for one in found["captures"]] == [oldest["id"]]
    assert client.get(f"/api/v1/captures?until={day}&before={oldest['seq']}").get_json()["captures"] == []
    assert len(client.get(f"/api/v1/captures?since={day}").get_json()["captures"]) == 4


def test_a_deleted_capture_leaves_its_record_and_nothing_else(instrument, client):
    first, second = keep(instrument, client, 1, 2)
    assert client.delete(f"/api/v1/captures/{first['id']}").status_code == 204
    assert [one["id"] for one in client.get("/api/v1/captures").get_json()["captures"]] == [second["id"]]
    for name in ("raw", "annotated", "facts"):
        gone = client.get(first[name])
        assert gone.status_code == 410
        assert "deleted by" in gone.get_json()["message"]
    assert len(list_files(instrument)) == 3
    assert client.delete(f"/api/v1/captures/{first['id']}").status_code == 410
    assert client.delete("/api/v1/captures/nothing").status_code == 404
    with instrument.store.readers.connect() as connection:
        assert len(connection.execute(select(capture_table)).all()) == 2
        told = connection.execute(select(event).where(event.c.kind == "capture_deleted")).mappings().one()
    assert told["detail"]["capture_id"] == first["id"]


def test_a_frame_whose_capture_was_deleted_can_be_captured_again(instrument, client):
    (first,) = keep(instrument, client, 1)
    client.delete(f"/api/v1/captures/{first['id']}")
    again = client.post("/api/v1/captures", json={"seq": 1}).get_json()
    assert again["id"] != first["id"]
    with client.get(again["raw"]) as answer:
        assert answer.status_code == 200


def test_a_technician_deletes_own_captures_only(instrument):
    app = create_app(instrument)
    client = app.test_client()
    client.environ_base["HTTP_X_LEUKOSCOPE"] = "page"
    user = {"now": User("ab", "technician")}

    def sign_in():
        from flask import g

        g.user = user["now"]

    app.before_request(sign_in)
    mine, other = keep(instrument, client, 1, 2)
    user["now"] = User("cd", "technician")
    assert client.delete(f"/api/v1/captures/{mine['id']}").status_code == 403
    user["now"] = User("ab", "technician")
    assert client.delete(f"/api/v1/captures/{mine['id']}").status_code == 204
    user["now"] = User("boss", "administrator")
    assert client.delete(f"/api/v1/captures/{other['id']}").status_code == 204


def test_an_archive_holds_every_capture_of_a_slide_and_leaves_no_file_behind(instrument, client):
    kept = keep(instrument, client, 1, 2, 3)
    client.delete(f"/api/v1/captures/{kept[1]['id']}")
    before = sorted(instrument.store.path.parent.rglob("*"))
    slide_id = instrument.slides.current.id
    with client.get(f"/api/v1/slides/{slide_id}/captures.zip") as answer:
        assert answer.mimetype == "application/zip"
        assert 'filename="H-2041_captures.zip"' in answer.headers["Content-Disposition"]
        archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    names = archive.namelist()
    assert len(names) == 2 * 3 + 1
    records = json.loads(archive.read("captures.json"))
    assert [one["id"] for one in records] == [kept[2]["id"], kept[0]["id"]]
    raw = next(name for name in names if name.endswith("_raw.png"))
    with client.get(kept[2]["raw"]) as answer:
        assert archive.read(raw) == answer.data
    assert sorted(instrument.store.path.parent.rglob("*")) == before
    assert client.get("/api/v1/slides/nothing/captures.zip").status_code == 404


def test_one_archive_at_a_time_and_a_reader_who_goes_away_frees_the_place(instrument, client):
    keep(instrument, client, 1)
    path = f"/api/v1/slides/{instrument.slides.current.id}/captures.zip"
    slow = client.get(path, buffered=False)
    refused = client.get(path)
    assert refused.status_code == 503
    assert "one at a time" in refused.get_json()["message"]
    slow.close()
    with client.get(path) as answer:
        assert zipfile.ZipFile(io.BytesIO(answer.data)).testzip() is None


def test_an_archive_takes_nothing_from_outside_the_data_folder(instrument, client, tmp_path):
    from device.keeping.capture_files import zip_captures

    (tmp_path.parent / "secret.png").write_text("secret")
    entry = {"raw_path": "../secret.png", "annotated_path": "../secret.png", "captured_at": "2026-01-01T00:00:00+00:00"}
    archive = zipfile.ZipFile(io.BytesIO(b"".join(zip_captures(tmp_path, [entry]))))
    assert archive.namelist() == ["captures.json"]


def test_older_captures_have_no_json_and_say_so(instrument, client):
    annotated = make_annotated(1)
    show(instrument, annotated)
    old = instrument.captures.save(instrument.slides.current.id, replace(annotated), "ab")
    assert client.get(f"/api/v1/captures/{old}/frame.json").status_code == 404
