"""Pictures with a number in their pixels, which survives JPEG and overlay: what is shown can be told apart."""

from functools import lru_cache
from hashlib import sha256

import cv2
import numpy as np

from contract.image import encode_jpeg
from device.cameras.jpeg import decode_jpeg

BITS = 16
BLOCK_PX = 12
LEFT_PX = 12
PLAIN_PX = 24  # around the number nothing is drawn that could be taken for a cell
ZERO, PLAIN, ONE = 190, 222, 254  # pale, for the network takes black blocks for a nucleus and draws on them


class Numbered:
    """Pictures of one field, each with a number of its own in the middle of its left edge.

    Args:
        field: (H, W, 3) uint8 RGB, at least 120 x 120.
    """

    def __init__(self, field):
        self._field = field.copy()
        height = field.shape[0]
        self._top = height // 2 - 2 * BLOCK_PX
        top, side = max(0, self._top - PLAIN_PX), 4 * BLOCK_PX
        self._field[top : self._top + side + PLAIN_PX, : LEFT_PX + side + PLAIN_PX] = PLAIN
        self.shape = field.shape
        self.jpeg = lru_cache(64)(self._encode)
        self.digest = lru_cache(1024)(self._digest)
        self.black_digest = sha256(decode_jpeg(self.black()).data).hexdigest()

    def _encode(self, number):
        picture = self._field.copy()
        for bit, (y, x) in enumerate(self._places()):
            picture[y : y + BLOCK_PX, x : x + BLOCK_PX] = ONE if number >> bit & 1 else ZERO
        return encode_jpeg(picture, 90)

    def _digest(self, number):
        return sha256(decode_jpeg(self.jpeg(number)).data).hexdigest()

    def read(self, picture):
        """The number that stands in a picture, however it was drawn on beside it."""
        inner = slice(BLOCK_PX // 4, -BLOCK_PX // 4)
        blocks = (picture[y : y + BLOCK_PX, x : x + BLOCK_PX][inner, inner] for y, x in self._places())
        return sum(1 << bit for bit, block in enumerate(blocks) if block.mean() > PLAIN)

    def black(self):
        return encode_jpeg(np.zeros(self.shape, np.uint8), 90)

    def small(self, number):
        height, width = self.shape[:2]
        return encode_jpeg(cv2.resize(decode_jpeg(self.jpeg(number)), (width // 2, height // 2)), 90)

    def _places(self):
        for row in range(4):
            for column in range(4):
                yield self._top + row * BLOCK_PX, LEFT_PX + column * BLOCK_PX
