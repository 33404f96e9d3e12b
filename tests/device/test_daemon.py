"""The whole program as a process of its own, on a replay, with a real small bundle."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from contract.image import encode_png
from contract.notice import RESEARCH_USE
from device.smear.slide import VirtualSlide

LEUKOSCOPE = Path(sys.executable).with_name("leukoscope")
FIELDS = 4
LARGEST_RSS_KB = 250 * 1024


@pytest.fixture(scope="module")
def fields(tmp_path_factory):
    """A folder of simulated fields that lie far from each other."""
    folder = tmp_path_factory.mktemp("fields")
    slide = VirtualSlide(9)
    for number in range(FIELDS):
        image, _ = slide.render(1000.0 * number, 0.0, 300, 480, 0.3)
        (folder / f"field_{number}.png").write_bytes(encode_png(image))
    return folder


@pytest.fixture
def command(tiny_bundle, fields, tmp_path):
    """A run that works; a test adds what it wants to be different."""
    camera = ["--camera", f"replay:{fields}", "--um-per-px", "0.3", "--fps", "20"]
    place = ["--data-dir", str(tmp_path / "data"), "--port", "0", "--threads", "1"]
    return [str(LEUKOSCOPE), "run", "--bundle", str(tiny_bundle), *camera, *place]


@contextmanager
def running(command, **environment):
    daemon = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment
    )
    try:
        line = daemon.stdout.readline()
        assert line, daemon.stderr.read()
        yield daemon, line
    finally:
        daemon.kill()
        daemon.communicate()


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.headers, answer.read()


def read_rows(database, query):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = connection.execute(query).fetchall()
    connection.close()
    return rows


def test_a_replay_runs_from_the_command_to_page_and_records(command, tmp_path):
    with running(command) as (daemon, line):
        address = re.search(r"http://127\.0\.0\.1:\d+", line)[0]
        assert RESEARCH_USE in line
        headers, jpeg = fetch(f"{address}/api/v1/frame.jpg")
        assert jpeg[:2] == b"\xff\xd8"
        assert headers["X-Simulated"] == "false"
        health = json.loads(fetch(f"{address}/healthz")[1])
        assert (health["ok"], health["skipped"]) == (True, 0)
        while json.loads(fetch(f"{address}/healthz")[1])["frames"] < FIELDS:
            fetch(f"{address}/api/v1/frame.jpg?after={headers['X-Frame-Seq']}")
        status = Path(f"/proc/{daemon.pid}/status").read_text()
        assert int(re.search(r"VmRSS:\s+(\d+)", status)[1]) < LARGEST_RSS_KB
        mapped = Path(f"/proc/{daemon.pid}/maps").read_text()
        assert not re.search(r"tensorflow|keras|matplotlib", mapped)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(30) == 0
    database = tmp_path / "data" / "leukoscope.sqlite"
    assert read_rows(database, "SELECT count(*) FROM slide") == [(1,)]
    assert read_rows(database, "SELECT count(DISTINCT frame_sha256), count(*) FROM field") == [(FIELDS, FIELDS)]
    assert read_rows(database, "SELECT count(*) FROM cell WHERE counted")[0][0] > 0
    assert read_rows(database, "SELECT kind FROM event") == [("start",)]


def test_once_means_that_the_program_ends_after_the_last_picture(command, tmp_path):
    ended = subprocess.run([*command, "--once"], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert read_rows(tmp_path / "data" / "leukoscope.sqlite", "SELECT count(*) FROM field") == [(FIELDS,)]


def test_a_broken_picture_is_skipped_and_told_in_the_books(command, fields, tmp_path):
    folder = shutil.copytree(fields, tmp_path / "some broken")
    (folder / "field_0.png").write_bytes(b"cut short")
    with running([*command, "--camera", f"replay:{folder}"]) as (_, line):
        address = re.search(r"http://127\.0\.0\.1:\d+", line)[0]
        assert json.loads(fetch(f"{address}/healthz")[1])["skipped"] >= 1


def test_the_service_manager_hears_ready_then_a_beat_for_each_frame_then_stopping(command, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        with running(command, NOTIFY_SOCKET=str(tmp_path / "notify")) as (daemon, line):
            ready = manager.recv(4096).decode()
            assert ready.startswith("READY=1\nSTATUS=http://127.0.0.1:")
            assert line.startswith("Leukoscope is at http://127.0.0.1:")
            assert [manager.recv(4096) for _ in range(3)] == [b"WATCHDOG=1"] * 3
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(30) == 0
        manager.setblocking(False)
        heard = b""
        while heard != b"STOPPING=1":
            heard = manager.recv(4096)


def write_config(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(text)
    return ["--config", str(path)]


def break_bundle(tiny_bundle, tmp_path):
    folder = shutil.copytree(tiny_bundle, tmp_path / "broken")
    (folder / "model.tflite").write_bytes(b"\0" * 100)
    return ["--bundle", str(folder)]


def empty_folder(tmp_path):
    (tmp_path / "empty").mkdir()
    return ["--camera", f"replay:{tmp_path / 'empty'}"]


REFUSALS = {
    "unknown setting": (2, "device.fsp: unknown setting", lambda t, b: write_config(t, "[device]\nfsp = 3\n")),
    "bad option": (2, "--port: 99999 (expected less than or equal to 65535)", lambda t, b: ["--port", "99999"]),
    "missing bundle": (3, "bundle: 'wbc9' (expected", lambda t, b: ["--bundle", "wbc9"]),
    "broken bundle": (3, "model.tflite: sha256", lambda t, b: break_bundle(b, t)),
    "empty folder": (4, "no image in this folder (expected", lambda t, b: empty_folder(t)),
    "unknown camera": (4, "camera: 'webcam' (expected picamera2", lambda t, b: ["--camera", "webcam"]),
    "no such folder": (4, "not found (expected a folder", lambda t, b: ["--camera", f"replay:{t / 'gone'}"]),
    "full disk": (5, "MB free (expected", lambda t, b: write_config(t, "[device.recorder]\nmin_free_mb=999999999\n")),
    "file for a folder": (5, "Not a directory (expected a data folder", lambda t, b: ["--data-dir", __file__]),
    "unwritable disk": (5, "(expected a data folder that can be", lambda t, b: ["--data-dir", "/proc/nothing"]),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_what_cannot_work_is_refused_in_one_line_and_nothing_is_written(what, command, tiny_bundle, tmp_path):
    exit_code, complaint, differ = REFUSALS[what]
    refused = subprocess.run([*command, *differ(tmp_path, tiny_bundle)], capture_output=True, text=True, timeout=120)
    told = [line for line in refused.stderr.splitlines() if line.startswith("leukoscope: ")]
    assert refused.returncode == exit_code, refused.stderr
    assert len(told) == 1
    assert complaint in told[0]
    assert "Traceback" not in refused.stderr
    assert refused.stdout == ""
    assert not (tmp_path / "data").exists()


def test_a_taken_port_is_refused_before_a_database_is_made(command, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = subprocess.run([*command, "--port", str(port)], capture_output=True, text=True, timeout=120)
    assert refused.returncode == 5
    assert f"leukoscope: 127.0.0.1:{port}: Address already in use (expected a free port" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_page_without_password_is_not_opened_to_the_network(command):
    refused = subprocess.run([*command, "--host", "0.0.0.0"], capture_output=True, text=True, timeout=120)
    assert refused.returncode == 2
    assert "0.0.0.0 (expected 127.0.0.1, or a device.page.password_file" in refused.stderr


def test_two_programs_do_not_write_one_data_folder(command):
    with running(command):
        refused = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert refused.returncode == 5
    assert "in use by another program" in refused.stderr


def test_check_says_in_one_line_each_what_is_ready(command, tmp_path):
    ready = subprocess.run([command[0], "check", *command[2:]], capture_output=True, text=True, timeout=120)
    assert [line.split()[:2] for line in ready.stdout.splitlines()] == [
        ["bundle", "ok"],
        ["data", "ok"],
        ["page", "ok"],
        ["camera", "ok"],
        ["light", "ok"],
        ["scale", "ok"],
    ]
    assert ready.returncode == 0
    assert "480 x 300 pixels" in ready.stdout
    assert "0.3 um per pixel" in ready.stdout
    assert not (tmp_path / "data").exists()


def test_check_ends_with_the_code_of_the_first_thing_that_is_not_ready(command):
    wrong = ["--camera", "webcam", "--data-dir", "/proc/nothing"]
    found = subprocess.run([command[0], "check", *command[2:], *wrong], capture_output=True, text=True, timeout=120)
    assert [line.split()[:2] for line in found.stdout.splitlines()] == [
        ["bundle", "ok"],
        ["data", "NO"],
        ["page", "ok"],
        ["camera", "NO"],
    ]
    assert found.returncode == 5
