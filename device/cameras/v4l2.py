"""A video device of the kernel: whether it can be opened, and OpenCV's way of opening it."""

import os
from pathlib import Path
from typing import Any, Protocol

import cv2

from device.cameras.source import SourceError


class Capture(Protocol):
    """What is used of `cv2.VideoCapture`."""

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """True if the device was opened."""

    def set(self, prop: int, value: float, /) -> bool:
        """Ask the driver for something."""

    def get(self, prop: int, /) -> float:
        """Read what the driver granted."""

    def grab(self) -> bool:
        """Wait for a picture and keep it undecoded."""

    def retrieve(self) -> tuple[bool, Any]:
        """Give the picture that was grabbed."""

    def release(self) -> None:
        """Close the device."""


def open_v4l2(device: str) -> Capture:
    """Open a device by its path.

    Args:
        device: as ``/dev/video0``.

    Returns:
        The capture, opened or not.
    """
    # V4L2 knows no read timeout but this one, whose default of 10 s is too long to notice a stall.
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
    return cv2.VideoCapture(device, cv2.CAP_V4L2)


def look_at_device(device: str) -> None:
    """Tell why a device cannot be opened, where that can be seen from outside.

    Args:
        device: its path.

    Raises:
        SourceError: it is not there, or this user may not use it.
    """
    if not Path(device).exists():
        raise SourceError(f"{device}: no such device (expected a camera; `leukoscope cameras` lists them)")
    if not os.access(device, os.R_OK | os.W_OK):
        raise SourceError(f"{device}: no permission (expected a member of its group: sudo usermod -aG video $USER)")
