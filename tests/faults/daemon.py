"""Watches the page of a running daemon while its camera misbehaves, and reads what it wrote down."""

import json
import sqlite3
import threading
import time
import urllib.error
from dataclasses import dataclass, field
from datetime import datetime

import cv2
import numpy as np

from tests.running import get


@dataclass
class Seen:
    """One frame as a viewer got it."""

    at_s: float
    seq: int
    number: int | None  # None: black


@dataclass
class Viewer:
    """Pulls frames as a browser does, and compares overlay, hash and facts of each.

    Args:
        address: of the page.
        pictures: what the camera serves.
    """

    address: str
    pictures: object
    seen: list = field(default_factory=list)
    wrong: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self):
        self._thread = threading.Thread(target=self._pull, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self._thread.join(20)

    def _pull(self):
        seq = 0
        while not self.over.is_set():
            try:
                jpeg, headers, status = get(self.address, f"/api/v1/frame.jpg?after={seq}")
                if status != 200:
                    continue
                seq = int(headers["X-Frame-Seq"])
                facts = json.loads(get(self.address, f"/api/v1/frame.json?seq={seq}")[0])
            except (OSError, urllib.error.URLError) as error:
                self.failed.append(f"{error}")
                self.over.wait(0.5)
                continue
            self._compare(jpeg, headers, facts, seq)

    def _compare(self, jpeg, headers, facts, seq):
        overlay = cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        digest = headers["X-Frame-Sha256"]
        if overlay.shape != self.pictures.shape:
            return self.wrong.append(f"frame {seq}: {overlay.shape} (expected {self.pictures.shape})")
        if facts["sha256"] != digest or facts["seq"] != seq:
            self.wrong.append(f"frame {seq}: its facts are those of another frame")
        number = None if digest == self.pictures.black_digest else self.pictures.read(overlay)
        if number is not None and self.pictures.digest(number) != digest:
            self.wrong.append(f"frame {seq}: shows picture {number}, and says it is another")
        last = next((seen.number for seen in reversed(self.seen) if seen.number is not None), None)
        if number is not None and last is not None and number <= last:
            self.wrong.append(f"frame {seq}: picture {number} after {last}: an old one passed for new")
        return self.seen.append(Seen(time.monotonic(), seq, number))


def read_events(database):
    """Kind, moment and detail of every event of a camera, in order."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT at, level, kind, detail FROM event WHERE kind LIKE 'camera%' ORDER BY at"
        ).fetchall()
    finally:
        connection.close()
    return [(datetime.fromisoformat(at), level, kind, json.loads(detail)) for at, level, kind, detail in rows]
