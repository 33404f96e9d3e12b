import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import exc, func, select, text

from contract.cell import FieldClass
from contract.counts import count_cells
from contract.database import DatabaseError
from contract.feed import read_records
from contract.settings_files import INSTALL_ROOT
from contract.tables import RECORD_TABLES, cell, field, verdict
from device.keeping.captures import Captures
from device.keeping.history import list_slides
from device.keeping.identity import IdentityError
from device.keeping.store import DATABASE_NAME, Store
from device.preclassification import Mark, Verdict
from device.review.reviewing import UnknownCellError
from tests.made_records import BEGIN, fill, make_annotated, make_cell, make_judged, open_slide


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / DATABASE_NAME


@pytest.fixture
def store(path):
    with Store(path, "scope 1") as opened:
        yield opened


def read_all(store):
    return read_records(store.readers, 0, 1_000_000)["rows"]


def read_seqs(store):
    return [item["row"]["seq"] for item in read_all(store)]


def test_a_field_and_its_cells_are_kept_as_they_were_judged(store):
    slide_id = open_slide(store)
    judged = make_judged(7, ("monocyte", "basophil"), counted=(True, False))
    field_id = store.add_field(slide_id, judged)
    opened, kept, *cells = [item["row"] for item in read_all(store)]
    frame = judged.prediction.frame
    assert (opened["accession"], opened["target"], opened["simulated"]) == ("A-1", 100, True)
    assert (kept["id"], kept["slide_id"]) == (field_id, slide_id)
    assert (kept["frame_seq"], kept["frame_sha256"]) == (7, frame.digest)
    assert kept["captured_at"] == "2026-01-31T23:59:59.699999+00:00"
    assert (kept["height"], kept["width"], kept["um_per_px"], kept["bundle_id"]) == (24, 96, 0.25, "wbc5-1-0a1b2c3d")
    assert (kept["stage_x_um"], kept["stage_y_um"], kept["stage_region"]) == (73.5, -2.25, 1)
    assert kept["quality"]["focus"] == 3.5
    assert [(row["cell_type"], row["counted"]) for row in cells] == [("monocyte", True), ("basophil", False)]
    first = judged.prediction.cells[0]
    assert tuple(cells[0][name] for name in ("x0", "y0", "x1", "y1")) == first.box
    assert cells[0]["contour"] == [list(point) for point in first.contour]
    assert cells[0]["probabilities"] == first.probabilities
    assert cells[0]["candidates"] == ["neutrophil", "eosinophil"]
    assert cells[0]["field_id"] == field_id


def test_a_screening_field_keeps_its_class(store):
    benign = FieldClass("benign", 0.97, {"benign": 0.97, "pre_b": 0.03})
    store.add_field(open_slide(store), make_judged(1, (), field_class=benign))
    kept = read_all(store)[1]["row"]
    assert (kept["field_class"], kept["field_confidence"]) == ("benign", 0.97)
    assert kept["field_probabilities"] == benign.probabilities


def test_a_rejected_field_is_kept_without_cells(store):
    judged = make_judged(1, ())
    judged = replace(judged, prediction=replace(judged.prediction, rejected="out of focus"))
    store.add_field(open_slide(store), judged)
    assert read_all(store)[1]["row"]["rejected"] == "out of focus"
    assert len(read_all(store)) == 2


def test_the_sequence_runs_over_all_tables_without_a_gap(store):
    slide_id = fill(store, 3, cells=2)
    cell_id = read_all(store)[2]["row"]["id"]
    store.add_review(cell_id, operator="op", new_type="eosinophil", comment="granules")
    store.add_event("info", "start", {"version": "1"}, slide_id)
    assert read_seqs(store) == list(range(1, 13))
    assert {item["table"] for item in read_all(store)} == {"slide", "field", "cell", "review", "event"}


def test_a_field_whose_last_cell_is_refused_leaves_nothing_and_no_gap(store):
    slide_id = open_slide(store)
    judged = make_judged(1)
    broken = replace(make_cell("monocyte"), confidence=1.5)
    cells = (*judged.prediction.cells, broken)
    wrong = replace(judged, prediction=replace(judged.prediction, cells=cells), counted=(True,) * 3)
    with pytest.raises(exc.IntegrityError, match="confidence"):
        store.add_field(slide_id, wrong)
    assert read_seqs(store) == [1]
    store.add_field(slide_id, judged)
    assert read_seqs(store) == [1, 2, 3, 4]


