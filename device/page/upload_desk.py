"""Where pictures from outside are read: by a second copy of the bundle's network, one at a time, behind all else."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.bundle import Bundle
from contract.failures import Refusal
from contract.moments import now
from contract.prepare import PrepareError
from contract.settings import QualitySettings
from device.frame import FrameError, make_frame
from device.network.classifier import Classifier
from device.page.places import Places
from device.page.upload_guard import UploadError, read_upload
from device.page.upload_scale import PictureScale, find_scale
from device.preclassification import Prediction
from device.quality.picture import measure_quality
from device.rank import LATER, step_back
from device.scale import ScaleError

WAITING = 1
"""Uploads that may wait for the one at work; each holds a thread of the page, and its file in memory."""

WAIT_S = 15.0
"""Longest wait for the one at work; then its sender is told to come again."""

LEAST_FIELD_UM = 8.0
"""A red cell; nothing smaller can be read."""

MOST_FIELD_MM2 = 0.5
"""Fifty fields of the microscope: half a minute of a Pi. More is a wrong scale, or a scanned slide."""


class UploadsBusyError(Refusal):
    """Too many pictures wait to be read. Send it again in a moment."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What was read in a picture.

    Attributes:
        prediction: as of any frame.
        scale: that it was read at.
    """

    prediction: Prediction
    scale: PictureScale


class UploadDesk:
    """Reads pictures that come from outside; any thread may ask.

    The live loop's network is not to be called by two threads, so this is another copy of it, opened when the first
    picture comes and let go with the page. Nothing is written anywhere.

    Args:
        bundle: the model in use.
        limits: which pictures are not analysed.
    """

    def __init__(self, bundle: Bundle, limits: QualitySettings) -> None:
        self._bundle = bundle
        self._limits = limits
        self._classifier: Classifier | None = None
        self._working = threading.Lock()
        self._places = Places(1 + WAITING)

    def read(self, file: BinaryIO, name: str, um_per_px: float | None) -> Reading:
        """Read a picture.

        Args:
            file: the picture, from where it stands.
            name: as the person knows it, for refusals.
            um_per_px: its scale; None: to be estimated.

        Returns:
            What was read.

        Raises:
            UploadError: it is no picture that can be read, or no field of view.
            UploadsBusyError: others wait already.
            ModelError, SelfTestError: the bundle cannot be opened a second time.
        """
        with self._places.borrow() as has_place:
            if not has_place or not self._working.acquire(timeout=WAIT_S):
                raise UploadsBusyError("other pictures are being read (expected one after the other); send it again")
            try:
                # a thread of its own each time: what stepped back may not step forward again
                with ThreadPoolExecutor(1, "upload", step_back, (LATER,)) as behind:
                    return behind.submit(self._read, file, name, um_per_px).result()
            finally:
                self._working.release()

    def _read(self, file: BinaryIO, name: str, um_per_px: float | None) -> Reading:
        image = read_upload(file, name)
        shown = name[-80:] or "the file"
        try:
            scale = find_scale(image, um_per_px)
            self._check_size(image, scale.um_per_px, shown)
            return Reading(self._predict(image, scale.um_per_px), scale)
        except ScaleError as error:
            raise UploadError(f"{shown}: {error}") from error
        except (FrameError, PrepareError, cv2.error) as error:
            raise UploadError(f"{shown}: cannot be analysed (expected a field of a blood smear)") from error

    def _check_size(self, image: NDArray[np.uint8], um_per_px: float, shown: str) -> None:
        height_um, width_um = (side * um_per_px for side in image.shape[:2])
        if min(height_um, width_um) < LEAST_FIELD_UM or height_um * width_um > MOST_FIELD_MM2 * 1e6:
            raise UploadError(
                f"{shown}: {width_um:.0f} x {height_um:.0f} um at {um_per_px:.3g} um/px (expected a field of view, "
                f"{LEAST_FIELD_UM:.0f} um or more on each side and {MOST_FIELD_MM2} square millimetres at most)"
            )

    def _predict(self, image: NDArray[np.uint8], um_per_px: float) -> Prediction:
        image.flags.writeable = False
        quality = measure_quality(image, um_per_px, self._limits)
        frame = make_frame(image, quality, um_per_px, seq=1, captured_at=now(), simulated=False)
        return self._open().analyse(frame, self._limits).prediction

    def _open(self) -> Classifier:
        if self._classifier is None:
            self._classifier = Classifier(self._bundle, threads=1).__enter__()
        return self._classifier
