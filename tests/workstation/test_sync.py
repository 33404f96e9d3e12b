import json
import os
import signal
import time

import pytest

from contract.feed import read_records
from contract.notice import RESEARCH_USE
from contract.schema import find_head
from device.keeping.store import DATABASE_NAME, Store
from tests.made_records import fill, make_judged, open_slide
from tests.workstation.made_ends import (
    add_captures,
    change,
    make_device,
    read_tables,
    read_tree,
    run_lab,
    start_lab,
    sync_into,
    verify_against,
)
from workstation.files import CaptureFiles
from workstation.lab import Lab, LabError
from workstation.sources import DeviceFile
from workstation.sync import sync


@pytest.fixture
def device(tmp_path):
    return make_device(tmp_path / "device")


@pytest.fixture
def lab(tmp_path):
    return tmp_path / "lab"


def read_device_id(path):
    return change(path, "SELECT id FROM device")[0][0]


def test_the_command_runs_in_a_process_of_its_own_without_a_warning(device, lab):
    words = ["sync", "--from", device, "--into", lab / "lab.sqlite", "--files", lab / "files"]
    assert start_lab(*words).wait() == 0
    assert start_lab("sync", "--from", lab / "missing", *words[3:]).wait() == 4


def test_a_lab_gets_every_row_and_every_byte(device, lab):
    done = sync_into(device, lab)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"scope 1: 35 rows and 4 files are new; the lab has records 1 to 35\n{RESEARCH_USE}\n"
    assert read_tables(lab / "lab.sqlite") == read_tables(device)
    ours = read_tree(lab / "files" / read_device_id(device))
    assert ours == {path: data for path, data in read_tree(device.parent).items() if path.startswith("captures/")}
    assert len(ours) == 4


def test_a_second_run_changes_nothing(device, lab):
    sync_into(device, lab)
    rows, files = read_tables(lab / "lab.sqlite"), read_tree(lab / "files")
    changed = {path: path.stat().st_mtime_ns for path in (lab / "files").rglob("*")}
    done = sync_into(device, lab)
    assert done.stdout.startswith("scope 1: 0 rows and 0 files are new; the lab has records 1 to 35\n")
    assert (read_tables(lab / "lab.sqlite"), read_tree(lab / "files")) == (rows, files)
    assert {path: path.stat().st_mtime_ns for path in (lab / "files").rglob("*")} == changed


def test_the_next_run_brings_only_what_is_new_while_the_device_is_at_work(tmp_path, lab):
    with Store(tmp_path / DATABASE_NAME, "scope") as store:
        slide_id = fill(store, 2, cells=1)
        assert "5 rows and 0 files" in sync_into(store.path, lab).stdout
        store.add_field(slide_id, make_judged(9, ("monocyte",)))
        add_captures(store, 1)
        assert "7 rows and 2 files" in sync_into(store.path, lab).stdout
        assert read_tables(lab / "lab.sqlite") == read_tables(store.path)


def stop_at(path):
    """Put a pipe in the place of a file: whoever reads it stands still there until a writer comes."""
    content = path.read_bytes()
    path.unlink()
    os.mkfifo(path)
    return content


def kill(running):
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL


def test_a_sync_killed_half_way_goes_on(tmp_path, lab):
    device = make_device(tmp_path / "device", fields=60, captures=4)
    held = sorted(device.parent.rglob("*_raw.png"))[2]
    content = stop_at(held)
    words = ["sync", "--from", device, "--into", lab / "lab.sqlite", "--files", lab / "files", "--batch-rows", "7"]
    running = start_lab(*words)
    with held.open("wb"):  # opens when the sync has come to this file
        kill(running)
    held.unlink()
    held.write_bytes(content)
    total, half = (sum(map(len, read_tables(path).values())) for path in (device, lab / "lab.sqlite"))
    assert 200 < half < total
    assert half % 7 == 0
    done = sync_into(device, lab)
    assert done.stdout.startswith(f"scope 1: {total - half} rows")
    assert read_tables(lab / "lab.sqlite") == read_tables(device)
    assert verify_against(device, lab).returncode == 0


