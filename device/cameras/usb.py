"""A USB camera, through OpenCV and V4L2."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.settings import SensorSettings
from device.cameras.asked import ask_size, refuse_settings
from device.cameras.jpeg import decode_jpeg
from device.cameras.live import SilentCamera, SpoiledPicture
from device.cameras.pacing import Pace
from device.cameras.source import Exposure, Shot, SourceError
from device.cameras.v4l2 import Capture, look_at_device, open_v4l2

MANUAL, AUTOMATIC = 1, 3
"""Exposure modes of V4L2: manual, and aperture priority, which is what USB cameras call automatic."""

EXPOSURE_UNIT_US = 100
"""V4L2 tells exposure times in units of 100 microseconds."""

FORMATS = ("MJPG", "YUYV")

log = logging.getLogger(__name__)


class UsbCamera:
    """Grabs every picture, so that nothing old waits in the driver, and decodes those that are asked for.

    The driver's bytes are decoded here and not by OpenCV, which shows a cut JPEG as if it were whole.

    Args:
        device: path of the device.
        fps: pictures a second asked of the driver, and decoded at most; 0: the driver's choice.
        settings: size, format and exposure.
        open_capture: opens the device.
    """

    def __init__(
        self, device: str, fps: float, settings: SensorSettings, open_capture: Callable[[str], Capture] = open_v4l2
    ) -> None:
        self._device = device
        self._fps = fps
        self._settings = settings
        self._open_capture = open_capture
        self._capture: Capture | None = None
        self._format = ""
        self._pace = Pace(fps)
        self._number = 0

    def __enter__(self) -> Self:
        """Open the device, ask for format, size and rate, and read what was granted.

        Raises:
            SourceError: it is not there, not allowed, in use, or grants something else than what was set.
        """
        refuse_settings(self._settings, "a USB camera", "analogue_gain", "red_gain", "crop_px", "tuning_file")
        look_at_device(self._device)
        self._capture = self._open_capture(self._device)
        try:
            if not self._capture.isOpened():
                raise SourceError(f"{self._device}: cannot be opened (expected a camera that no other program uses)")
            self._ask(self._capture)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        """Close the device."""
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()

    def photograph(self) -> Shot:
        """Wait for the next picture that is due; see `LiveCamera`."""
        assert self._capture is not None, "the camera is open"
        self._grab(self._capture)
        while not self._pace.is_due():
            self._grab(self._capture)
        self._pace.take()
        captured_at = datetime.now(UTC)
        given, raw = self._capture.retrieve()
        if not given or raw is None:
            raise SpoiledPicture("a picture that OpenCV cannot take from the driver (expected a whole one)")
        self._number += 1
        image = self._develop(raw)
        return Shot(image, captured_at, None, f"picture {self._number:06d}", False, exposure=self._read_exposure())

    def _ask(self, capture: Capture) -> None:
        # The order matters: another format has other sizes, another size other rates.
        self._format = self._ask_format(capture)
        width, height = ask_size(self._settings)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        if self._fps:
            capture.set(cv2.CAP_PROP_FPS, self._fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        self._ask_exposure(capture)
        granted = round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if self._settings.width_px and granted != (width, height):
            got, asked = f"{granted[0]} x {granted[1]} pixels", f"{width} x {height}"
            raise SourceError(f"{self._device}: {got} (expected {asked}, as device.sensor says)")
        rate = capture.get(cv2.CAP_PROP_FPS)
        log.info("%s: %d x %d pixels, %s, %.4g per second", self._device, *granted, self._format, rate)

    def _ask_format(self, capture: Capture) -> str:
        wanted = (self._settings.usb_format,) if self._settings.usb_format else FORMATS
        granted = ""
        for name in wanted:
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*name))
            granted = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little").decode("latin-1")
            if granted == name:
                return name
        raise SourceError(f"{self._device}: pictures as {granted!r} (expected {' or '.join(wanted)})")

    def _ask_exposure(self, capture: Capture) -> None:
        asked_us = self._settings.exposure_us
        # What another program has set stays in the camera: automatic has to be asked for too.
        capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, MANUAL if asked_us else AUTOMATIC)
        if not asked_us:
            return
        capture.set(cv2.CAP_PROP_EXPOSURE, max(1, round(asked_us / EXPOSURE_UNIT_US)))
        granted_us = capture.get(cv2.CAP_PROP_EXPOSURE) * EXPOSURE_UNIT_US
        if abs(granted_us - asked_us) > EXPOSURE_UNIT_US:
            raise SourceError(
                f"{self._device}: exposure of {granted_us:.0f} us (expected {asked_us}, as device.sensor says)"
            )

    def _grab(self, capture: Capture) -> None:
        if capture.grab():
            return
        if not Path(self._device).exists():
            raise SourceError(f"{self._device}: is gone (expected the camera to stay plugged in)")
        raise SilentCamera(f"{self._device}: no picture in time")

    def _develop(self, raw: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if raw.ndim == 3 and raw.shape[2] == 3:  # a driver whose pictures OpenCV converts whether asked to or not
            image = cv2.cvtColor(raw, cv2.COLOR_BGR2RGB)
        elif self._format == "MJPG":
            return decode_jpeg(raw.tobytes())
        elif raw.ndim == 3 and raw.shape[2] == 2:
            image = cv2.cvtColor(raw, cv2.COLOR_YUV2RGB_YUY2)
        else:
            raise SpoiledPicture(f"a picture of shape {raw.shape} (expected {self._format})")
        image.setflags(write=False)
        return np.asarray(image, np.uint8)

    def _read_exposure(self) -> Exposure:
        return Exposure(self._settings.exposure_us or None)
