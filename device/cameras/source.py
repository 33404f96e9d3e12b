"""What the pipeline asks of a camera, whatever it is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from device.frame import Fingerprint


class SourceError(Refusal):
    """A camera cannot be opened or gives no pictures; check its name, cable, or the folder it is to replay."""

    exit_code = 4


Tell = Callable[[str, str, dict[str, Any]], None]
"""How a camera reports an event: level of `contract.tables.EVENT_LEVELS`, kind, plain JSON; any thread may call it."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """How a picture was exposed, as far as the camera tells.

    Attributes:
        exposure_us: time in which light was gathered, in microseconds.
        range_us: shortest and longest time the camera could have chosen by itself; None also where it was fixed.
        analogue_gain: amplification before digitising, 1 or more.
        colour_gains: amplification of red and of blue, green being 1.
    """

    exposure_us: float | None = None
    range_us: tuple[float, float] | None = None
    analogue_gain: float | None = None
    colour_gains: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture as it left the camera.

    Attributes:
        image: (H, W, 3) uint8 RGB that nobody writes to afterwards.
        captured_at: aware UTC time of the exposure; of reading, where the exposure is unknown.
        um_per_px: size of a pixel in micrometres if the camera knows it, else None: the settings say it.
        name: what a person would look for: a file's name, or the frame's number.
        simulated: True if the picture was drawn, not photographed.
        at_rest: True if the stage is known to have stood still (a saved picture); False leaves it to be measured.
        skipped: pictures that could not be read since the shot before this one.
        exposure: how it was exposed.
        fingerprint: of the image, where the same one is given again and again; None: whoever wants it takes it.
    """

    image: NDArray[np.uint8]
    captured_at: datetime
    um_per_px: float | None
    name: str
    simulated: bool
    at_rest: bool = False
    skipped: int = 0
    exposure: Exposure = field(default_factory=Exposure)
    fingerprint: Fingerprint | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """Stands where a picture would: the camera is away, and an attempt to open it anew came back without one.

    It takes a frame's way through the live loop, so that what comes out at its end tells that every stage is alive.
    """


class Source(Protocol):
    """A camera: opened by ``with``, asked for shots until it has no more.

    ``__enter__`` opens the hardware or file and raises ``SourceError`` if that fails; ``__exit__`` may be called twice.
    A shot is taken when the iterator is advanced, so that whoever asks late gets the picture of now. ``__exit__`` may
    be called by another thread than the one that waits in ``shots``, which then ends within a second.
    """

    @property
    def name(self) -> str:
        """What was opened, in the words a person would give to ``--camera``."""

    @property
    def simulated(self) -> bool:
        """True if the pictures are drawn; it is said wherever they are shown."""

    @property
    def trouble(self) -> str | None:
        """What is wrong with the camera now, in words for the page; None: nothing is known to be."""

    def __enter__(self) -> Self:
        """Open the camera."""

    def __exit__(self, *exc: object) -> None:
        """Close the camera; shots end."""

    def shots(self) -> Iterator[Shot | Absence]:
        """Yield one shot after the other until the source has no more pictures; another call begins anew.

        A live camera that is away yields an absence for each attempt to open it that came back.
        """


def leave_out_absences(shots: Iterator[Shot | Absence]) -> Iterator[Shot]:
    """Give the pictures only, for who measures a camera; where it is away, this waits.

    Args:
        shots: of a source.

    Yields:
        Its pictures.
    """
    return (shot for shot in shots if not isinstance(shot, Absence))
