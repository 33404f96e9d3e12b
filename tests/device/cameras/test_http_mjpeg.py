"""Motion JPEG over HTTP as cameras and their programs send it, from a real socket."""

import socket
import threading
from contextlib import contextmanager

import numpy as np
import pytest

from contract.image import encode_jpeg
from device.cameras.http_mjpeg import MjpegCamera
from device.cameras.live import SilentCamera, SpoiledPicture
from device.cameras.source import SourceError

HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=%s\r\n\r\n"


def jpeg(level):
    return encode_jpeg(np.full((16, 24, 3), level, np.uint8), 90)


def with_length(picture, length=None):
    length = len(picture) if length is None else length
    return b"--b\r\nContent-Type: image/jpeg\r\ncontent-length: %d\r\n\r\n" % length + picture + b"\r\n"


def without_length(picture):
    return b"--b\r\nContent-Type: image/jpeg\r\n\r\n" + picture + b"\r\n"


@contextmanager
def serving(answer, hold=False):
    """Answer one request with these bytes, then hang up, or hold the line."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    asked = []

    def serve():
        connection, _ = listening.accept()
        with connection:
            asked.append(connection.recv(4096))
            connection.sendall(answer)
            if hold:
                over.wait()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}", asked
    finally:
        over.set()
        thread.join()
        listening.close()


def read(answer, count, url="http://{}/stream.mjpg", hold=False):
    with serving(answer, hold) as (place, _), MjpegCamera(url.format(place), fps=0) as camera:
        return [camera.photograph() for _ in range(count)]


@pytest.mark.parametrize("part", [with_length, without_length])
@pytest.mark.parametrize("boundary", [b"b", b"--b", b'"b"'])
def test_pictures_are_read_as_servers_send_them(part, boundary):
    shots = read(HEAD % boundary + part(jpeg(40)) + part(jpeg(200)) + b"--b--\r\n", 2)
    assert [round(float(shot.image.mean())) for shot in shots] == [40, 200]
    assert shots[0].image.shape == (16, 24, 3)
    assert not shots[0].image.flags.writeable
    assert (shots[0].at_rest, shots[0].simulated) == (False, False)


def test_a_cut_picture_is_thrown_away_and_the_next_is_whole():
    cut = jpeg(40)[:-30]
    for first in (with_length(cut), with_length(cut, len(cut) + 30), without_length(cut)):
        answer = HEAD % b"b" + first + with_length(jpeg(90)) + with_length(jpeg(200)) + b"--b--\r\n"
        with serving(answer) as (place, _), MjpegCamera(f"http://{place}/", fps=0) as camera:
            with pytest.raises(SpoiledPicture, match="cut"):
                camera.photograph()
            assert round(float(camera.photograph().image.mean())) in {90, 200}


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (b"HTTP/1.0 404 Not Found\r\n\r\n", "404 Not Found (expected a stream)"),
        (b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", "content type: text/html (expected multipart"),
        (b"not HTTP\r\n\r\n", "expected a server with a stream"),
        (HEAD % b"b" + with_length(jpeg(40))[:100], "the stream ended"),
        (HEAD % b"b" + b"--b\r\nContent-Length: 99999999999\r\n\r\n", "a picture of 99999999999 bytes"),
    ],
)
def test_what_is_no_stream_is_refused(answer, complaint):
    with pytest.raises(SourceError) as refused:
        read(answer, 1)
    assert complaint in str(refused.value)


def test_silence_ends_after_two_seconds():
    with pytest.raises(SilentCamera, match="nothing came for 2 s"):
        read(HEAD % b"b", 1, hold=True)


def test_nobody_there_is_refused_without_telling_the_password():
    with pytest.raises(SourceError) as refused, MjpegCamera("http://eve:secret@127.0.0.1:9/stream", 0):
        pass
    assert str(refused.value).startswith("http://127.0.0.1:9/stream: Connection refused")


def test_a_user_signs_in():
    with serving(HEAD % b"b") as (place, asked), MjpegCamera(f"http://eve:sec%20ret@{place}/a?b=c", 0):
        pass
    assert asked[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert b"Authorization: Basic ZXZlOnNlYyByZXQ=\r\n" in asked[0]  # eve:sec ret


def test_pictures_between_those_that_are_due_are_left_out():
    answer = HEAD % b"b" + b"".join(with_length(jpeg(level)) for level in range(0, 200, 10)) + b"--b--\r\n"
    with serving(answer) as (place, _), MjpegCamera(f"http://{place}/", fps=1.0) as camera:
        camera.photograph()
        with pytest.raises(SourceError, match="the stream ended"):  # all others came within the same second
            camera.photograph()
