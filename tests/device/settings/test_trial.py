"""A setting made on the page never leaves the laboratory without an instrument: with the real program."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from contract.image import encode_png
from device.settings.book import SettingsBook
from device.settings.page import HELD_SETTINGS, PAGE_SETTINGS, read_page_settings, write_page_settings
from device.settings.trial import DAMAGED_SETTINGS, TRIAL_RECORD
from device.smear.slide import VirtualSlide
from tests.running import get_json, put_json, started, wait_for

LEUKOSCOPE = Path(sys.executable).with_name("leukoscope")
NO_CAMERA = "usb:97"


@pytest.fixture
def data_dir(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def command(tiny_bundle, tmp_path, data_dir):
    """A run of the settings of a file, as the service does it."""
    fields = tmp_path / "fields"
    fields.mkdir()
    slide = VirtualSlide(9)
    for number in range(2):
        (fields / f"{number}.png").write_bytes(encode_png(slide.render(1000.0 * number, 0.0, 300, 480, 0.3)[0]))
    config = tmp_path / "own.toml"
    config.write_text(f"""
[device]
bundle = "{tiny_bundle}"
camera = "replay:{fields}"
um_per_px = 0.3
fps = 20.0
threads = 1
data_dir = "{data_dir}"
[device.page]
port = 0
""")
    return [str(LEUKOSCOPE), "run", "--config", str(config)]


def read_left_out(address):
    return get_json(address, "/api/v1/status")["left_out"]


def read_events(data_dir, kind):
    with sqlite3.connect(f"file:{data_dir / 'leukoscope.sqlite'}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT detail FROM event WHERE kind = ?", (kind,)).fetchall()
    connection.close()
    return [json.loads(row[0]) for row in rows]


def wait_held(data_dir):
    return wait_for(lambda: read_page_settings(data_dir, HELD_SETTINGS), "what the program came up with is kept")


def test_a_camera_that_is_not_there_is_left_out_and_told_everywhere(command, data_dir):
    write_page_settings(data_dir, {"device.camera": NO_CAMERA, "device.operator": "anna"})
    with started(command) as program:
        address = program.address()
        told = read_left_out(address)
        assert [(one["key"], one["value"]) for one in told] == [("device.camera", NO_CAMERA)]
        assert "/dev/video97" in told[0]["why"]
        status = get_json(address, "/api/v1/status")
        assert status["camera"].startswith("replay:")
        assert (status["ok"], status["operator"]) == (True, "anna")
        assert get_json(address, "/api/v1/settings")["left_out"] == told
        assert read_page_settings(data_dir) == {"device.operator": "anna"}
        assert any("starting without" in line for line in program.lines), program.text
        wait_for(lambda: read_events(data_dir, "settings_left_out"), "an event")
        assert program.stop() == 0
    assert read_events(data_dir, "settings_left_out") == told
    with started(command) as program:
        address = program.address()
        assert read_left_out(address) == told  # until somebody mends it
        put_json(address, "/api/v1/settings", {"changes": {"device.camera": "simulated:4"}})
        assert read_left_out(address) == []
    with started(command) as program:
        assert get_json(program.address(), "/api/v1/status")["camera"].startswith("simulated")
        assert wait_held(data_dir) == {"device.camera": "simulated:4"}


def test_a_start_that_died_without_a_word_is_not_made_twice(command, data_dir):
    write_page_settings(data_dir, {"device.page.jpeg_quality": 70})
    with started(command) as program:
        program.address()
        wait_held(data_dir)
    write_page_settings(data_dir, {"device.page.jpeg_quality": 71})
    with started(command) as program:
        wait_for(lambda: b"true" in (data_dir / TRIAL_RECORD).read_bytes(), "a start is under way")
        program.process.send_signal(signal.SIGKILL)  # as the service manager does with a program that hangs
        program.process.wait()
    with started(command) as program:
        told = read_left_out(program.address())
        assert told == [{"key": "device.page.jpeg_quality", "value": 71, "why": ""}]
    assert read_page_settings(data_dir) == {"device.page.jpeg_quality": 70}


def test_what_the_page_is_not_to_blame_for_leaves_its_settings_alone(command, data_dir):
    write_page_settings(data_dir, {"device.page.jpeg_quality": 70})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = subprocess.run([*command, "--port", port], capture_output=True, text=True, timeout=120)
    assert refused.returncode == 5, refused.stderr
    assert f"127.0.0.1:{port}: Address already in use" in refused.stderr.splitlines()[-1]
    assert read_page_settings(data_dir) == {"device.page.jpeg_quality": 70}
    with started(command) as program:
        assert read_left_out(program.address()) == []
        assert wait_held(data_dir) == {"device.page.jpeg_quality": 70}


def test_a_damaged_file_of_the_page_is_put_aside_and_told(command, data_dir):
    (data_dir / PAGE_SETTINGS).write_text("[device]\nfps = 0.1.2\n")
    write_page_settings(data_dir, {"device.page.jpeg_quality": 70}, HELD_SETTINGS)
    with started(command) as program:
        told = read_left_out(program.address())
    assert [(one["key"], one["value"]) for one in told] == [(PAGE_SETTINGS, None)]
    assert "expected TOML" in told[0]["why"]
    assert read_page_settings(data_dir) == {"device.page.jpeg_quality": 70}
    assert "0.1.2" in (data_dir / DAMAGED_SETTINGS).read_text()


@pytest.fixture
def book(tmp_path):
    """The settings of a program that has come up once with fps 5 from the page."""
    (tmp_path / "own.toml").write_text(f'[device]\ndata_dir = "{tmp_path}"\n')
    write_page_settings(tmp_path, {"device.fps": 5.0})
    book = SettingsBook(tmp_path / "own.toml")
    assert book.begin_trial().device.fps == 5.0
    book.prove()
    return book


def test_a_setting_that_is_mended_before_the_first_picture_is_tried_at_the_next_start(book, tmp_path):
    """The page is up before the first picture: with a camera that gives none, that is where one mends it."""
    book.change({"device.fps": 6.0}, tmp_path)
    assert book.begin_trial().device.fps == 6.0
    book.change({"device.fps": 7.0}, tmp_path)
    assert book.begin_trial().device.fps == 7.0
    assert book.left_out == ()


def test_a_start_that_somebody_ends_at_once_says_nothing_against_a_setting(book, tmp_path):
    book.change({"device.fps": 6.0}, tmp_path)
    book.begin_trial()
    book.end()
    assert book.begin_trial().device.fps == 6.0


def test_the_command_line_spares_a_setting_of_the_page_from_its_trial(book, tmp_path):
    book.change({"device.camera": NO_CAMERA}, tmp_path)
    typed = SettingsBook(tmp_path / "own.toml", {"camera": "simulated"})
    assert typed.begin_trial().device.camera == "simulated"
    typed.prove()
    assert read_page_settings(tmp_path, HELD_SETTINGS) == {"device.fps": 5.0}
    assert book.begin_trial().device.camera == NO_CAMERA
    assert book.is_on_trial("device.camera")
    assert book.leave_out("no camera").device.camera == "simulated"


def test_a_setting_that_was_taken_off_the_page_comes_back_where_the_program_needs_it(book, tmp_path):
    book.change({"device.fps": None}, tmp_path)
    book.begin_trial()
    assert book.leave_out("why").device.fps == 5.0
    assert [(one.key, one.value) for one in book.left_out] == [("device.fps", None)]
    book.put_back()
    assert (read_page_settings(tmp_path), book.left_out) == ({}, ())


@pytest.mark.parametrize("text", ["", "{", '{"trying": 3}'])
def test_a_damaged_record_of_trials_is_begun_anew(book, tmp_path, text):
    (tmp_path / TRIAL_RECORD).write_text(text)
    assert book.begin_trial().device.fps == 5.0


def test_a_fault_of_the_settings_file_is_not_laid_to_the_page(book, tmp_path):
    (tmp_path / "own.toml").write_text(f'[device]\ndata_dir = "{tmp_path}"\nfps = -1\n')
    with pytest.raises(Exception, match=r"own\.toml: device\.fps"):
        book.begin_trial()
    assert read_page_settings(tmp_path) == {"device.fps": 5.0}


def test_what_was_held_by_an_older_version_and_fits_no_more_is_left_too(book, tmp_path):
    for name in (PAGE_SETTINGS, HELD_SETTINGS):
        (tmp_path / name).write_text("[device]\nfps = -1\n")
    assert book.begin_trial().device.fps > 0
    assert [one.key for one in book.left_out] == [PAGE_SETTINGS]
