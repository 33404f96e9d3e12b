"""What is written down of a measurement of the optics."""

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Kind = Literal["dark", "flat", "white", "scale"]

KINDS: tuple[Kind, ...] = ("dark", "flat", "white", "scale")
"""In the order in which they apply to a picture."""

Arrays = dict[str, NDArray[np.float32] | NDArray[np.uint8]]
"""By name: `level` (H, W, 3) uint8 of dark, `light` (h, w, 3) float32 of flat, `plasma` (3,) float32 of white."""


class Facts(BaseModel):
    """A measurement without its arrays; `measurement.json`.

    Attributes:
        kind: what was measured.
        how: on what, in two or three words.
        measured_at: when.
        camera: name of the source, as `--camera` takes it.
        height, width: of its pictures in pixels.
        frames: pictures, or fields, that it rests on.
        um_per_px, error_um_per_px: of a scale; None of all else.
        words: what was found, a sentence each, as it was told.
        made_with: version of this program.
        files: sha256 by name of the files beside it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format_version: Literal[1] = 1
    kind: Kind
    how: str
    measured_at: AwareDatetime
    camera: str
    height: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=1)]
    frames: Annotated[int, Field(ge=1)]
    um_per_px: Annotated[float, Field(gt=0, lt=100)] | None = None
    error_um_per_px: Annotated[float, Field(ge=0)] | None = None
    words: tuple[str, ...] = ()
    made_with: str = ""
    files: dict[str, str] = Field(default_factory=dict)


class Measurement(BaseModel):
    """A measurement before it is kept.

    Attributes:
        facts: what is written down.
        arrays: what a correction is made of; empty for a scale.
        picture: (H, W, 3) uint8 RGB before and after, for people.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    facts: Facts
    arrays: dict[str, NDArray[np.float32] | NDArray[np.uint8]]
    picture: NDArray[np.uint8]


def find_version() -> str:
    """Give this program's version."""
    try:
        return version("leukoscope")
    except PackageNotFoundError:  # run from a checkout without installing
        return "0+checkout"


def tell_now() -> datetime:
    """Give the moment of a measurement."""
    return datetime.now(UTC)
