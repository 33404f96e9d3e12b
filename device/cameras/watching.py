"""Looks after a live camera: notices within three seconds what is wrong with it, and opens it again."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from contract.failures import Refusal
from device.cameras.fault_book import LOST, STALLED, TRUNCATED, FaultBook
from device.cameras.grabbing import Grabber, News
from device.cameras.inspecting import Inspector
from device.cameras.live import LiveCamera, SilentCamera
from device.cameras.source import Absence, Shot
from device.loop.latest import Latest
from device.worker import Worker

TICK_S = 0.1
OPEN_S = 10.0
"""A camera gives its first picture within this time: a Pi's takes 2 s, a USB camera up to 4 s."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 1.5
"""Pauses between attempts to open, doubling; with 2 s that an attempt may hang, a camera is back within 5 s."""

LEAVE_S = 2.0
"""Closing a camera may take as long as it waits for a picture."""

STUCK_S = 2 * (OPEN_S + LEAVE_S + LONGEST_PAUSE_S)
"""An attempt that comes back at all, be it only while the next is made, is told by then: 27 s, within the 30 s of
systemd's watchdog."""

MOST_STUCK = 3
"""Threads that may be stuck in a driver before no further attempt is made; each holds a camera's buffers."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A sound picture, or an absence; its number from 1; how many were spoiled since the camera was first opened."""

    number: int
    shot: Shot | Absence
    spoiled: int


class Watch(Worker):
    """The thread that supervises a camera; it never calls a driver itself, so it always ends when told to.

    Attributes:
        newest: the newest sound picture, or that an attempt to open the camera came back without any; closed when the
            watch ends.
        refusal: why the camera could not be opened the first time; None: it could, or it is not known yet.

    Args:
        make: makes the camera, not yet opened; called again whenever it is to be opened again.
        silent_s: seconds without a sound picture after which it is opened again.
        book: where faults are entered.
        patient: a camera that cannot be opened the first time is a fault like any other, and no end.
    """

    def __init__(self, make: Callable[[], LiveCamera], silent_s: float, book: FaultBook, patient: bool = False) -> None:
        super().__init__("camera watch", close_s=LEAVE_S + 3.0)
        self.newest = Latest[Taken]()
        self.refusal: BaseException | None = None
        self._make = make
        self._silent_s = silent_s
        self._book = book
        self._inspector = Inspector()
        self._closed = threading.Event()
        self._patient = patient
        self._number = self._pictures = 0
        self._spoiled = 0
        self._stuck: list[Grabber] = []

    def work(self) -> None:
        """Open the camera, follow it, and open it again when it fails, until told to stop."""
        pause_s = FIRST_PAUSE_S
        while not self._closed.is_set():
            pictures, grabber = self._pictures, Grabber(self._make)
            self._follow(grabber)
            if not (self._pictures or self._patient):
                return
            came_back = self._is_free_of(grabber)
            if self._pictures > pictures:
                pause_s = FIRST_PAUSE_S
            elif came_back:
                self._put(Absence())
            self._closed.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            self._wait_for_stuck()

    def stop(self) -> None:
        """Let shots end and the camera be closed."""
        self._closed.set()
        self.newest.close()

    def ended(self) -> None:
        """Let nobody wait for a picture that never comes."""
        self.newest.close()

    def _follow(self, grabber: Grabber) -> None:
        """Pass on pictures until the camera has to be opened again."""
        grabber.__enter__()
        try:
            self._listen(grabber)
        finally:
            if not grabber.leave(LEAVE_S):
                log.warning("camera: its driver does not answer; the thread in it is left behind")

    def _is_free_of(self, grabber: Grabber) -> bool:
        """Remember who is stuck in a driver; True if the oldest attempt that was still under way has come back.

        Later ones that come back tell nothing: they may fail because the stuck one holds the camera.
        """
        under_way = [*self._stuck, grabber]
        self._stuck = [one for one in under_way if one.alive]
        return under_way[0] not in self._stuck

    def _listen(self, grabber: Grabber) -> None:
        heard, limit_s = False, OPEN_S
        heard_s = sound_s = time.monotonic()
        while not self._closed.is_set():
            news = grabber.wait_news(TICK_S)
            now_s = time.monotonic()
            if news.shot is not None or news.spoiled:
                sound_s = sound_s if heard else now_s
                heard, heard_s, limit_s = True, now_s, self._silent_s
            if self._judge(news, now_s):
                sound_s = now_s
            if news.failure is not None:
                self._lose(news.failure, heard)
                return
            if now_s - sound_s > limit_s:
                if now_s - heard_s > limit_s:
                    self._lose(SilentCamera(f"no picture for {now_s - heard_s:.1f} s"), heard)
                return

    def _judge(self, news: News, now_s: float) -> bool:
        """Pass on what is new and sound; True if something was."""
        if news.spoiled:
            self._spoiled += news.spoiled
            self._book.see(TRUNCATED, news.words)
        if news.shot is None:
            return False
        finding = self._inspector.inspect(news.shot.image, now_s)
        if finding.fault is not None:
            self._book.see(finding.fault, finding.words)
        if not finding.usable:
            return False
        self._pictures += 1
        self._put(news.shot)
        if finding.fault is None and not news.spoiled:
            self._book.see_sound()
        return True

    def _put(self, shot: Shot | Absence) -> None:
        self._number += 1
        self.newest.put(self._number, Taken(self._number, shot, self._spoiled))

    def _lose(self, failure: BaseException, heard: bool) -> None:
        words = str(failure) if isinstance(failure, Refusal) else f"{type(failure).__name__}: {failure}"
        if not (self._pictures or self._patient):
            self.refusal = failure
        elif heard:
            self._book.see(STALLED if isinstance(failure, SilentCamera) else LOST, words)
        else:
            self._book.fail_to_open(words)

    def _wait_for_stuck(self) -> None:
        while not self._closed.is_set():
            self._stuck = [grabber for grabber in self._stuck if grabber.alive]
            if len(self._stuck) < MOST_STUCK:
                return
            self._book.fail_to_open(
                "its driver does not answer (expected it to; unplug it, or start this computer anew)"
            )
            self._closed.wait(LONGEST_PAUSE_S)
