import http.server
import threading
from contextlib import contextmanager

import pytest

from contract.feed import read_records
from contract.schema import find_head
from device.page import records
from device.page.passwords import write_password
from device.page.server import PageServer
from tests.device.page.made_instrument import open_instrument
from tests.made_records import make_annotated, make_judged
from tests.workstation.made_ends import read_tables, read_tree, run_lab, sync_into, verify_against
from workstation.address import DeviceAddress
from workstation.sources import SourceError


@contextmanager
def serve_device(folder, **page):
    """A device's real page with a few records and captures; gives its address and its store."""
    with open_instrument(folder, page=page) as instrument, PageServer(instrument) as server:
        slide_id = instrument.slides.current.id
        for seq in range(1, 5):
            instrument.store.add_field(slide_id, make_judged(seq))
        for seq in (4, 5):
            instrument.captures.save(slide_id, make_annotated(seq), "op")
        yield server.address, instrument.store
        instrument.live.close()


@contextmanager
def serve(answer):
    """A web server that is no device: gives the same status and body to every question."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_device_gives_a_page_at_a_time_whatever_it_is_asked_for_and_nothing_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "MOST_ROWS", 4)
    with serve_device(tmp_path / "device") as (address, store), DeviceAddress(address, 10.0) as source:
        after, found = 0, []
        while rows := source.read_records(after, 2000).rows:
            assert len(rows) <= 4
            found += [item.model_dump() for item in rows]
            after = rows[-1].seq
        whole = read_records(store.readers, 0, 1000)["rows"]
        assert found == whole
        assert len(found) == 18


def test_a_device_on_the_network_is_synced_row_for_row_and_byte_for_byte(tmp_path):
    lab = tmp_path / "lab"
    with serve_device(tmp_path / "device") as (address, store):
        done = sync_into(address, lab)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("scope 1: 18 rows and 4 files are new")
        assert "0 rows and 0 files" in sync_into(address, lab).stdout
        verified = verify_against(address, lab)
        assert (verified.returncode, verified.stderr) == (0, "")
        by_file = sync_into(store.path, lab)  # the same device by the other way: nothing comes twice
        assert "0 rows and 0 files" in by_file.stdout
        assert read_tables(lab / "lab.sqlite") == read_tables(store.path)
        ours = read_tree(lab / "files" / store.device_id)
        theirs = {path: data for path, data in read_tree(tmp_path / "device").items() if path.startswith("captures/")}
        assert ours == theirs
        assert len(ours) == 4


def test_a_batch_larger_than_a_device_gives_is_no_fault(tmp_path):
    with serve_device(tmp_path / "device") as (address, store):
        lab = tmp_path / "lab"
        done = run_lab("sync", "--from", address, "--into", lab / "l", "--files", lab / "f", "--batch-rows", "1000000")
        assert "18 rows" in done.stdout
        assert read_tables(lab / "l") == read_tables(store.path)


def test_a_device_with_a_password_asks_for_it_and_it_is_never_shown(tmp_path):
    write_password(tmp_path / "passwords", "lab", "correct hörse")
    with serve_device(tmp_path / "device", password_file=str(tmp_path / "passwords")) as (address, _):
        place = address.removeprefix("http://")
        for sign_in in ("", "lab:wrong@"):
            done = sync_into(f"http://{sign_in}{place}", tmp_path / "lab")
            assert done.returncode == 4
            assert "sign-in refused (expected user:password@ in the address)" in done.stderr
            assert "wrong" not in done.stderr
        done = sync_into(f"http://lab:correct%20h%C3%B6rse@{place}", tmp_path / "lab")
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ((200, b"<html>a router</html>"), "no JSON (expected the page of a Leukoscope device)"),
        ((200, b'{"rows": []}'), "Field required (expected a page of Leukoscope records)"),
        ((404, b""), "404 Not Found (expected 200)"),
        ((500, b""), "500 Internal Server Error (expected 200)"),
    ],
)
def test_what_is_no_device_is_one_line(tmp_path, answer, found):
    with serve(answer) as address:
        done = sync_into(address, tmp_path / "lab")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.count("\n") == 1
    assert found in done.stderr
    assert not (tmp_path / "lab").exists()


def test_a_device_that_does_not_answer_is_one_line(monkeypatch):
    monkeypatch.setattr("workstation.address._RETRIES", 0)
    with pytest.raises(SourceError) as no, DeviceAddress("http://127.0.0.1:1", 1.0):
        pass
    assert str(no.value).startswith("http://127.0.0.1:1/api/v1/records: ")
    assert "refused" in str(no.value)
    assert "object at 0x" not in str(no.value)


def test_a_newer_device_is_refused(tmp_path):
    body = b'{"device": {"id": "d", "name": "n", "created_at": ""}, "schema": "9999", "rows": [], "last_seq": 0}'
    with serve((200, body)) as address:
        done = sync_into(address, tmp_path / "lab")
    assert done.returncode == 4
    assert f"tables of version 9999, newer than this program (expected {find_head()} at most)" in done.stderr
