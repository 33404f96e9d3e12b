"""A camera on the network: a Motion JPEG stream over HTTP.

Read with the standard library, not with OpenCV: that decodes cut pictures with grey where something is missing, hands
out old ones from its queue to a slow reader, and waits 30 s where a server falls silent.
"""

import socket
from base64 import b64encode
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Self
from urllib.parse import unquote, urlsplit

from device.cameras.jpeg import decode_jpeg
from device.cameras.live import SilentCamera
from device.cameras.mjpeg_parts import Part, PartReader, find_boundary
from device.cameras.pacing import Pace
from device.cameras.source import Shot, SourceError

SILENCE_S = 2.0
"""Longest time without a single byte, when opening as when reading."""

PICTURE_S = 5.0
"""Longest time for one picture that comes drop by drop."""


class MjpegCamera:
    """Reads a stream as fast as it comes, so that nothing old is left in a queue, and decodes what is asked for.

    Args:
        url: ``http://`` or ``https://``, perhaps with user and password.
        fps: pictures a second decoded at most; those between are read and thrown away. 0: all.
    """

    def __init__(self, url: str, fps: float) -> None:
        self._url = urlsplit(url)
        self._pace = Pace(fps)
        self._number = 0
        self._open = ExitStack()
        self._parts: PartReader

    def __enter__(self) -> Self:
        """Connect.

        Raises:
            SilentCamera: the server does not answer in time.
            SourceError: there is no server, or it sends something else than Motion JPEG.
        """
        with ExitStack() as opening:
            connection = opening.enter_context(closing(self._connect()))
            # The connection hands its socket over to the response, which has to be closed by itself.
            response = opening.enter_context(self._ask(connection))
            self._parts = PartReader(response, find_boundary(response), PICTURE_S)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        """Disconnect."""
        self._open.close()

    def photograph(self) -> Shot:
        """Wait for the next picture that is due; see `LiveCamera`."""
        part = self._read()
        while not self._pace.is_due():
            part = self._read()
        self._pace.take()
        self._number += 1
        return Shot(decode_jpeg(part.content), part.begun_at, None, f"picture {self._number:06d}", simulated=False)

    def _connect(self) -> HTTPConnection:
        host = self._url.hostname
        if not host:
            raise SourceError(f"camera: no host in {self._url.path!r} (expected for example http://host/stream.mjpg)")
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        return kind(host, self._url.port, timeout=SILENCE_S)

    def _ask(self, connection: HTTPConnection) -> HTTPResponse:
        path = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        try:
            connection.request("GET", path, headers=self._sign())
            response = connection.getresponse()
        except TimeoutError as error:
            raise SilentCamera(f"{self._place}: no answer in {SILENCE_S:.0f} s (expected a stream)") from error
        except (OSError, HTTPException) as error:
            raise SourceError(f"{self._place}: {describe(error)} (expected a server with a stream)") from error
        if response.status != 200:
            response.close()
            raise SourceError(f"{self._place}: {response.status} {response.reason} (expected a stream)")
        return response

    def _read(self) -> Part:
        try:
            return self._parts.read()
        except TimeoutError as error:
            raise SilentCamera(f"nothing came for {SILENCE_S:.0f} s") from error
        except (OSError, HTTPException) as error:
            raise SourceError(f"{self._place}: {describe(error)} (expected a stream that goes on)") from error

    def _sign(self) -> dict[str, str]:
        if self._url.username is None:
            return {}
        pair = f"{unquote(self._url.username)}:{unquote(self._url.password or '')}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    @property
    def _place(self) -> str:
        return name_of(self._url.geturl())


def name_of(url: str) -> str:
    """Give the address without user and password, for the log and the records."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def describe(error: Exception) -> str:
    """Say in words what a connection failed of."""
    if isinstance(error, socket.gaierror):
        return "no such host"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
