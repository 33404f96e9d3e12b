"""How the web server takes in a large body: in memory, so that no picture is laid on the disk, and few at a time."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar
from weakref import WeakSet

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

from device.page.body_limits import MOST_JSON_BYTES
from device.page.early import Refused, brings_password, find_refusal
from device.page.sending import WholeTask

MOST_LARGE = 3
"""Large bodies in memory at once, those still on the way among them: 96 MB, whoever sends them."""

MOST_UNCHECKED = 2
"""Of these, with a password that is checked only when the body is there; one place is left for who has signed in."""

Ask = Callable[["BoundedParser"], tuple[Refused | None, bool]]
"""Gives a guard's refusal by a request's head, and whether who sends it is still to be checked."""


class _TooManyBodies(Error):  # type: ignore[misc]
    code = 429
    reason = "Too Many Requests"


class BoundedParser(HTTPRequestParser):  # type: ignore[misc]
    """Reads a request; refuses a large one by its head, or while `MOST_LARGE` others are in memory.

    What a guard refuses is read to its end and kept nowhere: a sender who is cut off never hears why.
    """

    _lock = threading.Lock()
    _large: ClassVar[WeakSet["BoundedParser"]] = WeakSet()
    completed: bool
    error: Error | None
    expect_continue: bool

    def __init__(self, adjustments: Any, ask: Ask) -> None:
        super().__init__(adjustments)
        self._ask: Ask | None = ask
        self._refused: Refused | None = None
        self._is_unchecked = False

    def received(self, data: bytes) -> int:
        """Take bytes of the request; returns how many were its own."""
        consumed = int(super().received(data))
        if self._ask is not None and not self.error and self.brought > MOST_JSON_BYTES:
            (self._refused, self._is_unchecked), self._ask = self._ask(self), None
            if self._refused is None:
                self._join()
            else:
                self._drop()
        if self.completed and not self.error:
            self.error = self._refused
        return consumed

    @property
    def brought(self) -> int:
        """Bytes of the body as far as is known."""
        return int(max(self.content_length, self.body_bytes_received))

    def _join(self) -> None:
        with self._lock:
            unchecked = sum(parser._is_unchecked for parser in self._large)
            if len(self._large) < MOST_LARGE and not (self._is_unchecked and unchecked >= MOST_UNCHECKED):
                self._large.add(self)
                return
        self.error = _TooManyBodies("large requests are being read (expected fewer at once); send it again")
        self.completed = True

    def _drop(self) -> None:
        self.body_rcv.getbuf().close()
        self.body_rcv.buf = _Nothing()
        if self.expect_continue:  # who asks before sending is told at once
            self.expect_continue, self.completed = False, True

    def close(self) -> None:
        """Let the body go; the request is answered, or its sender is gone."""
        with self._lock:
            self._large.discard(self)
        super().close()


class _Nothing:
    """A buffer that keeps nothing."""

    def append(self, data: bytes) -> None:
        """Forget."""

    def close(self) -> None:
        """Nothing is open."""

    def __len__(self) -> int:
        return 0


class BoundedChannel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests are read so; its guards are those of the page."""

    task_class = WholeTask

    def __init__(self, app: Flask, *wiring: Any, **named: Any) -> None:
        super().__init__(*wiring, **named)
        self._app = app
        self.parser_class = partial(BoundedParser, ask=self._ask)

    def _ask(self, request: BoundedParser) -> tuple[Refused | None, bool]:
        environ = WholeTask(self, request).get_environment()
        return find_refusal(self._app, environ, request.brought), brings_password(environ)

    def handle_close(self) -> None:
        """Close, and let go of what was still on the way."""
        super().handle_close()
        if self.request is not None:
            self.request.close()
