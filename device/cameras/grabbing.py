"""The one thread that talks to a live camera: it may get stuck in a driver, and is then left behind."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from device.cameras.live import LiveCamera, SpoiledPicture
from device.cameras.source import Shot
from device.worker import Worker


@dataclass(frozen=True, slots=True)
class News:
    """What happened at the camera since it was asked last.

    Attributes:
        shot: the newest picture; None: none came.
        spoiled: pictures that came damaged.
        words: how the last of them was damaged.
        failure: why the camera gives nothing any more; None: it goes on.
    """

    shot: Shot | None
    spoiled: int
    words: str
    failure: BaseException | None


class Grabber(Worker):
    """Opens a camera, keeps the newest of its pictures, and closes it, all in a thread of its own.

    It is never joined without a limit: a driver may keep the thread for ever. It is a daemon, so the program ends
    none the less, and what it still gives is taken by nobody.

    Args:
        make: makes the camera, not yet opened.
    """

    def __init__(self, make: Callable[[], LiveCamera]) -> None:
        super().__init__("camera")
        self._make = make
        self._changed = threading.Condition()
        self._told_to_leave = False
        self._over = False
        self._shot: Shot | None = None
        self._spoiled = 0
        self._words = ""

    def work(self) -> None:
        """Give pictures until told to stop or until the camera fails."""
        with self._make() as camera:
            while not self._told_to_leave:
                try:
                    shot = camera.photograph()
                except SpoiledPicture as spoiled:
                    self._put(None, str(spoiled))
                else:
                    self._put(shot, "")

    def stop(self) -> None:
        """Tell the thread to close the camera after the picture it waits for."""
        self._told_to_leave = True

    def ended(self) -> None:
        """Wake whoever waits for news: there is a failure, or nothing more will come."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def wait_news(self, timeout_s: float) -> News:
        """Take what is new, waiting for something to happen.

        Args:
            timeout_s: longest wait in seconds.

        Returns:
            The news, which is then no longer new; empty where nothing happened.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._shot or self._spoiled or self._over, timeout_s)
            news = News(self._shot, self._spoiled, self._words, self._failure)
            self._shot, self._spoiled = None, 0
            return news

    def leave(self, patience_s: float) -> bool:
        """Tell the thread to end and wait a little for it.

        Args:
            patience_s: longest wait in seconds.

        Returns:
            False if it is stuck in the driver.
        """
        self.stop()
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """True while the thread lives."""
        return self._thread.is_alive()

    def _put(self, shot: Shot | None, words: str) -> None:
        with self._changed:
            if shot is None:
                self._spoiled, self._words = self._spoiled + 1, words
            else:
                self._shot = shot
            self._changed.notify_all()
