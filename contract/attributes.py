"""What the attribute head says of a cell: the likeliest value of each morphology attribute, and how surely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import exp

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AttributeReading:
    """The likeliest value of one attribute.

    Attributes:
        value: as the bundle calls it.
        probability: softmax over the group's values, 0..1; no temperature was fitted for it.
    """

    value: str
    probability: float


def read_attributes(
    logits: NDArray[np.floating] | None, groups: Mapping[str, Sequence[str]]
) -> dict[str, AttributeReading]:
    """Read the attributes of a cell.

    Args:
        logits: (A,) mean of the attribute logits over the cell; None: the model has no attribute head.
        groups: values of each group, in the order of the logits.

    Returns:
        A reading for each group; empty without an attribute head.
    """
    if logits is None:
        return {}
    told = iter(np.asarray(logits, np.float64).tolist())
    return {group: _read_group(list(islice(told, len(values))), values) for group, values in groups.items()}


def _read_group(logits: list[float], values: Sequence[str]) -> AttributeReading:
    # a dozen groups of two to six values: plain numbers are ten times as quick as arrays here
    best = max(logits)
    return AttributeReading(values[logits.index(best)], 1 / sum(exp(logit - best) for logit in logits))
