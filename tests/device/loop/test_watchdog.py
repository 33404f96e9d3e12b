"""The real program with a stand-in for the service manager, while its camera goes and comes."""

import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from device.cameras import watched, watching
from device.cameras.http_mjpeg import SILENCE_S
from device.cameras.source import Absence, SourceError
from device.cameras.watched import WatchedSource
from device.smear.slide import VirtualSlide
from tests.faults.camera import MisbehavingCamera
from tests.faults.numbered import Numbered
from tests.running import get_json, started, wait_for

LEUKOSCOPE = Path(sys.executable).with_name("leukoscope")
FPS = 20
BEAT_S = SILENCE_S + watching.LONGEST_PAUSE_S + 1.5
"""From one attempt at a camera that says nothing to the next, and a second and a half for two busy processors."""


class Manager:
    """Hears what a program tells its service manager, and when."""

    def __init__(self, path):
        self.path, self.heard = str(path), []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.settimeout(0.1)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._socket.close()

    def _listen(self):
        while not self._over.is_set():
            try:
                word = self._socket.recv(4096).decode()
            except TimeoutError:
                continue
            self.heard.append((time.monotonic(), word))

    @property
    def ready(self):
        return any(word.startswith("READY=1") for _, word in self.heard)

    def beats_since(self, begun_s):
        return [at_s for at_s, word in self.heard if word == "WATCHDOG=1" and at_s > begun_s]


@pytest.fixture(scope="module")
def pictures():
    return Numbered(VirtualSlide(3).render(0.0, 0.0, 160, 240, 0.3)[0])


@contextmanager
def served(camera, tiny_bundle, tmp_path, *options):
    command = [LEUKOSCOPE, "run", "--camera", f"replay:{camera.url}", "--um-per-px", "0.3", "--fps", str(FPS)]
    command += ["--port", "0", "--threads", "1", "--data-dir", tmp_path / "data", "--bundle", tiny_bundle, *options]
    with Manager(tmp_path / "notify") as manager:
        environment = {"NOTIFY_SOCKET": manager.path, "PATH": ""}
        with started([str(part) for part in command], env=environment) as daemon:
            yield daemon, manager


def read_events(address):
    return get_json(address, "/api/v1/events")["events"]


@pytest.mark.parametrize("fault", ["disconnect", "stall"])
def test_a_camera_that_goes_away_and_says_so_costs_no_beat_and_no_page(fault, pictures, tiny_bundle, tmp_path):
    with ExitStack() as opened:
        camera = opened.enter_context(MisbehavingCamera(pictures, FPS))
        daemon, manager = opened.enter_context(served(camera, tiny_bundle, tmp_path))
        address = daemon.address()
        camera.fault = fault
        wait_for(lambda: get_json(address, "/api/v1/status")["reasons"], "the page tells that the camera is away")
        begun_s, frames = time.monotonic(), get_json(address, "/api/v1/status")["frames_per_s"]
        wait_for(lambda: len(manager.beats_since(begun_s)) >= 2, "two attempts came back", 2 * BEAT_S)
        assert frames == get_json(address, "/api/v1/status")["frames_per_s"], "no frame came meanwhile"
        camera.fault = None
        wait_for(lambda: not get_json(address, "/api/v1/status")["reasons"], "the camera is back")
        assert daemon.stop() == 0
    assert sum(word.startswith("READY=1") for _, word in manager.heard) == 1


def test_a_patient_program_comes_up_without_its_camera_and_takes_it_when_it_comes(pictures, tiny_bundle, tmp_path):
    with ExitStack() as opened:
        camera = opened.enter_context(MisbehavingCamera(pictures, FPS))
        camera.fault = "disconnect"
        daemon, manager = opened.enter_context(served(camera, tiny_bundle, tmp_path, "--patient", "--um-per-px", "0"))
        wait_for(lambda: manager.ready, "ready without a picture")
        # The log names the camera's address before.
        address = re.search(r"Leukoscope is at (http://[\d.]+:\d+)", daemon.text)[1]
        reasons = get_json(address, "/api/v1/status")["reasons"]
        assert any("expected a server with a stream" in reason for reason in reasons), reasons
        assert "waiting for the camera: " in daemon.text
        camera.fault = None
        wait_for(lambda: not get_json(address, "/api/v1/status")["reasons"], "the camera came")
        wait_for(lambda: "camera_recovered" in {event["kind"] for event in read_events(address)}, "its coming is told")
        assert "camera_lost" in {event["kind"] for event in read_events(address)}
        assert get_json(address, "/api/v1/optics")["um_per_px"] == pytest.approx(0.3, rel=0.15), "by its red cells"
        assert daemon.stop() == 0


def test_without_patience_a_camera_that_is_not_there_is_refused_in_one_line(tiny_bundle, tmp_path):
    command = [LEUKOSCOPE, "run", "--camera", "usb:99", "--data-dir", tmp_path / "data", "--bundle", tiny_bundle]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
    told = [line for line in refused.stderr.splitlines() if line.startswith("leukoscope: ")]
    assert (refused.returncode, refused.stdout) == (4, "")
    assert told == ["leukoscope: /dev/video99: no such device (expected a camera; `leukoscope cameras` lists them)"]


class Attempts:
    """A camera whose attempts to be opened end as told: "gone" at once, "stuck" when it is let go."""

    def __init__(self, *ends):
        self._ends, self.made = list(ends), 0
        self.let_go = threading.Event()

    def __call__(self):
        self.made += 1
        return self

    def __enter__(self):
        if self._ends and self._ends.pop(0) == "stuck":
            self.let_go.wait()
        raise SourceError("cam: gone")

    def __exit__(self, *_):
        pass


@pytest.fixture
def hasty(monkeypatch):
    for name, seconds in {"OPEN_S": 0.2, "LEAVE_S": 0.1, "FIRST_PAUSE_S": 0.01, "LONGEST_PAUSE_S": 0.01}.items():
        monkeypatch.setattr(watching, name, seconds)
    monkeypatch.setattr(watched, "STUCK_S", 0.5)


def count_absences(source, seen):
    for shot in source.shots():
        assert isinstance(shot, Absence)
        seen.append(shot)


@pytest.mark.usefixtures("hasty")
def test_while_an_attempt_is_stuck_in_its_driver_others_that_come_back_tell_nothing():
    camera, seen = Attempts("gone", "stuck"), []
    with WatchedSource("cam", camera, patient=True) as source:
        reader = threading.Thread(target=count_absences, args=(source, seen))
        reader.start()
        wait_for(lambda: camera.made >= 5, "others were made beside it")
        assert not seen
        camera.let_go.set()
        wait_for(lambda: len(seen) >= 2, "it came back: the camera is away and nothing is stuck")
    reader.join()


@pytest.mark.usefixtures("hasty")
def test_a_driver_that_hangs_at_the_start_is_refused_however_patient():
    camera = Attempts("stuck", "stuck", "stuck")
    with pytest.raises(SourceError, match="expected pictures within"), WatchedSource("cam", camera, patient=True):
        pass
    camera.let_go.set()
