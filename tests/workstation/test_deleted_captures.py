"""Captures that a person deleted on the device: their records travel, and nothing waits for their files."""

from device.keeping.capture_files import delete_capture
from device.keeping.history import find_capture, list_captures
from device.keeping.store import Store
from tests.device.page.made_instrument import open_instrument
from tests.made_records import make_annotated
from tests.workstation.made_ends import make_device, read_tables, sync_into, verify_against


def delete_newest(path):
    with Store(path, "scope 1") as store:
        newest = list_captures(store.readers)[0]["id"]
        delete_capture(store, find_capture(store.readers, newest), "op")


def test_a_capture_deleted_before_the_sync_comes_as_a_record_without_files(tmp_path):
    path = make_device(tmp_path / "device")
    delete_newest(path)
    assert sync_into(path, tmp_path).returncode == 0
    assert read_tables(tmp_path / "lab.sqlite") == read_tables(path)
    assert len(list((tmp_path / "files").rglob("*_raw.png"))) == 1
    assert verify_against(path, tmp_path).returncode == 0


def test_a_capture_deleted_after_the_sync_stays_in_the_lab(tmp_path):
    path = make_device(tmp_path / "device")
    sync_into(path, tmp_path)
    delete_newest(path)
    assert sync_into(path, tmp_path).returncode == 0
    assert len(list((tmp_path / "files").rglob("*_raw.png"))) == 2
    assert verify_against(path, tmp_path).returncode == 0


def test_a_deleted_capture_is_no_trouble_over_the_network(tmp_path):
    from device.page.server import PageServer

    with open_instrument(tmp_path / "device") as instrument, PageServer(instrument) as server:
        slide_id = instrument.slides.current.id
        for seq in (1, 2):
            instrument.captures.save(slide_id, make_annotated(seq), "op")
        newest = list_captures(instrument.store.readers)[0]["id"]
        delete_capture(instrument.store, find_capture(instrument.store.readers, newest), "op")
        assert sync_into(server.address, tmp_path).returncode == 0
        assert verify_against(server.address, tmp_path).returncode == 0
        instrument.live.close()
    assert len(list((tmp_path / "files").rglob("*_raw.png"))) == 1


def test_a_file_that_is_missing_for_no_reason_is_still_a_loss(tmp_path):
    path = make_device(tmp_path / "device")
    next((tmp_path / "device").rglob("*_raw.png")).unlink()
    assert sync_into(path, tmp_path).returncode != 0