def test_a_sync_killed_within_a_file_leaves_no_half_file_under_its_name(tmp_path, lab):
    device = make_device(tmp_path / "device", fields=1, captures=3)
    files = {path.name: path.read_bytes() for path in device.parent.rglob("captures/**/*.*")}
    held = sorted(device.parent.rglob("*_raw.png"))[1]
    stop_at(held)
    running = start_lab(
        "sync", "--from", device, "--into", lab / "lab.sqlite", "--files", lab / "files", "--batch-rows", "1"
    )
    with held.open("wb") as pipe:
        pipe.write(files[held.name][: len(files[held.name]) // 2])
        pipe.flush()
        kill(running)
    copied = {path.name: path.read_bytes() for path in (lab / "files").rglob("*.*")}
    assert copied.pop(f"{held.name}.part") is not None
    assert len(copied) == 2
    assert copied.items() <= files.items()
    held.unlink()
    held.write_bytes(files[held.name])
    assert sync_into(device, lab).returncode == 0
    assert {path.name: path.read_bytes() for path in (lab / "files").rglob("*.*")} == files


def test_two_devices_share_a_lab(tmp_path, lab):
    one, two = make_device(tmp_path / "one", "east", fields=2), make_device(tmp_path / "two", "west", fields=3)
    for device in (one, two, one):
        assert sync_into(device, lab).returncode == 0
    gathered, east, west = (read_tables(path) for path in (lab / "lab.sqlite", one, two))
    for name, rows in gathered.items():
        assert sorted(rows, key=repr) == sorted(east[name] + west[name], key=repr)
    status = run_lab("status", "--into", lab / "lab.sqlite").stdout.splitlines()
    assert status[0].startswith(
        f"east ({read_device_id(one)}): 2 slides, 4 fields, 10 cells, 2 captures; record 19 came "
    )
    assert "west" in status[1]
    assert status[2] == RESEARCH_USE


def test_a_device_that_is_renamed_is_renamed_in_the_lab(tmp_path, lab):
    sync_into(make_device(tmp_path / "device"), lab)
    with Store(tmp_path / "device" / DATABASE_NAME, "new name") as store:
        open_slide(store)
    assert sync_into(tmp_path / "device" / DATABASE_NAME, lab).stdout.startswith("new name: 1 rows")
    assert run_lab("status", "--into", lab / "lab.sqlite").stdout.startswith("new name (")


def test_an_empty_device_is_no_fault(tmp_path, lab):
    with Store(tmp_path / DATABASE_NAME, "scope"):
        pass
    assert "0 rows and 0 files" in sync_into(tmp_path / DATABASE_NAME, lab).stdout


def test_a_file_that_is_not_what_its_record_says_is_named_and_its_row_waits(device, lab):
    [broken, *_] = sorted(device.parent.rglob("*_raw.png"))
    whole = broken.read_bytes()
    broken.write_bytes(whole[:-1] + b"x")
    done = sync_into(device, lab)
    assert done.returncode == 4
    assert broken.name in done.stderr
    assert "sha256" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list((lab / "files").rglob(f"{broken.name}*"))
    assert read_tables(lab / "lab.sqlite")["capture"] == []
    broken.write_bytes(whole)
    assert sync_into(device, lab).returncode == 0
    assert read_tables(lab / "lab.sqlite") == read_tables(device)


def test_what_came_before_a_broken_file_is_kept(device, lab):
    broken = sorted(device.parent.rglob("*_raw.png"))[-1]
    broken.unlink()
    words = ["sync", "--from", device, "--into", lab / "lab.sqlite", "--files", lab / "files", "--batch-rows", "1"]
    done = run_lab(*words)
    assert done.returncode == 4
    assert f"{broken}: No such file or directory" in done.stderr
    assert len(read_tables(lab / "lab.sqlite")["capture"]) == 1


def test_a_half_written_file_of_an_earlier_run_is_replaced(device, lab):
    device_id = read_device_id(device)
    row = read_records_of(device)[-2]["row"]
    place = lab / "files" / device_id / row["raw_path"]
    place.parent.mkdir(parents=True)
    place.write_bytes(b"half")
    place.with_name(f"{place.name}.part").write_bytes(b"h")
    assert sync_into(device, lab).returncode == 0
    assert verify_against(device, lab).returncode == 0
    assert not list((lab / "files").rglob("*.part"))


def read_records_of(device):
    with DeviceFile(device) as source:
        return [item.model_dump() for item in source.read_records(0, 10_000).rows]


def test_a_device_whose_file_was_put_back_from_an_old_copy_is_refused(device, lab):
    old = device.read_bytes()
    with Store(device, "scope 1") as store:
        open_slide(store)
    sync_into(device, lab)
    before = read_tables(lab / "lab.sqlite")
    device.write_bytes(old)
    shorter = sync_into(device, lab)
    with Store(device, "scope 1") as store:
        fill(store, 3)
    other = sync_into(device, lab)
    for done in (shorter, other):
        assert done.returncode == 4
        assert "expected the same history; was an older copy of its file put back?" in done.stderr
    assert read_tables(lab / "lab.sqlite") == before


def test_a_gap_in_the_sequence_is_refused(device, lab):
    change(device, "DELETE FROM cell WHERE seq = (SELECT max(seq) FROM cell)")
    done = sync_into(device, lab)
    assert done.returncode == 4
    assert "without a gap" in done.stderr


def test_a_second_sync_of_the_same_device_at_once_is_refused(device, lab):
    with DeviceFile(device) as source, Lab(str(lab / "lab.sqlite")) as first:
        page = source.read_records(0, 3)
        start = first.find_cursor(page.device.id)
        first.add_batch(page.device, page.rows, start)
        with pytest.raises(LabError, match="another sync of scope 1 is running"):
            first.add_batch(page.device, page.rows, start)


def test_a_batch_that_fails_leaves_the_cursor_where_it_was(device, lab):
    with DeviceFile(device) as source, Lab(str(lab / "lab.sqlite")) as opened:
        page = source.read_records(0, 3)
        start = opened.find_cursor(page.device.id)
        wrong = page.rows[2].model_copy(update={"row": page.rows[2].row | {"confidence": 2.0}})
        with pytest.raises(Exception, match=r"confidence.* \(expected records that fit the tables\)"):
            opened.add_batch(page.device, [*page.rows[:2], wrong], start)
        assert opened.find_cursor(page.device.id) == start
    assert not any(read_tables(lab / "lab.sqlite").values())


@pytest.mark.parametrize("path", ["../outside.png", "/etc/outside.png", "captures/../../outside.png"])
def test_a_device_cannot_write_outside_its_folder(device, lab, path):
    change(device, "UPDATE capture SET raw_path = ?", path)
    done = sync_into(device, lab)
    assert done.returncode == 4
    assert "expected a path below the device's folder" in done.stderr
    assert not list(lab.rglob("outside*"))


def test_any_fsspec_place_takes_the_files(device, lab):
    import fsspec

    place = CaptureFiles("memory://lab/captures")
    with DeviceFile(device) as source, Lab(str(lab / "lab.sqlite")) as opened:
        assert sync(source, opened, place, 10).files == 4
        assert sync(source, opened, place, 10).files == 0
    stored = fsspec.filesystem("memory").find("/lab/captures")
    assert len(stored) == 4
    assert not any(path.endswith(".part") for path in stored)


def refuse(done, code, *parts):
    assert done.returncode == code, done
    assert done.stdout == ""
    assert done.stderr.startswith("leukoscope-lab: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert all(part in done.stderr for part in parts), done.stderr


def test_what_cannot_be_read_is_one_line_and_code_4(device, lab, tmp_path):
    refuse(sync_into(tmp_path / "missing.sqlite", lab), 4, "missing.sqlite: no such file")
    text = tmp_path / "text.sqlite"
    text.write_text(
        "no database, though it is as long as the header of one would have to be: 100 bytes or even more." * 2
    )
    refuse(sync_into(text, lab), 4, "text.sqlite: file is not a database")
    other = tmp_path / "other.sqlite"
    change(other, "CREATE TABLE t (x)")
    refuse(sync_into(other, lab), 4, "other.sqlite: no tables of Leukoscope in it")
    refuse(sync_into("ftp://scope", lab), 4, "ftp://")
    refuse(sync_into("http://", lab), 4, "no host in it")
    assert not lab.exists()


def test_a_source_of_a_newer_program_is_refused(device, lab):
    change(device, "UPDATE leukoscope_schema SET version_num = '9999'")
    refuse(
        sync_into(device, lab), 4, f"tables of version 9999, newer than this program (expected {find_head()} at most)"
    )


def test_a_lab_of_a_newer_program_is_refused(device, lab):
    sync_into(device, lab)
    change(lab / "lab.sqlite", "UPDATE leukoscope_schema SET version_num = '9999'")
    refuse(sync_into(device, lab), 5, "lab.sqlite: tables of version 9999, newer than this program")
    refuse(run_lab("status", "--into", lab / "lab.sqlite"), 5, "newer than this program")


def test_a_lab_and_a_device_are_not_taken_for_each_other(device, lab, tmp_path):
    sync_into(device, lab)
    other = make_device(tmp_path / "other", "other")
    before = other.read_bytes()
    refuse(sync_into(lab / "lab.sqlite", tmp_path / "lab2"), 4, "a lab's database (expected a device's own)")
    into_device = run_lab("sync", "--from", device, "--into", other, "--files", lab / "files")
    refuse(into_device, 5, "a device's own database (expected a lab's, or a new one)")
    assert other.read_bytes() == before
    refuse(run_lab("status", "--into", device), 5, "not a lab's database")


def test_a_destination_that_cannot_be_written_is_one_line_and_code_5(device, tmp_path):
    (tmp_path / "file").write_text("in the way")
    blocked, free = tmp_path / "file" / "x", tmp_path / "free"
    refuse(run_lab("sync", "--from", device, "--into", blocked, "--files", free), 5, "can be written")
    lab = tmp_path / "lab.sqlite"
    refuse(run_lab("sync", "--from", device, "--into", lab, "--files", blocked), 5, str(blocked))
    refuse(run_lab("sync", "--from", device, "--into", lab, "--files", "nosuch://place"), 5, "nosuch")
    refuse(run_lab("sync", "--from", device, "--into", "mysql://h/lab", "--files", free), 5, "expected sqlite")
    assert read_tables(lab)["slide"] == []


def test_a_lost_connection_to_postgresql_shows_no_password(device, tmp_path):
    url = "postgresql://lab:secret@127.0.0.1:1/lab"
    done = run_lab("sync", "--from", device, "--into", url, "--files", tmp_path / "files")
    refuse(done, 5, "postgresql+psycopg://lab:***@127.0.0.1:1/lab")
    assert "secret" not in done.stderr


def test_help_tells_a_stranger_what_to_do():
    for words in (["--help"], ["sync", "--help"], ["verify", "--help"], ["status", "--help"]):
        done = run_lab(*words)
        assert done.returncode == 0
        assert "Usage" in done.stdout
    assert "research use only" in " ".join(run_lab("--help").stdout.split())
    assert run_lab("sync").returncode == 2


def test_rows_keep_their_json_form_on_the_way(device, lab):
    sync_into(device, lab)
    with Lab(str(lab / "lab.sqlite")) as opened:
        ours = read_records(opened.engine, 0, 1000, read_device_id(device))
    with DeviceFile(device) as source:
        theirs = source.read_records(0, 1000).model_dump(by_alias=True)
    assert json.loads(json.dumps(ours)) == json.loads(json.dumps(theirs))


def test_hundreds_of_fields_are_synced_in_seconds(tmp_path, lab):
    with Store(tmp_path / DATABASE_NAME, "scope") as store:
        fill(store, 300, cells=5)
    began = time.process_time()
    assert "1801 rows" in sync_into(tmp_path / DATABASE_NAME, lab).stdout
    assert time.process_time() - began < 5  # s of work; 0.1 was measured on one x86-64 core, and a Pi is slower
