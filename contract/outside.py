"""How strange a cell is: how far it lies from every class the model was trained on."""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from contract.confidence import free_energy
from contract.packed import unpack
from contract.site_head import Input, PooledCell, stack_inputs

Positive = Annotated[float, Field(gt=0)]


class Yardstick(BaseModel):
    """What a number usually is on known cells, so that two numbers can be added.

    Attributes:
        middle: median.
        spread: from the median to the 84th percentile, > 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    middle: float
    spread: Positive

    def measure(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Say by how many spreads a value lies above the middle."""
        return np.asarray((value - self.middle) / self.spread)


class Outside(BaseModel):
    """What known cells look like, one Gaussian a class, and the score from which on a cell is strange.

    Attributes:
        inputs: what is looked at of a cell, one after the other.
        means: (C, N) of each class.
        factors: packed (C, N, N); a difference times its class's factor has unit covariance.
        log_volumes: (C,) logarithm of the determinant of each class's covariance.
        distance: yardstick of the least distance.
        energy: yardstick of the free energy of the logits.
        energy_weight: what energy counts beside distance.
        threshold: score above which nothing is named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    inputs: Annotated[tuple[Input, ...], Field(min_length=1)]
    means: Annotated[tuple[tuple[float, ...], ...], Field(min_length=2)]
    factors: str
    log_volumes: tuple[float, ...]
    distance: Yardstick
    energy: Yardstick
    energy_weight: Annotated[float, Field(ge=0)]
    threshold: float

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        widths = {len(row) for row in self.means}
        if len(widths) != 1 or 0 in widths or len(self.log_volumes) != len(self.means):
            raise ValueError(f"outside: means of {sorted(widths)} numbers (expected one length, a volume for each)")
        _ = self.whiteners
        return self

    @cached_property
    def yardsticks(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(C, N) means, and (C,) by how much each class's volume exceeds the least, as arrays."""
        volumes = np.asarray(self.log_volumes)
        return np.asarray(self.means), volumes - volumes.min()

    @cached_property
    def whiteners(self) -> NDArray[np.float64]:
        """(C, N, N) factors, unpacked."""
        width = len(self.means[0])
        return unpack(self.factors, (len(self.means), width, width))


def measure_outside(cells: NDArray[np.float64], logits: NDArray[np.float64], outside: Outside) -> NDArray[np.float64]:
    """Score cells; higher is stranger, 0 is usual, from about 3 on rare among known cells.

    Args:
        cells: (n, N) rows of `stack_inputs`.
        logits: (n, C) of the network, not calibrated.
        outside: of the bundle.

    Returns:
        (n,) scores.

    Source: class-conditional Gaussians on features, Lee et al. 2018, arXiv 1807.03888, here with a covariance for
    each class; free energy, Liu et al. 2020, arXiv 2010.03759. Chosen by measurement, see training/EXPERIMENTS.md.
    """
    distance = outside.distance.measure(least_distance(cells, outside))
    energy = outside.energy.measure(free_energy(logits))
    return np.asarray((distance + outside.energy_weight * energy) / (1 + outside.energy_weight))


def least_distance(cells: NDArray[np.float64], outside: Outside) -> NDArray[np.float64]:
    """Distance of each cell to the nearest class, in deviations and with the class's volume counted.

    Args:
        cells: (n, N).
        outside: means, factors and volumes.

    Returns:
        (n,) square root of what twice the negative log density adds up to, never negative.
    """
    middles, volumes = outside.yardsticks
    white = np.matmul((cells[:, np.newaxis] - middles)[:, :, np.newaxis], outside.whiteners)[:, :, 0]
    squares = (white * white).sum(axis=2) + volumes
    return np.asarray(np.sqrt(squares.min(axis=1)))


def is_outside(score: float, outside: Outside | None) -> bool:
    """Whether a cell is too strange to be named; never where nothing was fitted."""
    return outside is not None and score > outside.threshold


def rate_strangeness(cells: Sequence[PooledCell], outside: Outside | None) -> NDArray[np.float64]:
    """Score cells as they were pooled.

    Args:
        cells: at least one.
        outside: of the bundle; None: nothing was fitted.

    Returns:
        (n,) scores of `measure_outside`, or where nothing was fitted the free energies, which have no common scale.
    """
    logits = np.array([cell.logits for cell in cells], np.float64)
    if outside is None:
        return free_energy(logits)
    return measure_outside(np.array([stack_inputs(outside.inputs, cell) for cell in cells]), logits, outside)
