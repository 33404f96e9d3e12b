"""Viewers of the live page: each pulls picture after picture on a connection it keeps, as a browser does."""

import http.client
import threading
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

CHUNK = 16 * 1024


class Viewer:
    """One viewer in a thread of its own.

    Args:
        address: of the page.
        bytes_per_s: what its line carries; None: no limit.
    """

    def __init__(self, address: str, bytes_per_s: float | None = None) -> None:
        self.ages_s: list[float] = []
        self._host = urlsplit(address).netloc
        self._bytes_per_s = bytes_per_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Viewer":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def p95_s(self, since: int = 0) -> float:
        """95th percentile of the age of pictures: from their exposure to their last byte."""
        ages = sorted(self.ages_s[since:])
        return ages[min(len(ages) - 1, int(0.95 * len(ages)))]

    def _watch(self) -> None:
        line, seq = http.client.HTTPConnection(self._host, timeout=20), "0"
        while not self._stop.is_set():
            line.request("GET", f"/api/v1/view.jpg?after={seq}")
            answer = line.getresponse()
            self._read(answer)
            if answer.status == 200:
                seq = answer.headers["X-Frame-Seq"]
                captured = datetime.fromisoformat(answer.headers["X-Captured-At"])
                self.ages_s.append((datetime.now(UTC) - captured).total_seconds())
        line.close()

    def _read(self, answer: http.client.HTTPResponse) -> None:
        while chunk := answer.read(CHUNK):
            if self._bytes_per_s is not None:
                time.sleep(len(chunk) / self._bytes_per_s)
