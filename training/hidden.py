"""What of a prepared picture was hidden from every model, such as a corner that may hold a burnt-in scale bar."""

import numpy as np
from numpy.typing import NDArray

from contract.flatfield import BACKGROUND
from training.overlap import UNKNOWN
from training.tfrecords import Example


def find_hidden(example: Example) -> NDArray[np.bool_]:
    """Find what was painted over when a picture was prepared: exactly plasma, and nothing is known of it.

    Args:
        example: from a prepared set.

    Returns:
        (h, w); plasma that nobody judged may be among it, which is as empty.
    """
    return np.asarray((example.target[..., 0] == UNKNOWN) & (example.image == BACKGROUND).all(axis=2), np.bool_)
