"""What a source of images knows about one picture, before anything is prepared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")

BACKGROUND, CYTOPLASM, NUCLEUS, UNKNOWN = 0, 1, 2, 255
"""Values of a tissue map; `UNKNOWN` also stands for no class in a class map."""


class Framing(Enum):
    """How a picture was taken, which decides how a mask is guessed where nobody drew one."""

    CROP = "crop"
    """One white cell in the middle; purple at the rim belongs to nobody known."""

    BOXES = "boxes"
    """A field with boxes around some of its white cells; purple outside the boxes may be more of them."""

    FIELD = "field"
    """A field in which every white cell counts."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a white cell lies.

    Attributes:
        x0, y0, x1, y1: half-open, in pixels of the picture; fractions are kept.
        cell_type: its name, or None where the type is not known.
        cell: id of the physical cell; boxes in several pictures may show the same one.
        instance: its value in the instance map, or None where there is none.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    cell_type: str | None
    cell: str
    instance: int | None = None


@dataclass(frozen=True, slots=True)
class Pixels:
    """The arrays of a sample, read when they are needed.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        tissue: (H, W) uint8, 0 background, 1 cytoplasm, 2 nucleus, 255 unknown; None where nobody drew a mask.
        instances: (H, W) uint16, 0 or the number of the cell; None where cells are to be found in `tissue`.
        hidden: (H, W) bool, what no model may see (a burnt-in scale bar); None: nothing.
    """

    image: NDArray[np.uint8]
    tissue: NDArray[np.uint8] | None = None
    instances: NDArray[np.uint16] | None = None
    hidden: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture with everything its source says about it.

    Attributes:
        id: path of the image relative to the source's folder, with forward slashes.
        source: name of the data set.
        group: slide or block; a group is never divided between splits.
        um_per_px: size of a pixel of `load().image`.
        load: reads the pixels; safe to call from any thread.
        framing: how a mask is guessed where there is none.
        files: what was read for it, for the fingerprint of the data set.
        cell_type: type of every white cell in the picture, where it is one and known.
        field_class: class of the field as a whole (screening), where known.
        boxes: white cells whose place is known.
        attributes: morphology of the cell in the middle, group to value.
        human_mask: the mask is known (drawn by a person, or the truth of a simulation), not guessed from colour.
        split: what the data set itself prescribes; None: to be decided.
        simulated: drawn and not photographed.
    """

    id: str
    source: str
    group: str
    um_per_px: float
    load: Callable[[], Pixels]
    framing: Framing
    files: tuple[Path, ...]
    cell_type: str | None = None
    field_class: str | None = None
    boxes: tuple[Box, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    human_mask: bool = False
    split: Split | None = None
    simulated: bool = False

    def cell_types(self) -> tuple[str, ...]:
        """Give the type of each cell that is named in this picture; one for a picture of one cell."""
        boxed = tuple(box.cell_type for box in self.boxes if box.cell_type is not None)
        if boxed or self.cell_type is None:
            return boxed
        return (self.cell_type,)
