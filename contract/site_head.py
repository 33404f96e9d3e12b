"""The small linear head that on-site calibration fits on one microscope's own labelled cells."""

import math
from functools import cached_property
from typing import Annotated, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from contract.failures import Refusal

Input = Literal["features", "logits", "attributes", "shape"]
"""What a head can read of a cell; `shape` is what `describe_shape` gives."""

Positive = Annotated[float, Field(gt=0)]
Row = Annotated[tuple[float, ...], Field(min_length=1)]


class SiteHeadError(Refusal):
    """A bundle's on-site head does not fit its network. Go back to the bundle before it, and calibrate again."""

    exit_code = 3


class PooledCell(Protocol):
    """What a head needs of a cell; `contract.naming.Pooled` is one."""

    @property
    def features(self) -> NDArray[np.floating]:
        """(F,) mean of the model's features over the cell."""

    @property
    def logits(self) -> NDArray[np.floating]:
        """(C,) mean of the cell-type logits over the cell."""

    @property
    def attributes(self) -> NDArray[np.floating] | None:
        """(A,) mean of the attribute logits over the cell, or None."""

    @property
    def area_um2(self) -> float:
        """Area of the whole cell in square micrometres, > 0."""

    @property
    def nucleus_fraction(self) -> float:
        """Nucleus area / whole-cell area, 0..1."""


class SiteHead(BaseModel):
    """A linear head on a cell's pooled numbers: logits = weights @ ((x - mean) / scale) + bias.

    Attributes:
        inputs: what x is made of, one after the other.
        mean, scale: (N,) of the inputs; scale is > 0.
        weights: (C, N), one row for each class of the bundle, in its order.
        bias: (C,).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    inputs: Annotated[tuple[Input, ...], Field(min_length=1)]
    mean: Row
    scale: Annotated[tuple[Positive, ...], Field(min_length=1)]
    weights: Annotated[tuple[Row, ...], Field(min_length=2)]
    bias: Annotated[tuple[float, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _fits_together(self) -> "SiteHead":
        if len(set(self.inputs)) != len(self.inputs):
            raise ValueError(f"inputs: {', '.join(self.inputs)} (expected each once)")
        if len(self.bias) != len(self.weights):
            raise ValueError(f"bias: {len(self.bias)} numbers (expected {len(self.weights)}, one for each class)")
        widths = {len(self.scale), *(len(row) for row in self.weights)}
        if widths != {len(self.mean)}:
            raise ValueError(f"weights and scale: {sorted(widths)} inputs (expected {len(self.mean)}, as mean has)")
        return self

    @cached_property
    def arrays(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Mean, scale, weights and bias as arrays."""
        return np.asarray(self.mean), np.asarray(self.scale), np.asarray(self.weights), np.asarray(self.bias)


def site_logits(head: SiteHead, pooled: PooledCell) -> NDArray[np.float64]:
    """Say with the on-site head how a cell speaks for each class.

    Args:
        head: of the bundle.
        pooled: the cell.

    Returns:
        (C,) logits.

    Raises:
        SiteHeadError: the head was fitted on another number of inputs.
    """
    found = stack_inputs(head.inputs, pooled)
    if len(found) != len(head.mean):
        raise SiteHeadError(f"site: a cell has {len(found)} inputs (expected {len(head.mean)}, as the head has)")
    mean, scale, weights, bias = head.arrays
    return np.asarray(weights @ ((found - mean) / scale) + bias, np.float64)


def stack_inputs(inputs: tuple[Input, ...], pooled: PooledCell) -> NDArray[np.float64]:
    """Put what a head reads of a cell into one row.

    Args:
        inputs: what it reads, in this order.
        pooled: the cell.

    Returns:
        (N,) float64.

    Raises:
        SiteHeadError: the cell has no attributes and the head reads them.
    """
    return np.concatenate([_pick(name, pooled) for name in inputs])


def describe_shape(area_um2: float, nucleus_fraction: float) -> NDArray[np.float64]:
    """Size and nucleus of a cell as a head reads them.

    Args:
        area_um2: of the whole cell, > 0.
        nucleus_fraction: nucleus area / whole-cell area, 0..1.

    Returns:
        (2,) diameter in micrometres of the circle of this area, and the fraction.
    """
    return np.array([2 * math.sqrt(area_um2 / math.pi), nucleus_fraction])


def _pick(name: Input, pooled: PooledCell) -> NDArray[np.float64]:
    if name == "shape":
        return describe_shape(pooled.area_um2, pooled.nucleus_fraction)
    found = getattr(pooled, name)
    if found is None:
        raise SiteHeadError(f"site: a cell has no {name} (expected what the on-site head reads: does the bundle fit?)")
    return np.asarray(found, np.float64)
