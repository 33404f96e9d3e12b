"""How a stream of JPEGs over HTTP is taken apart (multipart/x-mixed-replace)."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPResponse
from typing import Protocol

from device.cameras.live import SilentCamera, SpoiledPicture
from device.cameras.source import SourceError

MOST_BYTES = 32 * 2**20
"""No picture is larger; what claims to be is not read."""

_LONGEST_LINE = 65536


class Stream(Protocol):
    """What is read: a response whose body has not been read yet."""

    def readline(self, limit: int = -1, /) -> bytes:
        """Read to the end of the line, ``limit`` bytes at most; nothing: the stream has ended."""

    def read1(self, n: int = -1, /) -> bytes:
        """Read what is there, ``n`` bytes at most; nothing: the stream has ended."""


def find_boundary(response: HTTPResponse) -> bytes:
    """Find what stands between the pictures.

    Args:
        response: of the stream's server.

    Returns:
        The line that begins each part, without its end.

    Raises:
        SourceError: the answer is no such stream.
    """
    kind = response.headers.get_content_type()
    boundary = response.headers.get_param("boundary")
    if kind != "multipart/x-mixed-replace" or not isinstance(boundary, str):
        raise SourceError(f"content type: {kind} (expected multipart/x-mixed-replace: a Motion JPEG stream)")
    # Some servers write the dashes of the delimiter into the name of the boundary already.
    return b"--" + boundary.removeprefix("--").encode()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the stream.

    Attributes:
        begun_at: aware UTC time at which its first bytes came.
        content: its bytes, a whole picture or not: whoever gets it has to look.
    """

    begun_at: datetime
    content: bytes


class PartReader:
    """Reads one part after the other; what stands between two boundaries is skipped.

    Args:
        stream: what is read.
        boundary: as `find_boundary` gives it.
        longest_s: seconds that one part may take.
    """

    def __init__(self, stream: Stream, boundary: bytes, longest_s: float) -> None:
        self._stream = stream
        self._boundary = boundary
        self._longest_s = longest_s
        self._at_boundary = False
        self._until_s = 0.0

    def read(self) -> Part:
        """Read the next part.

        Raises:
            SourceError: the stream ended.
            SilentCamera: the part takes too long.
            SpoiledPicture: it is larger than any picture.
        """
        self._until_s = time.monotonic() + self._longest_s
        while not self._at_boundary:
            self._read_line()
        begun_at = datetime.now(UTC)
        self._at_boundary = False
        length = self._read_length()
        return Part(begun_at, self._read_body() if length is None else self._read_exactly(length))

    def _read_length(self) -> int | None:
        length = None
        while line := self._read_line().strip():
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length" and value.strip().isdigit():
                length = int(value)
        return length

    def _read_exactly(self, length: int) -> bytes:
        if length > MOST_BYTES:
            raise SpoiledPicture(f"a picture of {length} bytes (expected {MOST_BYTES} at most)")
        content = bytearray()
        while len(content) < length:
            content += self._check(self._stream.read1(length - len(content)))
        return bytes(content)

    def _read_body(self) -> bytes:
        content = bytearray()
        while not self._at_boundary:
            if len(content) > MOST_BYTES:
                raise SpoiledPicture(f"a picture of more than {MOST_BYTES} bytes without an end (expected a boundary)")
            line = self._read_line()
            content += b"" if self._at_boundary else line
        return bytes(content).removesuffix(b"\n").removesuffix(b"\r")

    def _read_line(self) -> bytes:
        line = self._check(self._stream.readline(_LONGEST_LINE))
        self._at_boundary = line.startswith(self._boundary)
        return line

    def _check(self, piece: bytes) -> bytes:
        if not piece:
            raise SourceError("the stream ended (expected one that goes on)")
        if time.monotonic() > self._until_s:
            raise SilentCamera(f"no whole picture in {self._longest_s:.0f} s")
        return piece