def test_verdicts_that_do_not_fit_the_cells_are_refused(store):
    slide_id = open_slide(store)
    with pytest.raises(ValueError, match="zip"):
        store.add_field(slide_id, make_judged(1, ("monocyte",), counted=(True, True)))
    assert read_seqs(store) == [1]


def test_counts_follow_the_newest_review_and_leave_out_what_is_not_counted(store):
    slide_id = open_slide(store)
    types = ("neutrophil", "neutrophil", "unidentified", "monocyte")
    store.add_field(slide_id, make_judged(1, types, counted=(True, True, True, False)))
    store.add_field(open_slide(store, "other"), make_judged(2, ("basophil",)))
    assert count_cells(store.readers, slide_id) == {"neutrophil": 2, "unidentified": 1}
    ids = [item["row"]["id"] for item in read_all(store) if item["table"] == "cell"]
    store.add_review(ids[0], operator="op", new_type="eosinophil")
    store.add_review(ids[2], operator="op", new_type="lymphocyte")
    store.add_review(ids[0], operator="chief", new_type="basophil")
    assert count_cells(store.readers, slide_id) == {"neutrophil": 1, "basophil": 1, "lymphocyte": 1}
    reviews = [item["row"] for item in read_all(store) if item["table"] == "review"]
    assert [(row["old_type"], row["new_type"]) for row in reviews] == [
        ("neutrophil", "eosinophil"),
        ("unidentified", "lymphocyte"),
        ("eosinophil", "basophil"),
    ]
    with store.readers.connect() as connection:  # what the bundle said stays
        assert connection.execute(select(cell.c.cell_type).where(cell.c.id == ids[0])).scalar() == "neutrophil"


def test_a_review_of_a_cell_nobody_knows_is_refused(store):
    with pytest.raises(UnknownCellError, match="cell: nothing"):
        store.add_review("nothing", operator="op", new_type="monocyte")


def test_after_a_restart_the_slide_and_the_sequence_go_on(path):
    with Store(path, "scope 1") as first:
        assert list_slides(first.readers) == []
        device_id, slide_id = first.device_id, fill(first, 2, cells=1)
    with Store(path, "scope one") as second:
        assert second.device_id == device_id
        (opened,) = list_slides(second.readers)
        assert (opened["id"], opened["accession"]) == (slide_id, "A-1")
        second.add_field(slide_id, make_judged(3, ("monocyte",)))
        assert read_seqs(second) == list(range(1, 8))
        assert read_records(second.readers, 0, 1)["device"]["name"] == "scope one"
        assert [(row["fields"], row["counted_cells"]) for row in list_slides(second.readers)] == [(3, 3)]


def test_slides_are_listed_newest_first(store):
    for accession in ("A", "B", "C"):
        open_slide(store, accession)
    assert [row["accession"] for row in list_slides(store.readers, limit=2)] == ["C", "B"]


def test_a_second_program_is_refused_while_the_first_runs(path, store):
    with pytest.raises(IdentityError, match="in use by another program"), Store(path, "scope 2"):
        pass
    open_slide(store)  # the first is not disturbed


def test_a_store_opens_again_after_it_was_closed(path):
    store = Store(path, "scope")
    for _ in range(2):
        with store:
            open_slide(store)
    with store:
        assert read_seqs(store) == [1, 2]


def test_a_labs_database_is_no_store(path):
    with Store(path, "scope") as store, store._engine.begin() as connection:
        connection.execute(text("CREATE TABLE sync_cursor (device_id TEXT)"))
    with pytest.raises(IdentityError, match="a lab's database"), Store(path, "scope"):
        pass


def test_a_full_disk_is_one_line_and_loses_nothing_that_was_kept(store):
    slide_id = fill(store, 2)
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")  # SQLite takes the present size: full from here on
    kept = len(read_all(store))
    with pytest.raises(DatabaseError, match="disk is full") as no:
        [store.add_field(slide_id, make_judged(seq)) for seq in range(3, 200)]
    assert no.value.exit_code == 5
    assert len(read_all(store)) >= kept
    assert read_seqs(store) == list(range(1, len(read_all(store)) + 1))


