"""The JSON of on-site calibration and of reviews, given and taken."""

from datetime import datetime
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from contract.notice import RESEARCH_USE
from contract.site_figures import Figure


class _Answer(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False, from_attributes=True)


class ReviewedClass(_Answer):
    """How many cells of a class people named on this microscope: as the bundle had named them, or otherwise."""

    cell_type: str
    confirmed: int
    corrected: int


class FigureFacts(_Answer):
    """A figure with its 95 % interval; null where it is not defined."""

    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, figure: Figure) -> Self:
        """Bring a figure into JSON's terms, which know no nan."""
        value, low, high = (float(one) if np.isfinite(one) else None for one in (figure.value, figure.low, figure.high))
        return cls(value=value, low=low, high=high)


class ComparedFigure(_Answer):
    """One figure of the bundle in use and of the calibrated one on cells it had not seen; the change is paired."""

    name: str
    before: FigureFacts
    after: FigureFacts
    change: FigureFacts


class CalibrationResult(_Answer):
    """What the last calibration found; `installed` is null where nothing was surely better and nothing was changed."""

    cells: int
    scored: int
    divided_by: str
    told: str
    gains: tuple[str, ...]
    installed: str | None
    figures: tuple[ComparedFigure, ...]


class CalibrationFacts(_Answer):
    """Where confidence was fitted, what there is to fit it on here, what came of it, and what a rollback goes to."""

    microscope: str
    fitted_here: str | None
    confidence_fitted_on: str
    expected: int
    classes: tuple[ReviewedClass, ...]
    running: bool
    in_use: str
    next_start: str | None
    previous: str | None
    result: CalibrationResult | None
    notice: str = RESEARCH_USE


class ReviewFacts(_Answer):
    """A review as it was stored; the bundle's own name for the cell stays beside it."""

    id: str
    cell_id: str
    operator: str
    reviewed_at: datetime
    old_type: str
    new_type: str
    comment: str
