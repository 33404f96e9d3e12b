"""How a drawn cell is changed until the network calls it a wanted class: a self-test must make every class answer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 60
STEP_LEVELS = 4.0
"""Grey levels by which a pixel changes in one step."""

MARGIN = 2.0
"""Logits by which the class must lead in float, so that int8 rounding does not take the lead away."""


def coax(network: Any, head: str, picture: NDArray[np.uint8], wanted: int) -> NDArray[np.uint8]:
    """Change a picture along the gradient of a class's lead over the best other, in the middle of the cell-type map.

    The result is no blood cell; it need not be. It is a picture that drives the network to an answer that no drawn cell
    gave, and ships in place of a photograph.

    Args:
        network: Keras network of (1, height, width, 3) 0..255 to a dict of heads.
        head: name of the cell-type head.
        picture: (height, width, 3) uint8 to begin with.
        wanted: index of the class.

    Returns:
        A new picture of the same shape; it may still fail to convince.

    Source: iterated gradient sign, Kurakin et al. 2016, arXiv 1607.02533.
    """
    import tensorflow as tf

    pixels = tf.Variable(picture[np.newaxis].astype(np.float32))
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            logits = middle_of(network(pixels, training=False)[head][0])
            others = tf.reduce_max(tf.concat([logits[:wanted], logits[wanted + 1 :]], axis=0))
            lead = logits[wanted] - others
        if lead > MARGIN:
            break
        pixels.assign(tf.clip_by_value(pixels + STEP_LEVELS * tf.sign(tape.gradient(lead, pixels)), 0.0, 255.0))
    return np.asarray(np.rint(pixels.numpy()[0]), np.uint8)


def middle_of(maps: Any) -> Any:
    """Mean logits of the four map pixels about the middle, where the cell of a self-test picture lies.

    Args:
        maps: (h, w, C), an array or a tensor.

    Returns:
        (C,).
    """
    y, x = maps.shape[0] // 2, maps.shape[1] // 2
    part = maps[max(0, y - 1) : y + 1, max(0, x - 1) : x + 1]
    return sum(part[row, column] for row in range(part.shape[0]) for column in range(part.shape[1])) / (
        part.shape[0] * part.shape[1]
    )
