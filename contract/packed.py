"""Arrays within JSON: too long to read, short enough to keep beside the facts they belong to."""

import base64
import binascii
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


def pack(array: NDArray[np.floating]) -> str:
    """Write an array as text.

    Args:
        array: any shape, finite.

    Returns:
        Base64 of its little-endian float32 values, row by row; the shape is known to the reader.
    """
    return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode("ascii")


@lru_cache(maxsize=16)
def unpack(text: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Read what `pack` wrote.

    Args:
        text: as written.
        shape: of the array.

    Returns:
        Read-only float64 array, the same object for the same text.

    Raises:
        ValueError: the text is no base64, does not hold so many values, or one of them is not finite.
    """
    try:
        values = np.frombuffer(base64.b64decode(text, validate=True), "<f4")
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"packed numbers: {error} (expected base64 of float32)") from error
    if values.size != np.prod(shape):
        raise ValueError(f"packed numbers: {values.size} (expected {int(np.prod(shape))})")
    if not np.isfinite(values).all():
        raise ValueError("packed numbers: not all finite")
    array = values.astype(np.float64).reshape(shape)
    array.flags.writeable = False
    return array
