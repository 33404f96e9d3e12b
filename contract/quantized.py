"""A map of a network's integers that reads like the real numbers it stands for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Quantized:
    """Integers as the network gave them; only what is looked at becomes real numbers.

    A white cell covers a hundredth of a field: turning whole maps into real numbers costs more than reading them.

    Attributes:
        values: (h, w) or (h, w, C) int8 or uint8.
        scale, zero_point: real value = (integer - zero_point) * scale.
    """

    values: NDArray[np.integer[Any]]
    scale: float
    zero_point: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the map."""
        return self.values.shape

    def __getitem__(self, place: Any) -> NDArray[np.float32]:
        """Real numbers of a part, float32; the part is told as an array's is."""
        return self.make_real(np.array(self.values[place], np.float32))

    def make_real(self, numbers: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn integers of the map, or means of some, into real numbers, in place."""
        numbers -= self.zero_point
        numbers *= self.scale
        return numbers

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Real numbers of the whole map."""
        return np.asarray(self[...], dtype)


LogitMap = NDArray[np.float32] | Quantized
"""Logits or features, of the float network or of the int8 one."""


def find_order(logits: LogitMap) -> NDArray[Any]:
    """Numbers in the order of the real ones, for comparing channels with each other: integers are not converted."""
    return logits.values if isinstance(logits, Quantized) else logits
