"""What a folder of pictures says about itself: their scale, and whether they are drawn."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device.cameras.source import SourceError

DESCRIPTION = "scale.json"
"""Stands in a folder of images or one above it; `leukoscope simulate` writes it, and so may anybody else."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of saved pictures.

    Attributes:
        um_per_px: size of a pixel in micrometres; None: not told.
        simulated: the pictures are drawn, not photographed.
    """

    um_per_px: float | None
    simulated: bool


class _Written(BaseModel):
    model_config = ConfigDict(extra="ignore")

    um_per_px: Annotated[float, Field(gt=0, lt=100)] | None = None
    simulated: bool = False


def read_description(path: Path) -> Description:
    """Look for a description of what is to be replayed.

    Args:
        path: a folder or a file; the description lies in the folder or the one above.

    Returns:
        What it says; nothing known where there is none.

    Raises:
        SourceError: it cannot be read, or says something else than it should.
    """
    for folder in (path, path.parent):
        place = folder / DESCRIPTION
        if place.is_file():
            return _read(place)
    return Description(None, False)


def _read(place: Path) -> Description:
    try:
        written = _Written.model_validate(json.loads(place.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
        expected = '{"um_per_px": 0.15, "simulated": false}'
        raise SourceError(f"{place}: {reason} (expected for example {expected})") from error
    return Description(written.um_per_px, written.simulated)
