"""How a cell's pooled features are kept in its record: a head can be fitted months later, without the picture."""

import base64
import binascii

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal

MARK = 12
"""Hex digits of the network's hash that stand before the numbers: those of another network mean nothing."""


class StoredFeaturesError(Refusal):
    """A record's features cannot be read: the row was written by something else. Leave the cell out."""

    exit_code = 4


def write_features(features: tuple[float, ...], network: str) -> str | None:
    """Write features for a record; half precision keeps three digits, an int8 network has no more.

    Args:
        features: (F,) pooled over the cell.
        network: sha256 of `model.tflite` in hex; empty: not known.

    Returns:
        Mark of the network, a colon and base64; None where the network is not known.
    """
    if not network:
        return None
    # what half precision cannot hold becomes its largest number, never infinity
    values = np.clip(np.asarray(features, np.float64), -65504, 65504).astype("<f2")
    return f"{network[:MARK]}:{base64.b64encode(values.tobytes()).decode('ascii')}"


def read_features(text: str | None, network: str) -> NDArray[np.float32] | None:
    """Read features of a record.

    Args:
        text: as written, or None.
        network: sha256 of the `model.tflite` that they are wanted for.

    Returns:
        (F,) float32; None where none were kept, or those of another network.

    Raises:
        StoredFeaturesError: the text is damaged.
    """
    mark, _, packed = (text or "").partition(":")
    if mark != network[:MARK]:
        return None
    try:
        values = np.frombuffer(base64.b64decode(packed, validate=True), "<f2")
    except (binascii.Error, ValueError) as error:
        raise StoredFeaturesError(f"features: {error} (expected base64 of half-precision numbers)") from error
    if not len(values) or not np.isfinite(values).all():
        raise StoredFeaturesError(f"features: {len(values)} numbers, or one not finite (expected finite ones)")
    return values.astype(np.float32)
