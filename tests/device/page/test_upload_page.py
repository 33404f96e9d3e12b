"""Uploads: what the API makes of a picture from outside, and that nothing of it stays on the device."""

import base64
import http.client
import json
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import waitress.buffers
from sqlalchemy import func, select

from contract.bundle import load_bundle
from contract.image import encode_png
from contract.settings_files import INSTALL_ROOT
from contract.tables import metadata
from device.page import upload_desk
from device.page.app import create_app
from device.page.server import PageServer
from device.page.upload_bodies import MOST_LARGE, MOST_UNCHECKED, BoundedParser
from device.page.upload_desk import UploadDesk, UploadsBusyError
from device.page.upload_guard import MOST_BYTES, UploadError
from device.page.upload_scale import TILE_PX, TILES, find_scale
from device.rank import LATER
from tests.conftest import UM_PER_PX
from tests.device.page.made_instrument import open_instrument
from tests.device.page.signing_in import TOKEN, USERS, open_network, signed_in
from tests.running import wait_for
from tests.uploads.cases import make_hostile

HEADERS = {"X-Leukoscope": "test", "Content-Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def picture(smear_field):
    return encode_png(smear_field[0])


@pytest.fixture
def reading(tmp_path, tiny_bundle):
    """An instrument whose bundle can be opened."""
    with open_instrument(tmp_path / "data") as instrument:
        yield replace(instrument, bundle=load_bundle(tiny_bundle))


@pytest.fixture
def sender(reading):
    return create_app(reading).test_client()


def send(client, content, headers=HEADERS, **query):
    return client.post("/api/v1/uploads", data=content, headers=headers, query_string=query)


def count_rows(instrument):
    with instrument.store.readers.connect() as connection:
        tables = metadata.tables.values()
        return {table.name: connection.execute(select(func.count()).select_from(table)).scalar() for table in tables}


def list_files(folder):
    return sorted(str(path) for path in Path(folder).rglob("*") if path.suffix not in {".sqlite-shm", ".sqlite-wal"})


def test_a_picture_is_read_as_the_live_field_is(sender, picture, smear_field):
    answer = send(sender, picture, um_per_px=UM_PER_PX, name="smear.png")
    assert answer.status_code == 200, answer.text
    facts = answer.json
    assert (facts["name"], facts["height"], facts["width"]) == ("smear.png", 600, 960)
    assert facts["scale"] == {"um_per_px": UM_PER_PX, "error": None, "red_cells": None}
    assert facts["rejected"] is None
    assert len(facts["cells"]) >= 3
    whole = [cell for cell in facts["cells"] if not cell["touches_border"] and cell["cell_type"] != "smudge"]
    assert sum(facts["counts"].values()) == len(whole)
    cell = facts["cells"][0]
    assert {"contour", "nucleus_contours", "candidates", "confidence", "evidence"} <= cell.keys()
    assert facts["quality"]["focus"] > 0
    assert facts["preview"] is None
    assert "research use" in facts["notice"]
    centres = [((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in (cell["box"] for cell in facts["cells"])]
    assert centres
    assert facts["id"] != send(sender, picture, um_per_px=UM_PER_PX).json["id"]


def test_without_a_scale_it_comes_from_red_cells_with_its_error(sender, picture):
    facts = send(sender, picture).json
    scale = facts["scale"]
    assert scale["red_cells"] > 20
    assert abs(scale["um_per_px"] - UM_PER_PX) < 2 * scale["error"]
    assert facts["um_per_px"] == scale["um_per_px"]
    blank = encode_png(np.full((200, 300, 3), 220, np.uint8))
    refused = send(sender, blank, name="blank.png")
    assert refused.status_code == 400
    assert refused.json["message"].startswith("blank.png: um_per_px: 0 red cells")


def test_a_large_picture_is_searched_for_red_cells_in_parts(smear_field, monkeypatch):
    seen = []
    monkeypatch.setattr("device.page.upload_scale.estimate_from_fields", lambda tiles: seen.extend(tiles) or FOUND)
    find_scale(np.zeros((600, 3 * TILE_PX, 3), np.uint8), None)
    find_scale(np.zeros((3000, 2000, 3), np.uint8), None)
    find_scale(np.zeros((300, 400, 3), np.uint8), None)
    assert [tile.shape[:2] for tile in seen] == [(600, TILE_PX)] * TILES + [(TILE_PX, TILE_PX)] * TILES + [(300, 400)]


FOUND = type("Found", (), {"um_per_px": 0.2, "error": 0.01, "red_cells": 9})()


def test_a_field_that_is_not_fit_is_told_with_its_reason_and_counts_nothing(sender, smear_field):
    blurred = cv2.GaussianBlur(smear_field[0], (0, 0), 9)
    facts = send(sender, encode_png(blurred), um_per_px=UM_PER_PX).json
    assert "out of focus" in facts["rejected"]
    assert facts["counts"] == {}


def test_a_screening_bundle_says_what_it_makes_of_the_field(tmp_path, picture):
    with open_instrument(tmp_path, task="screening") as instrument:
        instrument = replace(instrument, bundle=load_bundle(INSTALL_ROOT / "bundles" / "all4"))
        facts = send(create_app(instrument).test_client(), picture, um_per_px=UM_PER_PX).json
    assert set(facts["field"]["probabilities"]) == {"benign", "early_pre_b", "pre_b", "pro_b"}


def test_a_tiff_brings_a_picture_that_a_browser_can_show(sender, smear_field):
    bgr = cv2.cvtColor(smear_field[0], cv2.COLOR_RGB2BGR)
    tiff = cv2.imencode(".tiff", cv2.resize(bgr, (1600, 1000)))[1].tobytes()
    facts = send(sender, tiff, um_per_px=UM_PER_PX, preview="true").json
    shown = cv2.imdecode(np.frombuffer(base64.b64decode(facts["preview"]), np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (800, 1280, 3)


@pytest.mark.parametrize("what", ["cut png", "bomb in pixels", "script", "empty", "two pictures", "tiny"])
def test_what_is_no_picture_is_refused_in_one_sentence(sender, what, caplog):
    refused = send(sender, make_hostile()[what][0], um_per_px=0.2, name="Doe, Jane.png")
    assert refused.status_code == 400
    assert refused.json["message"].startswith("Doe, Jane.png: ")
    assert "(expected" in refused.json["message"]
    assert "Doe" not in caplog.text, "a file's name may be a patient's"


def test_what_is_no_field_of_view_is_refused(sender):
    grey = encode_png(np.full((3000, 4000, 3), 200, np.uint8))
    too_wide = send(sender, grey, um_per_px=1.5)
    assert too_wide.status_code == 400
    assert "6000 x 4500 um" in too_wide.json["message"]
    too_small = send(sender, encode_png(np.full((64, 64, 3), 200, np.uint8)), um_per_px=0.02)
    assert "(expected a field of view" in too_small.json["message"]
    for scale in ("0", "-1", "9", "nan", "inf", "wide"):
        assert send(sender, grey, um_per_px=scale).status_code == 422


def test_more_bytes_than_a_picture_may_have_are_refused_before_they_are_read(sender):
    assert send(sender, bytes(MOST_BYTES + 1), um_per_px=0.2).status_code == 413


def test_nothing_stays_on_the_device(reading, sender, picture, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "passing"))
    (tmp_path / "passing").mkdir()
    before = count_rows(reading), list_files(tmp_path)
    for content in (picture, picture[:5000]):
        send(sender, content, um_per_px=UM_PER_PX)
    sender.post("/api/v1/uploads/differential", json={"counts": {"neutrophil": 3}}, headers={"X-Leukoscope": "test"})
    assert (count_rows(reading), list_files(tmp_path)) == before


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/api/v1/uploads", {}, 401),
        ("/api/v1/uploads", {"Cookie": "leukoscope_1=x"}, 401),
        ("/api/v1/uploads", {"X-Leukoscope": None}, 403),
        ("/api/v1/uploads", {"Host": "elsewhere"}, 400),
        ("/api/v1/nothing", {}, 401),
        ("/api/v1/session", {}, 413),
        ("/api/v1/slides", {"Authorization": "Basic eDp5"}, 413),
    ],
)
def test_who_may_not_send_so_much_is_told_before_any_of_it_is_kept(tmp_path, monkeypatch, path, more, status):
    monkeypatch.setattr(BoundedParser, "_join", lambda _: pytest.fail("it was let in"))
    given = {name: value for name, value in (HEADERS | more).items() if value is not None}
    with open_network(tmp_path) as (instrument, _), PageServer(instrument) as server:
        for asks_first in ({}, {"Expect": "100-continue"}):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            connection.putrequest("POST", path, skip_host="Host" in more)
            for name, value in (given | asks_first | {"Content-Length": "3000000"}).items():
                connection.putheader(name, value)
            connection.endheaders()
            if not asks_first:
                connection.send(bytes(3_000_000))
            answer = connection.getresponse()
            assert answer.status == status
            assert json.loads(answer.read())["message"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            connection.close()


def test_a_body_without_a_length_is_judged_as_soon_as_it_is_large(tmp_path):
    with open_network(tmp_path) as (instrument, _), PageServer(instrument) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("POST", "/api/v1/uploads", body=iter([bytes(50_000)] * 40), headers=HEADERS)
        assert connection.getresponse().status == 401
        connection.close()


def test_one_place_for_a_large_body_is_left_to_who_has_signed_in(tmp_path):
    with open_network(tmp_path) as (instrument, _), PageServer(instrument) as server, ExitStack() as stack:

        def begin(*lines):
            sender = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            head = ["POST /api/v1/uploads HTTP/1.1", "Host: 127.0.0.1", "X-Leukoscope: test", "Content-Length: 2000000"]
            sender.sendall("\r\n".join([*head, *lines, "", ""]).encode())
            return sender

        session = sign_in_at(server, "ben")
        unknown = [begin("Authorization: Basic eDp5") for _ in range(MOST_UNCHECKED + 1)]
        assert sorted(is_refused(sender) for sender in unknown) == [False] * MOST_UNCHECKED + [True]
        assert not is_refused(begin(*session))
        assert is_refused(begin(*session)), "that was the last place"


def sign_in_at(server, name):
    """The lines of a request that belong to a session."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    body = json.dumps({"name": name, "password": USERS[name][0]})
    connection.request("POST", "/api/v1/session", body, {"X-Leukoscope": "test", "Content-Type": "application/json"})
    answer = connection.getresponse()
    cookie, token = answer.headers["Set-Cookie"].partition(";")[0], json.loads(answer.read())["token"]
    connection.close()
    return f"Cookie: {cookie}", f"{TOKEN}: {token}"


def test_a_whole_upload_over_the_network_is_never_laid_on_the_disk(reading, smear_field, monkeypatch):
    monkeypatch.setattr(waitress.buffers, "TempfileBasedBuffer", lambda *_: pytest.fail("it went to the disk"))
    noisy = smear_field[0] ^ np.random.default_rng(1).integers(0, 8, smear_field[0].shape, np.uint8)
    with PageServer(reading) as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
        content = encode_png(np.tile(noisy, (2, 2, 1)))
        assert len(content) > 2_000_000
        connection.request("POST", "/api/v1/uploads?um_per_px=0.15", body=content, headers=HEADERS)
        assert connection.getresponse().status == 200
        connection.close()


def test_large_bodies_are_let_in_a_few_at_a_time(instrument):
    """Each is held in memory, whoever sends it."""
    head = b"POST /api/v1/uploads HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Leukoscope: test\r\nContent-Length: 2000000\r\n\r\n"
    with PageServer(instrument) as server, ExitStack() as stack:

        def begin():
            sender = stack.enter_context(socket.create_connection((server.host, server.port), timeout=30))
            sender.sendall(head)
            return sender

        senders = [begin() for _ in range(MOST_LARGE)]
        assert not any(is_refused(sender) for sender in senders)
        assert is_refused(begin())
        assert ask_status(server, "/palette.css") == 200
        senders[0].close()
        wait_for(lambda: not is_refused(begin()), "a place for the next, once the server has seen that one went")


def is_refused(sender):
    sender.settimeout(0.3)  # one that is let in gets no answer before its body has come
    try:
        return sender.recv(1000).startswith(b"HTTP/1.1 429")
    except TimeoutError:
        return False


def ask_status(server, path):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_differential_over_pictures_has_exact_intervals(sender):
    counts = {"neutrophil": 60, "lymphocyte": 31, "eosinophil": 9, "unidentified": 4, "smudge": 7}
    told = sender.post("/api/v1/uploads/differential", json={"counts": counts}, headers={"X-Leukoscope": "test"}).json
    assert (told["total"], told["unidentified"], told["signed"]) == (100, 4, False)
    rows = {row["cell_type"]: row for row in told["rows"]}
    assert list(rows)[:2] == ["neutrophil", "lymphocyte"]
    assert rows["eosinophil"]["interval_percent"] == pytest.approx([4.2, 16.4], abs=0.05)
    assert rows["basophil"]["count"] == 0
    assert "smudge" not in rows
    for wrong in ({"neutrophil": -1}, {"": 1}, {f"type {at}": 1 for at in range(65)}, {"neutrophil": 0.5}):
        answer = sender.post("/api/v1/uploads/differential", json={"counts": wrong}, headers={"X-Leukoscope": "test"})
        assert answer.status_code == 422, wrong


def test_one_is_read_one_waits_and_the_next_is_told_to_come_again(reading, picture, monkeypatch):
    reached, go_on, nices = threading.Semaphore(0), threading.Event(), []

    def hold(file, name):
        nices.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        reached.release()
        assert go_on.wait(30)
        raise UploadError("held")

    monkeypatch.setattr(upload_desk, "read_upload", hold)
    desk = UploadDesk(reading.bundle, reading.settings.quality)
    monkeypatch.setattr(upload_desk, "UploadDesk", lambda *_: desk)
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    with ThreadPoolExecutor(2) as senders:
        first = senders.submit(desk.read, None, "a", 0.2)
        assert reached.acquire(timeout=30)
        monkeypatch.setattr(upload_desk, "WAIT_S", 0.0)
        with pytest.raises(UploadsBusyError, match="expected one after the other"):
            desk.read(None, "b", 0.2)
        assert not first.done()
        go_on.set()
        with pytest.raises(UploadError, match="held"):
            first.result(30)
    assert nices == [min(19, own + LATER)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == own


def test_the_sender_of_one_too_many_is_told_when_to_come_again(reading, picture, monkeypatch):
    client = create_app(reading).test_client()
    monkeypatch.setattr(UploadDesk, "read", lambda *_: (_ for _ in ()).throw(UploadsBusyError("others wait")))
    refused = send(client, picture, um_per_px=0.2)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")


def test_a_bundle_that_cannot_be_opened_again_is_told_as_the_machines_fault(tmp_path, picture):
    with open_instrument(tmp_path) as instrument:  # its bundle has no files
        refused = send(create_app(instrument).test_client(), picture, um_per_px=UM_PER_PX)
    assert refused.status_code == 503
    assert "model.tflite" in refused.json["message"]


def test_uploads_need_a_technician(tmp_path, picture):
    with open_network(tmp_path) as (instrument, app):
        stranger = app.test_client()
        assert stranger.get("/upload", headers={"Host": "192.168.1.5"}).status_code in (303, 401)
        technician = signed_in(app, "ben")
        assert technician.get("/upload").status_code == 200
        technician.environ_base.pop(f"HTTP_{TOKEN.upper().replace('-', '_')}")
        assert send(technician, picture, headers={"Content-Type": "application/octet-stream"}).status_code == 403
        assert instrument.live.find_newest() is None
