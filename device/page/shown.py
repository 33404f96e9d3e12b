"""Which frames are on somebody's screen: a wish for "this one" comes when the camera is already further."""

import threading
from collections import OrderedDict

from device.preclassification import Judged

KEPT = 4
"""Frames that viewers were given last: two of each viewer (on the screen, on the way), for two at once."""

KEPT_BYTES = 12 * 2**20
"""Memory for their pixels: four frames of 1 megapixel; a larger camera keeps fewer, and always the newest."""

HELD = 2
"""Frames that paused viewers look at; the longest held gives way to a new one."""


class Shown:
    """The frames that viewers were given, so that what they ask for is what they see; any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given: OrderedDict[int, Judged] = OrderedDict()
        self._held: OrderedDict[int, Judged] = OrderedDict()

    def remember(self, judged: Judged) -> None:
        """Keep a frame that a viewer is about to get; the oldest are let go."""
        with self._lock:
            seq = judged.prediction.frame.seq
            self._given[seq] = judged
            self._given.move_to_end(seq)
            while len(self._given) > KEPT or (len(self._given) > 1 and self._bytes() > KEPT_BYTES):
                self._given.popitem(last=False)

    def find(self, seq: int) -> Judged | None:
        """Give the frame with this number, or None if no viewer had it lately."""
        with self._lock:
            return self._held.get(seq) or self._given.get(seq)

    def hold(self, seq: int) -> bool:
        """Keep a frame for a viewer who paused on it.

        Args:
            seq: number of the frame.

        Returns:
            False if it is already gone.
        """
        judged = self.find(seq)
        if judged is None:
            return False
        with self._lock:
            self._held[seq] = judged
            self._held.move_to_end(seq)
            while len(self._held) > HELD:
                self._held.popitem(last=False)
            return True

    def _bytes(self) -> int:
        frames = (judged.prediction.frame for judged in self._given.values())
        return sum(frame.image.nbytes + (frame.view.nbytes if frame.optics else 0) for frame in frames)
