import hashlib
import resource
import threading

import numpy as np
import pytest

from contract.counts import count_cells
from contract.database import DatabaseError
from contract.feed import read_records
from contract.image import read_rgb
from device.data_dir import DataDirError
from device.keeping.captures import CaptureError, Captures
from device.keeping.history import find_capture, list_captures
from device.keeping.store import DATABASE_NAME, Store
from tests.made_records import make_annotated, make_judged, open_slide


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / DATABASE_NAME, "scope") as opened:
        yield opened


@pytest.fixture
def slide_id(store):
    return open_slide(store)


def list_files(store):
    return sorted(str(path.relative_to(store.path.parent)) for path in store.path.parent.rglob("captures/**/*.*"))


def test_what_is_shown_is_what_is_saved(store, slide_id):
    annotated = make_annotated(3)
    capture_id = Captures(store, 0).save(slide_id, annotated, "op")
    row = find_capture(store.readers, capture_id)
    raw, drawn = (store.path.parent / row[name] for name in ("raw_path", "annotated_path"))
    np.testing.assert_array_equal(read_rgb(raw), annotated.prediction.frame.image)
    assert drawn.read_bytes() == annotated.jpeg
    assert row["raw_sha256"] == hashlib.sha256(raw.read_bytes()).hexdigest()
    assert row["annotated_sha256"] == hashlib.sha256(annotated.jpeg).hexdigest()
    assert (row["slide_id"], row["frame_seq"], row["operator"], row["simulated"]) == (slide_id, 3, "op", True)


def test_files_are_named_by_day_and_frame(store, slide_id):
    annotated = make_annotated(3)
    Captures(store, 0).save(slide_id, annotated, "op")
    stem = f"captures/2026-01-31/20260131T235959_299999Z_frame0000003_{annotated.prediction.frame.digest[:8]}"
    assert list_files(store) == [f"{stem}_annotated.jpg", f"{stem}_raw.png"]


def test_capturing_a_frame_twice_gives_the_first_capture(store, slide_id):
    captures = Captures(store, 0)
    first = captures.save(slide_id, make_annotated(1), "op")
    assert captures.save(slide_id, make_annotated(1), "op") == first
    assert captures.save(slide_id, make_annotated(2), "op") != first
    assert len(list_captures(store.readers)) == 2


def test_two_people_who_press_together_make_one_capture(store, slide_id):
    captures, made = Captures(store, 0), []
    threads = [
        threading.Thread(target=lambda: made.append(captures.save(slide_id, make_annotated(1), "op"))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1


def test_a_frame_that_was_not_recorded_gets_a_field_in_which_nothing_counts(store, slide_id):
    Captures(store, 0).save(slide_id, make_annotated(1, types=("monocyte",)), "op")
    assert [item["table"] for item in read_records(store.readers, 1, 10)["rows"]] == ["field", "cell", "capture"]
    assert count_cells(store.readers, slide_id) == {}
    store.add_field(slide_id, make_judged(2, ("monocyte",)))
    assert count_cells(store.readers, slide_id) == {"monocyte": 1}


def test_captures_are_listed_newest_first_and_by_slide(store, slide_id):
    captures = Captures(store, 0)
    one, two = (captures.save(slide_id, make_annotated(seq), "op") for seq in (1, 2))
    other = captures.save(open_slide(store, "B"), make_annotated(3), "op")
    assert [row["id"] for row in list_captures(store.readers)] == [other, two, one]
    assert [row["id"] for row in list_captures(store.readers, slide_id)] == [two, one]
    assert [row["id"] for row in list_captures(store.readers, limit=1)] == [other]
    assert find_capture(store.readers, "unknown") is None


def test_a_disk_that_fills_up_half_way_leaves_no_file_and_no_row(store, slide_id):
    before = read_records(store.readers, 0, 10)["last_seq"]
    annotated = make_annotated(1, height=200, width=200)  # noise: the PNG takes 120 kB
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(CaptureError, match=r"_raw.png: File too large \(expected a disk with room") as no:
            Captures(store, 0).save(slide_id, annotated, "op")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert no.value.exit_code == 5
    assert list_files(store) == []
    assert read_records(store.readers, 0, 10)["last_seq"] == before
    assert Captures(store, 0).save(slide_id, annotated, "op")


def test_too_little_room_refuses_before_anything_is_written(store, slide_id):
    with pytest.raises(DataDirError, match="MB free"):
        Captures(store, 10**9).save(slide_id, make_annotated(1), "op")
    assert list_files(store) == []


def test_files_go_again_where_the_row_cannot_be_written(store, slide_id):
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")  # SQLite takes the present size: full from here on
    annotated = [make_annotated(seq, types=("monocyte",) * 6) for seq in range(1, 60)]
    captures = Captures(store, 0)
    with pytest.raises(DatabaseError, match="disk is full"):
        [captures.save(slide_id, one, "op") for one in annotated]
    kept = len(list_captures(store.readers))
    assert kept < len(annotated)
    assert len(list_files(store)) == 2 * kept


def test_a_folder_in_the_way_is_one_line(store, slide_id):
    (store.path.parent / "captures").write_text("a file where the folder should be")
    with pytest.raises(CaptureError, match="expected a disk with room that can be written"):
        Captures(store, 0).save(slide_id, make_annotated(1), "op")
