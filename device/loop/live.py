"""The newest frame as people see it: encoded once when somebody looks, however many look."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from contract.image import encode_jpeg
from device.drawing.overlay import draw_overlay
from device.loop.screen import Ready, Screen, number
from device.preclassification import Annotated, Judged

KEPT = 4
"""Encoded frames that are kept for whoever asks next."""


@dataclass(slots=True, eq=False)
class _Encoded:
    judged: Judged
    view: bytes | None = None
    annotated: Annotated | None = None


class Live:
    """The slot between the live loop, which fills it, and viewers, who each pull at their own pace.

    A frame is drawn and encoded in the thread of the first viewer who wants it, and all others get the same bytes. A
    frame that nobody looks at costs nothing and wakes nobody, and a viewer on a slow line holds up neither the loop nor
    other viewers.

    Args:
        jpeg_quality: of pictures, 1..100.
        most_per_s: frames shown in a second at most; more than a person sees would take from the count.
        drew: told the milliseconds that drawing and encoding took.
    """

    def __init__(
        self, jpeg_quality: int, most_per_s: float, drew: Callable[[float, float], None] = lambda _draw, _encode: None
    ) -> None:
        self._jpeg_quality = jpeg_quality
        self._drew = drew
        self._screen = Screen(1 / most_per_s)
        self._encoding = threading.Lock()
        self._encoded: OrderedDict[int, _Encoded] = OrderedDict()
        self._artist: ThreadPoolExecutor | None = None

    @property
    def closed(self) -> bool:
        """True once no newer frame will come."""
        return self._screen.closed

    def put(self, judged: Judged) -> None:
        """Show a frame from now on; its number is greater than those before."""
        self._screen.put(judged)

    def find_newest(self) -> Judged | None:
        """Give the newest frame, or None before the first."""
        return self._screen.newest

    def wait_newer(self, after: int, timeout_s: float, ready: Ready = lambda _: None) -> Judged | None:
        """Give a frame newer than ``after``, waiting for it if need be.

        Args:
            after: number of the frame the viewer has; 0 for none.
            timeout_s: longest wait in seconds for a frame to come.
            ready: what the viewer asks for next, `encode_view` or `annotate`: one viewer does it before all others who
                wait are woken, so that they find it done.

        Returns:
            The newest frame, or the one on the screens where that is newer and the next is not due yet; None if none
            newer came in time, or none will come.
        """
        return self._screen.wait_newer(after, timeout_s, ready)

    def encode_view(self, judged: Judged) -> bytes:
        """Give a frame as a JPEG with nothing drawn on it; any thread may ask."""
        with self._encoding:
            entry = self._find(judged)
            if entry.view is None:
                begun_s = time.monotonic()
                entry.view = encode_jpeg(judged.prediction.frame.view, self._jpeg_quality)
                self._drew(0.0, (time.monotonic() - begun_s) * 1000)
            return entry.view

    def annotate(self, judged: Judged) -> Annotated:
        """Give a frame as a JPEG with everything drawn on it that is known; any thread may ask."""
        with self._encoding:
            entry = self._find(judged)
            if entry.annotated is None:
                entry.annotated = self._draw(judged)
            return entry.annotated

    def _draw(self, judged: Judged) -> Annotated:
        # One thread draws for all: OpenCV loads its fonts again for each thread, 9 MB a time.
        if self._artist is None:
            self._artist = ThreadPoolExecutor(max_workers=1, thread_name_prefix="drawing")
        return self._artist.submit(self._draw_now, judged).result()

    def _draw_now(self, judged: Judged) -> Annotated:
        begun_s = time.monotonic()
        picture = draw_overlay(judged.prediction, judged.marks)
        drawn_s = time.monotonic()
        annotated = Annotated(judged, encode_jpeg(picture, self._jpeg_quality))
        self._drew((drawn_s - begun_s) * 1000, (time.monotonic() - drawn_s) * 1000)
        return annotated

    def close(self) -> None:
        """Say that nothing newer will come: waiting viewers are answered at once. May be called twice."""
        self._screen.close()
        with self._encoding:
            if self._artist is not None:
                self._artist.shutdown()
                self._artist = None

    def _find(self, judged: Judged) -> _Encoded:
        entry = self._encoded.get(number(judged))
        if entry is None or entry.judged is not judged:
            entry = self._encoded[number(judged)] = _Encoded(judged)
            while len(self._encoded) > KEPT:
                self._encoded.popitem(last=False)
        return entry
