"""How a JPEG from a wire becomes pixels, or is found to be cut."""

import numpy as np
from numpy.typing import NDArray

from contract.image import ImageError, decode_rgb
from device.cameras.live import SpoiledPicture

_START, _SCAN, _END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"
"""Markers: start of image, start of scan, end of image. Within a scan none of them can occur by chance."""


def decode_jpeg(content: bytes) -> NDArray[np.uint8]:
    """Decode one picture of a Motion JPEG stream.

    Some decoders fill what is missing with grey and say nothing, so the end is looked for first. Bytes changed in the
    middle cannot be told from others; over USB and TCP they are lost, not changed.

    Args:
        content: a whole JPEG; what follows its end, as some cameras send it, does no harm.

    Returns:
        (H, W, 3) uint8 RGB, read-only.

    Raises:
        SpoiledPicture: no JPEG, or only a part of one.
    """
    if not content.startswith(_START):
        raise SpoiledPicture(f"{len(content)} bytes that are no picture (expected a JPEG)")
    scan = content.find(_SCAN)
    end = content.find(_END, scan)
    if scan < 0 or end < 0 or content.find(_START, scan, end) >= 0:
        raise SpoiledPicture(f"a cut picture of {len(content)} bytes (expected a whole JPEG)")
    try:
        image = decode_rgb(content[: end + len(_END)], "the camera's picture")
    except ImageError as error:
        raise SpoiledPicture(str(error)) from error
    image.setflags(write=False)
    return image
