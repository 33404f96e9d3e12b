"""What a frame is: one field of view, what was measured of it, and how a camera's picture becomes one."""

import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal


class FrameError(Refusal):
    """A camera gave something that is no field of view. Look at its pixel format and at um_per_px."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured of a frame before anything was read from it.

    Attributes:
        mean_luminance: grey levels, 0..255.
        saturated_fraction: share of pixels clipped to white, 0..1.
        contrast: standard deviation of luminance in grey levels, shading left out, >= 0.
        focus: strength of the finest detail in percent of the mean luminance, >= 0.
        reason: why the field is not analysed, in words for the page; None where it is.
        background: red, green, blue of empty plasma in the raw picture, 0..255: lamp and camera; None: not measured.
        cover: share of the prepared field that is not plasma, 0..1; None: the field is too small, or not prepared.
        overlap: share of red cells' area where they lie on each other, 0..1; None likewise.
        stain: distance of the stain from the nearest training data, about 1 within it; None: not known.
    """

    mean_luminance: float
    saturated_fraction: float
    contrast: float
    focus: float
    reason: str | None
    background: tuple[float, float, float] | None = None
    cover: float | None = None
    overlap: float | None = None
    stain: float | None = None


class Fingerprint:
    """sha256 of a picture's bytes, taken when it is first asked for: most frames are never kept.

    Args:
        image: C-contiguous, read-only; let go as soon as the hash is taken.
    """

    def __init__(self, image: NDArray[np.uint8]) -> None:
        self._lock = threading.Lock()
        self._image: NDArray[np.uint8] | None = image
        self._digest = ""

    def take(self) -> str:
        """Give the hash, hexadecimal; any thread may ask, the first one waits for it."""
        with self._lock:
            if self._image is not None:
                self._digest = hashlib.sha256(self._image.data).hexdigest()
                self._image = None
            return self._digest


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One field of view; made by `make_frame`, never changed afterwards.

    Attributes:
        seq: number of the frame since the program started, from 1.
        captured_at: aware UTC time of the exposure.
        image: (H, W, 3) uint8 RGB as the camera gave it, read-only, C-contiguous.
        view: the same after the optics' correction: what is shown, read by the network and drawn on; ``image`` itself
            where nothing is corrected.
        um_per_px: size of a pixel in micrometres.
        simulated: drawn, not photographed.
        quality: what was measured of it.
        optics: which correction made ``view``; empty: none.
        fingerprint: of the raw RGB bytes.
    """

    seq: int
    captured_at: datetime
    image: NDArray[np.uint8]
    view: NDArray[np.uint8]
    um_per_px: float
    simulated: bool
    quality: Quality
    optics: str
    fingerprint: Fingerprint

    @property
    def digest(self) -> str:
        """sha256 of the raw RGB bytes, hexadecimal."""
        return self.fingerprint.take()


def make_frame(
    image: NDArray[np.uint8],
    quality: Quality,
    um_per_px: float,
    *,
    seq: int,
    captured_at: datetime,
    simulated: bool,
    view: NDArray[np.uint8] | None = None,
    optics: str = "",
    fingerprint: Fingerprint | None = None,
) -> Frame:
    """Freeze a camera's picture as a frame.

    A picture that somebody could still write to is copied here, at the boundary; a read-only one is taken as it is.

    Args:
        image: (H, W, 3) uint8 RGB.
        quality: what was measured of it.
        um_per_px: size of a pixel in micrometres, > 0.
        seq: number of the frame, from 1.
        captured_at: aware time of the exposure.
        simulated: drawn, not photographed.
        view: of the same size, corrected; None: the picture needs no correction.
        optics: which correction made it.
        fingerprint: of the image, where it is known; None: it is taken when it is asked for.

    Returns:
        The frame.

    Raises:
        FrameError: the picture is not (H, W, 3) uint8, the scale not positive, or the time without a zone.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise FrameError(f"frame: {image.shape} {image.dtype} (expected (H, W, 3) uint8 RGB)")
    if not um_per_px > 0:
        raise FrameError(f"um_per_px: {um_per_px} (expected micrometres per pixel, more than 0)")
    if captured_at.tzinfo is None:
        raise FrameError(f"captured_at: {captured_at} (expected a time with a zone)")
    frozen = _freeze(image)
    shown = frozen if view is None else _freeze(view)
    taken = fingerprint or Fingerprint(frozen)
    return Frame(seq, captured_at, frozen, shown, um_per_px, simulated, quality, optics, taken)


def _freeze(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.base is None and not image.flags.writeable and image.flags.c_contiguous:
        return image
    frozen = np.array(image, order="C", copy=True)
    frozen.flags.writeable = False
    return frozen
