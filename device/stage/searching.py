"""Whether a place was seen before, anywhere on the slide: a search that takes a little of each frame's time."""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.stage.keyframes import Keyframe, SlideMap
from device.stage.picture import LEVELS, SmallPicture, transform
from device.stage.shift import Shift, confirm_shift, correlate_phase

AT_ONCE = 64
"""Keyframes looked through for one frame: 4 to 5 ms."""

TOGETHER = 16  # are transformed at once; more take longer each, because they do not fit the processor's cache

LOOKED_AT = 4  # of them all, those whose peak stands out most are laid over the picture
MOST_WAITING = 64  # places that wait to be searched for; those of a hand that hurries on are let go


@dataclass(slots=True)
class _Search:
    wanted: Keyframe
    left: deque[Keyframe]


class Searcher:
    """Holds new keyframes against those of other regions, a few at each frame.

    Args:
        places: the keyframes.
    """

    def __init__(self, places: SlideMap) -> None:
        self._map = places
        self._waiting: deque[_Search] = deque()

    def want(self, keyframe: Keyframe) -> None:
        """Ask whether a place was seen in another region; the answer comes by `go_on`."""
        left = deque(self._map.others(keyframe.region))
        if not left:
            keyframe.compared = True
            return
        self._waiting.appendleft(_Search(keyframe, left))  # where the stage is now comes first
        while len(self._waiting) > MOST_WAITING:
            self._waiting.pop().wanted.compared = True

    def go_on(self) -> tuple[Keyframe, Keyframe, Shift] | None:
        """Search a little.

        Returns:
            The keyframe that was asked for, the one that shows the same place, and how they lie; None: not found yet.
        """
        budget = AT_ONCE
        while self._waiting and budget > 0:
            search = self._waiting[0]
            looked = [search.left.popleft() for _ in range(min(budget, len(search.left)))]
            budget -= len(looked)
            wanted = search.wanted
            found = self._look(wanted, [k for k in looked if k.region != wanted.region and _fit(k, wanted)])
            if not search.left or found:
                self._waiting.popleft()
                wanted.compared = True
            if found:
                return wanted, *found
        return None

    def forget(self, region: int) -> None:
        """Stop searching for the places of a region."""
        self._waiting = deque(search for search in self._waiting if search.wanted.region != region)

    def _look(self, wanted: Keyframe, among: list[Keyframe]) -> tuple[Keyframe, Shift] | None:
        if not among:
            return None
        picture = self._map.unpack(wanted)
        values = np.stack([keyframe.packed for keyframe in among]).astype(np.float32)
        values /= np.float32(LEVELS)
        parts = [_find_peaks(values[at : at + TOGETHER], picture) for at in range(0, len(among), TOGETHER)]
        peaks, standing_out = (np.concatenate(part) for part in zip(*parts, strict=True))
        found: list[tuple[float, int, Shift]] = []
        for at in np.argsort(-standing_out)[:LOOKED_AT].tolist():
            shift = confirm_shift(values[at], picture.values, int(peaks[at]))
            if shift is not None:
                found.append((shift.likeness, at, shift))
        if not found:
            return None
        _, at, shift = max(found, key=lambda one: one[0])
        return among[at], shift


def _find_peaks(values: NDArray[np.float32], picture: SmallPicture) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    surfaces = correlate_phase(transform(values), picture.spectrum, picture).reshape(len(values), -1)
    return surfaces.argmax(axis=1), surfaces.max(axis=1) / np.maximum(surfaces.std(axis=1), 1e-12)


def _fit(keyframe: Keyframe, other: Keyframe) -> bool:
    return keyframe.packed.shape == other.packed.shape and keyframe.um_per_px == other.um_per_px
