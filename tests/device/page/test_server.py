import http.client
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from waitress.channel import HTTPChannel

from device.page import frames
from device.page.access import AccessError
from device.page.passwords import write_password
from device.page.server import PageServer, ServerError
from device.rank import BESIDE
from tests.device.page.made_instrument import annotate, make_annotated, open_instrument, show


def ask(server, path):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_the_server_serves_stops_and_starts_again(instrument):
    annotated = make_annotated(1)
    show(instrument, annotated)
    for _ in range(2):
        with PageServer(instrument) as server:
            assert server.address == f"http://127.0.0.1:{server.port}"
            assert ask(server, "/api/v1/frame.jpg") == (200, annotated.jpeg)
        with pytest.raises(ConnectionRefusedError):
            ask(server, "/healthz")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("waitress")]


def test_the_page_steps_back_behind_the_network(instrument):
    own = os.getpriority(os.PRIO_PROCESS, os.getpid())
    with PageServer(instrument) as server:
        assert ask(server, "/palette.css")[0] == 200
        answering = [thread for thread in threading.enumerate() if thread.name.startswith("waitress")]
        assert len(answering) == instrument.settings.page.threads
        assert {os.getpriority(os.PRIO_PROCESS, thread.native_id) for thread in answering} == {min(19, own + BESIDE)}


def test_a_taken_port_is_one_clear_line(instrument, tmp_path):
    with PageServer(instrument) as server:
        page = {"port": server.port}
        with (
            open_instrument(tmp_path / "other", page=page) as second,
            pytest.raises(ServerError, match=rf"127\.0\.0\.1:{server.port}: Address already in use \(expected") as told,
        ):
            PageServer(second).__enter__()
    assert told.value.exit_code == 5


def test_an_address_of_another_machine_is_one_clear_line(tmp_path):
    write_password(tmp_path / "passwords", "ann", "long enough")
    page = {"host": "192.0.2.1", "password_file": str(tmp_path / "passwords")}  # an address kept for documents
    expected = pytest.raises(ServerError, match=r"192\.0\.2\.1.*\(expected")
    with open_instrument(tmp_path, page=page) as instrument, expected:
        PageServer(instrument).__enter__()


def test_an_open_page_on_a_network_takes_no_port(tmp_path):
    with open_instrument(tmp_path, page={"host": "0.0.0.0"}) as instrument, pytest.raises(AccessError):
        PageServer(instrument).__enter__()


def test_waiting_viewers_do_not_keep_others_from_an_answer(tmp_path, monkeypatch):
    """With two threads one viewer may wait; all others are answered at once, and the wait ends when the page closes."""
    monkeypatch.setattr(frames, "WAIT_S", 60.0)
    with open_instrument(tmp_path, page={"threads": 2}) as instrument, ThreadPoolExecutor(8) as viewers:
        show(instrument, make_annotated(1))
        with PageServer(instrument) as server:
            waits = [viewers.submit(ask, server, "/api/v1/frame.jpg?after=1") for _ in range(8)]
            assert ask(server, "/healthz")[0] == 200
            assert not all(wait.done() for wait in waits)
            instrument.live.close()
            assert {wait.result(30)[0] for wait in waits} == {204}


def test_a_stream_that_nobody_reads_holds_up_neither_the_page_nor_its_end(instrument):
    with PageServer(instrument) as server:
        reader = socket.create_connection((server.host, server.port), timeout=30)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.sendall(b"GET /stream.mjpg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        show(instrument, make_annotated(1))
        assert reader.recv(15).startswith(b"HTTP/1.1 200")
        for seq in range(2, 40):  # more than all buffers hold
            show(instrument, make_annotated(seq, shape=(480, 768)), record=False)
        assert ask(server, "/healthz")[0] == 200
        instrument.live.close()
    reader.close()


def test_a_picture_leaves_in_one_piece_with_its_head(instrument, monkeypatch):
    pieces, write = [], HTTPChannel.write_soon
    monkeypatch.setattr(HTTPChannel, "write_soon", lambda channel, data: pieces.append(data) or write(channel, data))
    annotated = make_annotated(1)
    show(instrument, annotated)
    with PageServer(instrument) as server:
        assert ask(server, "/api/v1/frame.jpg") == (200, annotated.jpeg)
        assert ask(server, "/api/v1/frame.jpg?after=1") == (204, b"")
    picture, nothing = pieces
    assert picture.startswith(b"HTTP/1.1 200")
    assert picture.endswith(b"\r\n\r\n" + annotated.jpeg)
    assert nothing.startswith(b"HTTP/1.1 204")
    assert nothing.endswith(b"\r\n\r\n")


def test_an_answer_on_its_way_arrives_whole_though_the_server_is_told_to_stop(instrument):
    noise = np.random.default_rng(1).integers(0, 256, (1600, 2400, 3), np.uint8)
    annotated = annotate(1, noise, ())  # megabytes: more than the buffers of both sides hold
    show(instrument, annotated)
    server = PageServer(instrument).__enter__()
    slow, idle = (http.client.HTTPConnection(server.host, server.port, timeout=30) for _ in range(2))
    idle.request("GET", "/healthz")
    idle.getresponse().read()
    slow.request("GET", "/api/v1/frame.jpg")
    answer = slow.getresponse()
    with ThreadPoolExecutor(1) as closer:
        ending = closer.submit(server.__exit__, None, None, None)
        assert idle.sock.recv(1) == b"", "who asks nothing is let go: the end has begun"
        assert answer.read() == annotated.jpeg
        ending.result(30)
    slow.close()
    idle.close()


def test_a_request_that_is_too_large_is_refused(instrument):
    with PageServer(instrument) as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        connection.request("POST", "/api/v1/slides", body=b"x" * 200_000, headers={"X-Leukoscope": "test"})
        assert connection.getresponse().status in (413, 422)
        connection.close()
