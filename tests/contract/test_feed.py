import json
import os

import pytest

from contract.feed import FeedError, parse_page, read_records, row_from_json
from contract.moments import read_moment
from contract.schema import find_head
from contract.tables import RECORD_TABLES, cell, slide
from device.keeping.store import DATABASE_NAME, Store
from tests.made_records import fill, make_judged, open_slide


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / DATABASE_NAME, "scope") as opened:
        yield opened


def test_pages_together_hold_every_record_once_in_order(store):
    fill(store, 10, cells=3)
    seqs, after = [], 0
    while rows := read_records(store.readers, after, 7)["rows"]:
        assert len(rows) <= 7
        seqs += [item["row"]["seq"] for item in rows]
        after = seqs[-1]
    assert seqs == list(range(1, 42))


def test_a_page_is_plain_json_and_says_how_far_there_is_to_go(store):
    fill(store, 2, cells=1)
    page = read_records(store.readers, 1, 2)
    assert json.loads(json.dumps(page)) == page
    assert page["device"] == {"id": store.device_id, "name": "scope", "created_at": page["device"]["created_at"]}
    assert (page["schema"], page["last_seq"]) == (find_head(), 5)
    assert [(item["table"], item["row"]["seq"]) for item in page["rows"]] == [("field", 2), ("cell", 3)]
    assert set(page["rows"][0]["row"]) == set(RECORD_TABLES["field"].columns.keys())


def test_a_device_without_records_gives_an_empty_page(store):
    page = read_records(store.readers, 0, 10)
    assert (page["rows"], page["last_seq"]) == ([], 0)


def test_records_of_an_unknown_device_are_refused(store):
    with pytest.raises(FeedError, match=r"records of no devices \(expected those of other\)"):
        read_records(store.readers, 0, 10, "other")


def test_what_is_handed_out_is_on_the_disk_first(store, monkeypatch):
    store.add_field(open_slide(store), make_judged(1))
    log, synced = store.path.with_name(f"{DATABASE_NAME}-wal"), []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino))
    assert read_records(store.readers, 0, 10)["rows"]
    assert synced == [log.stat().st_ino]


def test_rows_survive_the_way_through_json(store):
    fill(store, 2)
    page = parse_page(json.loads(json.dumps(read_records(store.readers, 0, 100))), "here")
    row = row_from_json(slide, page.rows[0].row)
    assert row["opened_at"] == read_moment(page.rows[0].row["opened_at"])
    assert row["simulated"] is True


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"confidence": "high"}, "cell.confidence: 'high' (expected float)"),
        ({"x0": 1.5}, "cell.x0: 1.5 (expected int)"),
        ({"x0": True}, "cell.x0: True (expected int)"),
        ({"x0": 2**63}, "expected int"),
        ({"counted": 1}, "cell.counted: 1 (expected bool)"),
        ({"cell_type": {"a": 1}}, "expected str"),
        ({"extra": 1}, "columns extra missing or unknown"),
    ],
)
def test_a_row_of_another_shape_is_refused(store, change, found):
    fill(store, 1, cells=1)
    row = read_records(store.readers, 2, 1)["rows"][0]["row"]
    assert row_from_json(cell, row)["id"] == row["id"]
    with pytest.raises(FeedError) as no:
        row_from_json(cell, row | change)
    assert found in str(no.value)


def test_a_row_of_an_older_program_lacks_what_that_did_not_know(store):
    fill(store, 1, cells=1)
    row = read_records(store.readers, 2, 1)["rows"][0]["row"]
    del row["circularity"], row["attributes"]
    read = row_from_json(cell, row)
    assert (read["circularity"], read["attributes"]) == (None, None)
    assert read["nucleus_lobes"] == row["nucleus_lobes"] == 2
    del row["confidence"]
    with pytest.raises(FeedError, match="columns confidence missing"):
        row_from_json(cell, row)


def test_a_time_that_is_none_is_refused(store):
    open_slide(store)
    row = read_records(store.readers, 0, 1)["rows"][0]["row"]
    for wrong in ("yesterday", "2026-01-01T00:00:00", 5):
        with pytest.raises(FeedError, match=r"slide\.opened_at"):
            row_from_json(slide, row | {"opened_at": wrong})


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ([], "there: answer: "),
        ({}, "there: device: Field required"),
        (
            {"device": {"id": "../..", "name": "n", "created_at": ""}, "schema": "1", "rows": [], "last_seq": 0},
            "device.id",
        ),
        ({"device": {"id": "d", "name": "n", "created_at": ""}, "schema": "1", "rows": [5], "last_seq": 0}, "rows.0"),
    ],
)
def test_an_answer_that_is_no_page_is_refused_in_one_line(answer, found):
    with pytest.raises(FeedError) as no:
        parse_page(answer, "there")
    assert found in str(no.value)
    assert "\n" not in str(no.value)
