"""How the web server sends an answer: head and body in one piece where the body is one.

Each call of the system lets another thread take the interpreter, and the count waits for it: eight viewers ask for two
hundred pictures a second.
"""

from waitress.task import WSGITask


class WholeTask(WSGITask):  # type: ignore[misc]
    """Answers a request."""

    wrote_header: bool

    def write(self, data: bytes) -> None:
        """Send a part of the answer, the head before the first."""
        is_whole = self.complete and not self.wrote_header and self.content_length == len(data)
        if not (data and is_whole and self.has_body):
            super().write(data)
            return
        head = self.build_response_header()
        self.channel.write_soon(head + data)
        self.wrote_header = True
        self.content_bytes_written = len(data)
