"""A watched camera against a real server that misbehaves, and against drivers that fail as drivers do."""

import random
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from device.cameras import watching
from device.cameras.http_mjpeg import MjpegCamera
from device.cameras.live import SpoiledPicture
from device.cameras.source import Shot, SourceError, leave_out_absences
from device.cameras.watched import WatchedSource
from tests.faults.camera import MisbehavingCamera
from tests.faults.numbered import Numbered
from tests.faults.plan import EVENTS
from tests.running import wait_for

FPS = 20
SEED = 4


class Watcher(threading.Thread):
    """Takes shots as the pipeline does, with the time of each."""

    def __init__(self, source):
        super().__init__(daemon=True)
        self.shots, self._source = [], source

    def run(self):
        for shot in leave_out_absences(self._source.shots()):
            self.shots.append((time.monotonic(), shot))


class Events(list):
    def __call__(self, level, kind, detail):
        self.append((time.monotonic(), kind, detail))

    @property
    def kinds(self):
        return [kind for _, kind, _ in self]

    def find(self, kind):
        return next((at_s for at_s, name, _ in self if name == kind), None)


class Trial:
    """One camera, one fault of random length, and what came of it."""

    def __init__(self, opened, pictures, kind, rng):
        self.kind, self.events = kind, Events()
        self.camera = opened.enter_context(MisbehavingCamera(pictures, FPS))
        make = lambda: MjpegCamera(self.camera.url, FPS)  # noqa: E731
        self.source = opened.enter_context(WatchedSource("replay:here", make, FPS, self.events))
        self.watcher = Watcher(self.source)
        self.watcher.start()
        self._begin = threading.Timer(rng.uniform(0.2, 1.0), self.set_fault, [kind])
        self._length_s = rng.uniform(3.0, 4.0)
        self._end = None
        self.begin_s = self.end_s = 0.0
        self._begin.start()

    def set_fault(self, kind):
        self.camera.fault = kind
        if kind is None:
            self.end_s = time.monotonic()
            return
        self.begin_s = time.monotonic()
        self._end = threading.Timer(self._length_s, self.set_fault, [None])
        self._end.start()

    @property
    def back_s(self):
        """When the first new picture came after the fault, if it did."""
        return self.end_s and next((at_s for at_s, _ in self.watcher.shots if at_s > self.end_s), None)


@pytest.fixture(scope="module")
def trials():
    """Every fault at once, each on a camera of its own."""
    field = np.random.default_rng(SEED).integers(0, 255, (160, 200, 3), np.uint8)
    pictures, rng = Numbered(np.asarray(field, np.uint8)), random.Random(SEED)
    with ExitStack() as opened:
        made = {kind: Trial(opened, pictures, kind, rng) for kind in EVENTS}
        wait_for(lambda: all("camera_recovered" in trial.events.kinds for trial in made.values()), "all recovered", 20)
    for trial in made.values():
        trial.watcher.join(1.0)
    return made


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_each_fault_is_noticed_within_3_s_and_over_within_5_s_of_its_end(trials, kind):
    trial = trials[kind]
    assert trial.events.find(EVENTS[kind]) - trial.begin_s < 3.0, trial.events
    assert trial.back_s - trial.end_s < 5.0
    assert trial.events.find("camera_recovered") - trial.end_s < 6.5
    assert trial.source.trouble is None


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_each_fault_is_told_once_and_its_end_once(trials, kind):
    assert trials[kind].events.kinds == [EVENTS[kind], "camera_recovered"]
    assert trials[kind].events[1][2]["faults"] == [EVENTS[kind]]


@pytest.mark.parametrize("kind", sorted(set(EVENTS) - {"black"}))
def test_what_comes_through_is_whole_of_one_size_and_never_twice_the_same(trials, kind):
    trial = trials[kind]
    pictures = trial.camera.pictures
    assert {shot.image.shape for _, shot in trial.watcher.shots} == {pictures.shape}
    numbers = [pictures.read(shot.image) for _, shot in trial.watcher.shots]
    assert numbers == sorted(set(numbers))


def test_shots_end_within_a_second_of_closing(trials):
    assert not any(trial.watcher.is_alive() for trial in trials.values())


