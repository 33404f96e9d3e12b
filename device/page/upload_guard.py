"""How a picture from outside becomes pixels: measured before it is decoded, in memory alone, never on the disk."""

from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from contract.image import ImageError, decode_rgb
from device.page.image_headers import HeaderError, read_header

MOST_BYTES = 32 * 1024 * 1024
"""Of one file: 12 megapixels untouched as PNG or BMP are up to 36 MB in theory, 20 to 25 of a smear."""

MOST_PIXELS = 25_000_000
"""75 MB once decoded; a Pi's best camera has 12.3 million, and a small file may claim any number."""

LEAST_SIDE_PX, MOST_SIDE_PX = 32, 16_384
"""Less holds no cell; more is no field of view."""


class UploadError(Refusal):
    """An uploaded file is refused; the message says why in one sentence. Choose another, or save it again."""


def read_upload(file: BinaryIO, name: str) -> NDArray[np.uint8]:
    """Read an uploaded picture.

    Only pixels leave this function: what else a file holds, another format behind the picture for instance, is dropped.

    Args:
        file: read from where it stands, `MOST_BYTES` and one at most.
        name: as the person knows it; shown, never used as a path.

    Returns:
        (H, W, 3) uint8 RGB, C-contiguous.

    Raises:
        UploadError: too large in bytes or pixels, too small, of another kind, cut or damaged.
    """
    content = file.read(MOST_BYTES + 1)
    shown = "".join(character for character in name[-80:] if character.isprintable()) or "the file"
    if not content:
        raise UploadError(f"{shown}: empty (expected a picture)")
    if len(content) > MOST_BYTES:
        raise UploadError(f"{shown}: more than {MOST_BYTES >> 20} MB (expected {MOST_BYTES >> 20} MB at most)")
    try:
        header = read_header(content)
    except HeaderError as error:
        raise UploadError(f"{shown}: {error}") from error
    height, width = header.height, header.width
    if not (min(height, width) >= LEAST_SIDE_PX and max(height, width) <= MOST_SIDE_PX):
        limits = f"{LEAST_SIDE_PX} to {MOST_SIDE_PX} on each side"
        raise UploadError(f"{shown}: {width} x {height} pixels (expected {limits})")
    if height * width > MOST_PIXELS:
        raise UploadError(f"{shown}: {width} x {height} pixels (expected {MOST_PIXELS // 10**6} million at most)")
    try:
        image = decode_rgb(content, shown)
    except (ImageError, cv2.error) as error:
        raise UploadError(f"{shown}: a damaged {header.kind} (expected a whole one)") from error
    if image.shape[:2] != (height, width):
        found = f"{image.shape[1]} x {image.shape[0]} pixels"
        raise UploadError(f"{shown}: {found}, its header says {width} x {height} (expected the same)")
    return image
