"""How the web server takes in a large body: in memory, so that no picture is laid on the disk, and few at a time."""

import threading
from typing import ClassVar
from weakref import WeakSet

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

from device.page.body_limits import MOST_JSON_BYTES

MOST_LARGE = 3
"""Large bodies in memory at once, those still on the way among them: 96 MB, whoever sends them."""


class _TooManyBodies(Error):  # type: ignore[misc]
    code = 429
    reason = "Too Many Requests"


class BoundedParser(HTTPRequestParser):  # type: ignore[misc]
    """Reads a request; refuses a large one while `MOST_LARGE` others are in memory."""

    _lock = threading.Lock()
    _large: ClassVar[WeakSet["BoundedParser"]] = WeakSet()

    def received(self, data: bytes) -> int:
        """Take bytes of the request; returns how many were its own."""
        consumed = int(super().received(data))
        if max(self.content_length, self.body_bytes_received) > MOST_JSON_BYTES and not self.error:
            self._join()
        return consumed

    def _join(self) -> None:
        with self._lock:
            if self in self._large:
                return
            if len(self._large) < MOST_LARGE:
                self._large.add(self)
                return
        self.error = _TooManyBodies("large requests are being read (expected fewer at once); send it again")
        self.completed = True

    def close(self) -> None:
        """Let the body go; the request is answered, or its sender is gone."""
        with self._lock:
            self._large.discard(self)
        super().close()


class BoundedChannel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests are read so."""

    parser_class = BoundedParser

    def handle_close(self) -> None:
        """Close, and let go of what was still on the way."""
        super().handle_close()
        if self.request is not None:
            self.request.close()
