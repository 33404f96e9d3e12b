"""Where the stage stands, seen by the pictures alone: successive frames are laid over each other."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.records import Frame, StagePosition

WIDTH_PX = 256
"""Width of the small picture: 0.3 ms for a comparison, and 0.05 px of it are far less than a cell."""

SAME_SCENE = 0.25
"""Least correlation of what two pictures share, for them to be neighbours. Measured on 341 Raspberry Pi fields: fields
of different slides reach 0.08, overlapping neighbours start at 0.36; the response of phase correlation itself does not
part them (0.15 against 0.06)."""

LEAST_OVERLAP = 0.1  # of the picture's area; under this, a few cells may resemble others by chance
MOST_REST_PX = 3.0  # a correction larger than this is none
NEW_REFERENCE = 0.25  # of the width: further away the overlap with the reference grows thin


@dataclass(frozen=True, slots=True)
class _Look:
    picture: NDArray[np.float32]
    um_per_px: float
    x_um: float
    y_um: float


class StageFollower:
    """Follows the stage from frame to frame by phase correlation.

    A frame is compared with a reference frame rather than with the one before, so that errors do not add up while the
    stage rests; the reference moves on when the overlap gets thin. A jump further than the view begins a new region.

    Args:
        still_um: the stage stands still when it moves less than this between two frames.
    """

    def __init__(self, still_um: float) -> None:
        self._still_um = still_um
        self._region = 0
        self._reference: _Look | None = None
        self._last: _Look | None = None

    def locate(self, frame: Frame, at_rest: bool = False) -> StagePosition:
        """Find where a frame lies; frames are given in the order they were taken.

        Args:
            frame: the next frame.
            at_rest: True if the stage is known to have stood still; False leaves it to be seen.

        Returns:
            Its position. The first frame of a region is not still, unless it is known to be: nothing was compared yet.
        """
        picture, um_per_px = _shrink(frame.view, frame.um_per_px)
        last = self._last
        here = self._place(picture, um_per_px)
        if here is None:
            self._region += 1
            here = _Look(picture, um_per_px, 0.0, 0.0)
            self._reference, last = here, None
        elif self._is_far(here):
            self._reference = here
        self._last = here
        moved_um = np.inf if last is None else float(np.hypot(here.x_um - last.x_um, here.y_um - last.y_um))
        return StagePosition(here.x_um, here.y_um, self._region, at_rest or moved_um < self._still_um)

    def _place(self, picture: NDArray[np.float32], um_per_px: float) -> _Look | None:
        for known in (self._reference, self._last):
            if known is None or known.picture.shape != picture.shape or known.um_per_px != um_per_px:
                continue
            shift = _find_shift(known.picture, picture)
            if shift is not None:
                return _Look(picture, um_per_px, known.x_um - shift[0] * um_per_px, known.y_um - shift[1] * um_per_px)
        return None

    def _is_far(self, here: _Look) -> bool:
        reference = self._reference
        limit_um = NEW_REFERENCE * here.picture.shape[1] * here.um_per_px
        return reference is None or max(abs(here.x_um - reference.x_um), abs(here.y_um - reference.y_um)) > limit_um


def _shrink(image: NDArray[np.uint8], um_per_px: float) -> tuple[NDArray[np.float32], float]:
    # Green is the channel in which stained cells are darkest. Without its coarse part, shading and vignette, which stay
    # with the camera, cannot pretend that the stage stood still.
    height, width = image.shape[:2]
    size = (WIDTH_PX, max(8, round(height * WIDTH_PX / width)))
    green = cv2.resize(np.ascontiguousarray(image[:, :, 1]), size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(green - cv2.GaussianBlur(green, (0, 0), WIDTH_PX / 32), np.float32), um_per_px * width / WIDTH_PX


def _find_shift(before: NDArray[np.float32], now: NDArray[np.float32]) -> tuple[float, float] | None:
    coarse = _correlate_phase(before, now)
    dx, dy = round(coarse[0]), round(coarse[1])
    height, width = before.shape
    shared = max(0, width - abs(dx)) * max(0, height - abs(dy))
    if shared < LEAST_OVERLAP * width * height:
        return None
    a = before[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)]
    b = now[max(0, dy) : height - max(0, -dy), max(0, dx) : width - max(0, -dx)]
    if _correlate(a, b) < SAME_SCENE:
        return None
    # The first answer is up to 1 % short, because the windows lie on different parts of the slide; what both share
    # does not have that fault.
    rest = _correlate_phase(a, b)
    return (dx + rest[0], dy + rest[1]) if max(abs(rest[0]), abs(rest[1])) < MOST_REST_PX else coarse


def _correlate_phase(a: NDArray[np.float32], b: NDArray[np.float32]) -> tuple[float, float]:
    window = cv2.createHanningWindow((a.shape[1], a.shape[0]), cv2.CV_32F)
    # Copies, because phaseCorrelate multiplies the arrays it is given by the window, in place (OpenCV 5.0).
    (dx, dy), _ = cv2.phaseCorrelate(a.copy(), b.copy(), window)
    return dx, dy


def _correlate(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    a, b = a - a.mean(), b - b.mean()
    spread = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / spread if spread > 0 else 0.0