def test_a_killed_program_leaves_whole_fields_only(path):
    code = f"""
from pathlib import Path
from device.keeping.store import Store
from tests.made_records import make_judged, open_slide
with Store(Path({str(path)!r}), "scope") as store:
    slide_id = open_slide(store)
    for seq in range(1, 1_000_000):
        store.add_field(slide_id, make_judged(seq))
        if seq == 20:
            print("going", flush=True)
"""
    writer = subprocess.Popen([sys.executable, "-c", code], cwd=INSTALL_ROOT, stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"going\n"
    writer.kill()
    writer.wait()
    writer.stdout.close()
    with Store(path, "scope") as store:
        rows = read_all(store)
        assert len(rows) >= 1 + 20 * 3
        assert read_seqs(store) == list(range(1, len(rows) + 1))
        assert (len(rows) - 1) % 3 == 0


def test_threads_that_write_together_keep_the_sequence_gapless(store):
    slide_id = open_slide(store)

    def write(first):
        for seq in range(first, first + 10):
            store.add_field(slide_id, make_judged(seq))
            store.add_event("info", "tick", {"seq": seq})

    threads = [threading.Thread(target=write, args=(100 * number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_seqs(store) == list(range(1, 4 * 10 * 4 + 2))


STEPS = st.lists(
    st.sampled_from(["slide", "field", "broken field", "review", "event", "capture", "restart"]), max_size=12
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_any_order_of_writes_keeps_parents_first_and_no_gap(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("steps") / DATABASE_NAME
    store = Store(path, "scope")
    store.__enter__()
    slide_id = open_slide(store)
    cell_id = None
    for seq, step in enumerate(steps, start=1):
        judged = make_judged(seq)
        if step == "slide":
            slide_id = open_slide(store, f"A-{seq}")
        elif step == "field":
            store.add_field(slide_id, judged)
            cell_id = read_all(store)[-1]["row"]["id"]
        elif step == "broken field":
            with pytest.raises(exc.IntegrityError):
                store.add_field(slide_id, replace(judged, prediction=replace(judged.prediction, bundle_id="")))
        elif step == "review" and cell_id:
            store.add_review(cell_id, operator="op", new_type="monocyte")
        elif step == "event":
            store.add_event("warning", "step", {"seq": seq})
        elif step == "capture":
            Captures(store, 0).save(slide_id, make_annotated(seq), "op")
        elif step == "restart":
            store.__exit__(None, None, None)
            store.__enter__()
    rows = read_all(store)
    store.__exit__(None, None, None)
    assert [item["row"]["seq"] for item in rows] == list(range(1, len(rows) + 1))
    place = {item["row"]["id"]: item["row"]["seq"] for item in rows}
    for item in rows:
        keys = [key.parent.name for key in RECORD_TABLES[item["table"]].foreign_keys if key.parent.name != "device_id"]
        assert all(place[item["row"][key]] < item["row"]["seq"] for key in keys if item["row"][key] is not None)


def test_the_field_of_a_capture_is_the_recorded_one(store):
    slide_id = open_slide(store)
    judged = make_judged(1)
    field_id = store.add_field(slide_id, judged)
    Captures(store, 0).save(slide_id, make_annotated(1), "op")
    with store.readers.connect() as connection:
        assert connection.execute(select(func.count()).select_from(field)).scalar() == 1
        assert connection.execute(select(field.c.captured_at)).scalar() > BEGIN
    assert read_all(store)[-1]["row"]["field_id"] == field_id


def test_a_verdict_changes_what_a_cell_counts_as_and_a_persons_word_stays_above_it(store):
    slide_id = open_slide(store)
    marks = tuple(Mark(number, 1, in_count=True, cell_id=f"cell-{number}") for number in (1, 2, 3))
    judged = replace(make_judged(1, ("monocyte", "basophil", "neutrophil")), marks=marks)
    store.add_field(slide_id, judged)
    told = {"confidence": 0.8, "probabilities": {"neutrophil": 0.8}, "candidates": ("neutrophil",), "looks": 5}
    changed = Verdict("cell-1", "neutrophil", **told)
    again = Verdict("cell-3", "neutrophil", **told, same_as="cell-1")
    later = replace(judged, new_place=False, counted=(False,) * 3, verdicts=(changed, again))
    assert store.add_field(slide_id, later) is None
    assert count_cells(store.readers, slide_id) == {"neutrophil": 1, "basophil": 1}
    with store.readers.connect() as connection:
        row = connection.execute(select(verdict).order_by(verdict.c.seq).limit(1)).mappings().one()
    assert (row["cell_id"], row["cell_type"], row["looks"], row["same_as"]) == ("cell-1", "neutrophil", 5, None)
    assert row["decided_at"] == judged.prediction.frame.captured_at
    store.add_review("cell-1", operator="op", new_type="eosinophil")
    store.add_field(slide_id, replace(later, verdicts=(changed,)))
    assert count_cells(store.readers, slide_id) == {"eosinophil": 1, "basophil": 1}
