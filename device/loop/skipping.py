"""What happens to a picture that cannot be analysed: left out, counted, and after too many the camera is at fault."""

import logging
import threading

from device.cameras.source import SourceError
from device.loop.health import HealthBook

BAD_IN_A_ROW = 25
"""Pictures that may fail one after the other; more are no bad frame but a bad camera."""

log = logging.getLogger(__name__)


class Skipping:
    """Counts bad pictures; any stage may report one.

    Args:
        camera: name of the source, for the message.
        health: the books.
    """

    def __init__(self, camera: str, health: HealthBook) -> None:
        self._camera = camera
        self._health = health
        self._lock = threading.Lock()
        self._in_a_row = 0

    def skip(self, name: str, bad: Exception) -> None:
        """Leave a picture out.

        Args:
            name: of the picture.
            bad: why.

        Raises:
            SourceError: too many one after the other.
        """
        log.warning("skipped: %s: %s", name, bad)
        self._health.skip()
        with self._lock:
            self._in_a_row += 1
            too_many = self._in_a_row >= BAD_IN_A_ROW
        if too_many:
            raise SourceError(f"{self._camera}: {BAD_IN_A_ROW} bad pictures in a row, the last: {bad}") from bad

    def forget(self) -> None:
        """Begin to count anew: a picture was good."""
        with self._lock:
            self._in_a_row = 0