def test_spoiled_pictures_are_counted_in_the_next_shot(trials):
    assert sum(shot.skipped for _, shot in trials["truncated"].watcher.shots) > FPS
    assert sum(shot.skipped for _, shot in trials["stall"].watcher.shots) == 0


class Driver:
    """A camera of a few answers: pictures by their grey level, failures raised, and silence until let go."""

    def __init__(self, *answers):
        self.answers, self.opened, self.closed = list(answers), 0, 0
        self.let_go = threading.Event()

    def __call__(self):
        return self

    def __enter__(self):
        self.opened += 1
        return self

    def __exit__(self, *_):
        self.closed += 1

    def photograph(self):
        answer = self.answers.pop(0) if self.answers else next(self.endless)
        if answer == "stuck":
            self.let_go.wait()
            raise SourceError("let go")
        if isinstance(answer, Exception):
            raise answer
        time.sleep(0.005)
        image = np.full((8, 12, 3), answer, np.uint8)
        image[0, 0] = 255 - answer
        return Shot(image, datetime.now(UTC), None, str(answer), False)

    endless = iter(range(1, 10**9))


class Noise(Driver):
    """Pictures of ever new noise once its answers are given."""

    def photograph(self):
        if self.answers:
            return super().photograph()
        time.sleep(0.005)
        image = np.random.default_rng().integers(0, 255, (8, 12, 3), np.uint8)
        return Shot(np.asarray(image, np.uint8), datetime.now(UTC), None, "noise", False)


def test_a_camera_that_cannot_be_opened_is_refused_with_its_own_words():
    driver = Driver(SourceError("cam: in use (expected a free one)"))
    with pytest.raises(SourceError, match="in use"), WatchedSource("cam", driver):
        pass
    assert driver.closed == 1


def test_an_error_of_a_driver_is_a_refusal_that_names_it():
    with (
        pytest.raises(SourceError, match="cam: RuntimeError: Camera __init__"),
        WatchedSource("cam", Driver(RuntimeError("Camera __init__"))),
    ):
        pass


def test_a_driver_that_fails_is_opened_again():
    driver, events = Noise(100, 110, RuntimeError("USB disconnect")), Events()
    with WatchedSource("cam", driver, 20, events) as source:
        wait_for(lambda: "camera_recovered" in events.kinds, "recovered")
        assert source.trouble is None
    assert events.kinds == ["camera_lost", "camera_recovered"]
    assert events[0][2] == {"camera": "cam", "what": "RuntimeError: USB disconnect"}
    assert (driver.opened, driver.closed) == (2, 2)


def test_a_thread_stuck_in_a_driver_is_left_behind_and_closing_does_not_hang(monkeypatch):
    monkeypatch.setattr(watching, "LEAVE_S", 0.1)
    driver, events = Driver(100, 110, "stuck", "stuck", "stuck", "stuck"), Events()
    source = WatchedSource("cam", driver, 20, events)
    with source:
        wait_for(lambda: source.trouble is not None, "the stall was noticed", 5)
        begun_s = time.monotonic()
    assert time.monotonic() - begun_s < 1.0
    assert events.kinds == ["camera_stalled"]
    driver.let_go.set()


def test_one_cut_picture_costs_only_itself():
    driver, events = Noise(100, SpoiledPicture("cut")), Events()
    with WatchedSource("cam", driver, 20, events) as source:
        shots = source.shots()
        wait_for(lambda: next(shots).name == "noise", "a new picture")
    assert (driver.opened, events.kinds[0]) == (1, "camera_truncated")


def test_who_asks_late_gets_the_picture_of_now():
    with WatchedSource("cam", Noise(100)) as source:
        shots = source.shots()
        next(shots)
        asked_at = datetime.now(UTC)
        wait_for(lambda: datetime.now(UTC) > asked_at + timedelta(seconds=0.2), "time went by")
        late = next(shots)
    assert late.captured_at > asked_at + timedelta(seconds=0.1)


def test_a_source_may_be_opened_again():
    source = WatchedSource("cam", Noise(100))
    for _ in range(2):
        with source:
            assert next(source.shots()).image.shape == (8, 12, 3)
    assert list(source.shots()) == []
