"""The page's web server: waitress in a worker of its own, its port taken before anything else is."""

import logging
import socket
import time
from functools import partial
from typing import Any, Self

from waitress import create_server, wasyncore

from contract.failures import Refusal
from device.page.app import create_app
from device.page.body_limits import MOST_HEADER_BYTES, find_most_bytes
from device.page.instrument import Instrument
from device.page.upload_bodies import BoundedChannel
from device.worker import Worker

MOST_BUFFERED = 256 * 1024
"""Bytes that may wait for a slow reader of a stream, about two frames; then its thread waits and skips frames."""

DEAD_READER_MS = 20_000
"""A reader that takes nothing for so long is cut off; else it would hold a thread of a stream for ever."""

CONNECTIONS = 200
"""Open sockets; browsers keep six each."""

SILENT_S = 60
"""A connection that asks nothing for so long is closed, one that never ends its request too."""

LOOK_S = 1.0
"""How often the loop looks up without being woken."""

ENDING_S = 2.0
"""Longest time in which answers on their way may arrive once the server is told to stop: a picture on a slow line."""


class ServerError(Refusal):
    """The page's address cannot be used. Stop the program that has it, or choose another device.page.port."""

    exit_code = 5


class PageServer(Worker):
    """Serves the page; opened by ``with``, which takes the port and fails in one line if it cannot.

    ``stop`` takes no request more, lets answers on their way arrive for `ENDING_S`, cuts what is left, and gives the
    port free. Close ``instrument.live`` before: requests that wait for a frame then end at once.

    Args:
        instrument: what the page shows; its settings say host, port (0: any free one) and threads.
    """

    def __init__(self, instrument: Instrument) -> None:
        super().__init__("page")
        self._instrument = instrument
        self._sockets: dict[int, Any] = {}
        self._asked_to_stop = False
        self._over = False
        self._server: Any = None

    def __enter__(self) -> Self:
        """Take the port and start.

        Raises:
            ServerError: the address is taken, not ours, or not allowed.
            AccessError: the page would stand open on a network.
            PasswordError: the password file cannot be used.
        """
        settings = self._instrument.settings.page
        app = create_app(self._instrument)
        listener = listen(settings.host, settings.port)
        self.host, self.port = listener.getsockname()[:2]
        # with as many viewers as threads requests queue for milliseconds: normal here, and warned of each time
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._server = create_server(
            app,
            map=self._sockets,
            sockets=[listener],
            threads=0,
            ident="",
            connection_limit=CONNECTIONS,
            max_request_body_size=find_most_bytes() + 1,  # waitress refuses what is as large as this
            inbuf_overflow=find_most_bytes() + 1,  # larger would be laid on the disk
            max_request_header_size=MOST_HEADER_BYTES,
            channel_timeout=SILENT_S,
            outbuf_high_watermark=MOST_BUFFERED,
            channel_request_lookahead=1,  # lets a stream notice that its reader went away
        )
        self._server.channel_class = partial(BoundedChannel, app)
        return super().__enter__()

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - a comparison, not a binding
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def work(self) -> None:
        """Serve until told to stop; then close in the thread that owns the sockets."""
        try:
            # from here, so that they have this thread's rank
            self._server.task_dispatcher.set_thread_count(self._instrument.settings.page.threads)
            while not self._over:
                self._turn(LOOK_S)
            self._let_answers_arrive()
        finally:
            for channel in list(self._server.active_channels.values()):
                channel.handle_close()
            self._server.task_dispatcher.shutdown()  # its threads outlive the server otherwise
            self._server.close()

    def stop(self) -> None:
        """Wake the loop to end."""
        if not self._asked_to_stop:
            self._asked_to_stop = True
            # in the loop's own thread: else it could end by itself and close the trigger before it is pulled
            self._server.trigger.pull_trigger(self._end)

    def _end(self) -> None:
        self._over = True

    def _let_answers_arrive(self) -> None:
        self._server.accepting = False
        until_s = time.monotonic() + ENDING_S
        while (channels := list(self._server.active_channels.values())) and time.monotonic() < until_s:
            for channel in channels:
                if not channel.requests:
                    channel.close_when_flushed = True
            self._turn(until_s - time.monotonic())

    def _turn(self, timeout_s: float) -> None:
        wasyncore.loop(timeout=max(timeout_s, 0.0), map=self._sockets, count=1, use_poll=True)


def listen(host: str, port: int) -> socket.socket:
    """Take an address; whoever only wants to know whether it is free closes the socket at once.

    Args:
        host: name or address of this machine.
        port: 0: any free one.

    Returns:
        A listening socket.

    Raises:
        ServerError: the address is taken, or not ours.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServerError(
            f"device.page.host: {host!r}: {error.strerror} (expected an address of this machine)"
        ) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # connections inherit both; left alone, the system would buffer megabytes for a slow reader: half a minute
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST_BUFFERED)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_READER_MS)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise ServerError(f"{host}:{port}: {error.strerror} (expected a free port; choose device.page.port)") from error
    return listener
