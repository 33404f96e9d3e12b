"""What stain a model was trained on, and how far a field's stain lies from it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from contract.stain_colours import COLOURS

PALE = len(COLOURS) // 2
"""So many colours every field has; the others need a nucleus."""

FEWEST_WITH_NUCLEI = 10
"""Pictures of a source with a nucleus without which nothing is said of its nuclei."""

KEPT_SHARE = 0.98
"""Share of a source's pictures that its covariance is made of: the strangest are mistakes of separation."""

PRIOR_PICTURES, PRIOR_SD = 10, 0.05
"""A source of few pictures is as wide as one of so many more that scatter by this density."""

FLOOR_SD = 0.01
"""Density below which two stains are the same: one grey level of a red cell is 0.002."""

Row = tuple[float, ...]


class StainSource(BaseModel):
    """The stain of one data set.

    Attributes:
        name: of the data set.
        pictures: that were measured.
        mean: densities in the order of `contract.stain_colours.COLOURS`; the first three only where nuclei are rare.
        covariance: of these densities from picture to picture.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    pictures: Annotated[int, Field(ge=1)]
    mean: Row
    covariance: tuple[Row, ...]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "StainSource":
        size = len(self.mean)
        if size not in (PALE, len(COLOURS)):
            raise ValueError(f"mean: {size} densities (expected {PALE} or {len(COLOURS)})")
        if [len(row) for row in self.covariance] != [size] * size:
            raise ValueError(f"covariance: {len(self.covariance)} rows (expected {size} of {size})")
        matrix = np.array(self.covariance)
        if not np.allclose(matrix, matrix.T) or np.linalg.eigvalsh(matrix).min() < 1e-8:
            raise ValueError("covariance: singular or not symmetric (expected that of densities which all vary)")
        return self


class Stain(BaseModel):
    """The stains a model was trained on; each data set for itself, for between two of them lies none.

    Attributes:
        sources: data sets of the training split.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: Annotated[tuple[StainSource, ...], Field(min_length=1)]


def fit_stain(colours: Mapping[str, NDArray[np.float64]]) -> Stain | None:
    """Describe the stains of training pictures.

    Args:
        colours: for each data set (n, 6) as `measure_colours` gives them; pictures without red cells are left out.

    Returns:
        What goes into model.json; None where no picture shows a stain.
    """
    told = {name: rows[np.isfinite(rows[:, :PALE]).all(axis=1)] for name, rows in colours.items()}
    sources = tuple(_fit_source(name, rows) for name, rows in sorted(told.items()) if len(rows))
    return Stain(sources=sources) if sources else None


def measure_distance(colours: NDArray[np.float64], stain: Stain) -> tuple[float, str] | None:
    """Say how far a field's stain lies from the nearest that a model was trained on.

    Args:
        colours: (6,) as `measure_colours` gives them.
        stain: from model.json.

    Returns:
        Root mean square, over its colours, of the distance in standard deviations of that data set (about 1 within
        it), and its name; None where the field shows no red cells.

    Source: Mahalanobis 1936, divided by the square root of the number of colours.
    """
    if not np.isfinite(colours[:PALE]).all():
        return None
    known = len(COLOURS) if np.isfinite(colours).all() else PALE
    distances = [(_measure(colours[:known], source), source.name) for source in stain.sources]
    return min(distances)


def _measure(colours: NDArray[np.float64], source: StainSource) -> float:
    size = min(len(colours), len(source.mean))
    mean, weights = _unpack(source, size)
    away = weights @ (colours[:size] - mean)
    return float(np.sqrt(away @ away / size))


@lru_cache(maxsize=64)
def _unpack(source: StainSource, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    covariance = np.array(source.covariance)[:size, :size]
    return np.array(source.mean[:size]), np.linalg.inv(np.linalg.cholesky(covariance))


def _fit_source(name: str, rows: NDArray[np.float64]) -> StainSource:
    whole = rows[np.isfinite(rows).all(axis=1)]
    used = whole if len(whole) >= FEWEST_WITH_NUCLEI else rows[:, :PALE]
    mean, covariance = _describe(used)
    away = np.linalg.solve(np.linalg.cholesky(covariance), (used - mean).T)
    far = (away**2).sum(axis=0)
    mean, covariance = _describe(used[far <= np.quantile(far, KEPT_SHARE)])
    rounded = tuple(tuple(round(float(value), 8) for value in row) for row in covariance)
    return StainSource(
        name=name, pictures=len(rows), mean=tuple(round(float(value), 5) for value in mean), covariance=rounded
    )


def _describe(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    count, size = rows.shape
    own = np.cov(rows, rowvar=False, bias=True) if count > 1 else np.zeros((size, size))
    share = count / (count + PRIOR_PICTURES)
    covariance = share * own + ((1 - share) * PRIOR_SD**2 + FLOOR_SD**2) * np.eye(size)
    return np.median(rows, axis=0), covariance
