"""How an image file becomes pixels: the project's one decoder, so that training and the device see the same bytes."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp"})


class ImageError(Refusal):
    """A file that should hold an image cannot be read as one: look at it; it may be cut or of another kind."""

    exit_code = 4


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """Decode an image file as RGB; orientation tags are ignored, for a microscope has no upright.

    Args:
        path: a file with one of `IMAGE_SUFFIXES`.

    Returns:
        (H, W, 3) uint8 RGB, 0..255, C-contiguous.

    Raises:
        ImageError: the file is missing, unreadable or no image.
    """
    return decode_rgb(_read_bytes(path), str(path))


def decode_rgb(content: bytes, name: str) -> NDArray[np.uint8]:
    """Decode an image that is already in memory, as `read_rgb` does.

    Args:
        content: the bytes of a JPEG, PNG, TIFF or BMP file.
        name: what a person would look for, named where it is refused.

    Returns:
        (H, W, 3) uint8 RGB, 0..255, C-contiguous.

    Raises:
        ImageError: empty or no image.
    """
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    bgr = cv2.imdecode(np.frombuffer(content, np.uint8), flags) if content else None
    if bgr is None:
        raise ImageError(f"{name}: not an image (expected a whole JPEG, PNG, TIFF or BMP file)")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def read_label(path: Path) -> NDArray[np.uint16]:
    """Decode a label picture (mask or instance numbers) with its values untouched.

    Args:
        path: a one-channel 8- or 16-bit PNG.

    Returns:
        (H, W) uint16.

    Raises:
        ImageError: the file is missing, no image, or has more than one channel.
    """
    label = cv2.imdecode(np.frombuffer(_read_bytes(path), np.uint8), cv2.IMREAD_UNCHANGED)
    if label is None or label.ndim != 2:
        raise ImageError(f"{path}: not a label picture (expected a one-channel PNG)")
    return label.astype(np.uint16)


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """Encode RGB (H, W, 3) or grey (H, W) uint8 losslessly.

    Args:
        picture: uint8 pixels.

    Returns:
        The bytes of a PNG file.
    """
    # Runs only: on fields this is smaller than levels 1 to 3 of the default strategy, and takes half the time.
    runs = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    return _encode(".png", picture, runs)


def encode_jpeg(rgb: NDArray[np.uint8], quality: int) -> bytes:
    """Encode RGB for looking at.

    Args:
        rgb: (H, W, 3) uint8.
        quality: 1..100.

    Returns:
        The bytes of a JPEG file.
    """
    return _encode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])


def _encode(suffix: str, picture: NDArray[np.uint8], options: list[int]) -> bytes:
    ordered = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(suffix, ordered, options)
    if not done:
        raise ImageError(
            f"a picture of shape {picture.shape} cannot be written as {suffix} (expected uint8 grey or RGB)"
        )
    return encoded.tobytes()


def _read_bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path}: {error.strerror} (expected a readable image file)") from error
    if not content:
        raise ImageError(f"{path}: empty file (expected an image)")
    return content
