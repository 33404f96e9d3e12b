"""On what optics are measured, and what holds there already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from device.optics.kept import Kept
from device.optics.measurement import Kind
from device.optics.micrometer import DIVISION_UM

Task = Literal["flat", "seen", "white", "dark", "micrometer", "red_cells"]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a measurement has to know beside pictures.

    Attributes:
        camera: name of the source.
        um_per_px: size of a pixel as far as it is known; fields seen need it.
        in_force: the newest measurement of each kind of this camera.
        division_um: distance of a micrometer's lines.
        pictures: how many to take; None: as many as the measurement asks for.
    """

    camera: str
    um_per_px: float
    in_force: Mapping[Kind, Kept] = field(default_factory=dict)
    division_um: float = DIVISION_UM
    pictures: int | None = None
