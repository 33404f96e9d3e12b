"""A camera over a drawn smear: it moves like a technician's hand, and every white cell in view is known."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Event
from typing import Self

import numpy as np
from numpy.typing import NDArray

from device.cameras.source import Shot
from device.smear.crowding import Crowding
from device.smear.motion import Path, StagePath
from device.smear.slide import VirtualSlide
from device.smear.truth import FieldTruth

UM_PER_PX = 0.15
HEIGHT_PX, WIDTH_PX = 600, 960  # as the Raspberry Pi fields of the training data


class SimulatedSource:
    """Photographs a virtual slide on a virtual stage; every shot says that it is simulated.

    The stage runs by the clock, not by the number of shots: whoever asks late gets the picture of now.

    Args:
        seed: of the slide, 0 or more; the same seed is the same slide.
        fps: pictures a second at most; None: as fast as they are taken.
        path: how the stage moves.
        clock: seconds that never run backwards; another clock makes the motion repeatable.
        crowding: how many cells of what kind lie on the slide; the demo's if None.
    """

    def __init__(
        self,
        seed: int = 0,
        fps: float | None = 10.0,
        path: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        crowding: Crowding | None = None,
    ) -> None:
        self._seed = seed
        self._interval_s = 1 / fps if fps else 0.0
        self._path = path or StagePath()
        self._clock = clock
        self._crowding = crowding
        self._slide: VirtualSlide | None = None
        self._closed = Event()

    @property
    def name(self) -> str:
        """``simulated:`` and the seed."""
        return f"simulated:{self._seed}"

    @property
    def simulated(self) -> bool:
        """True: nothing here was photographed."""
        return True

    @property
    def trouble(self) -> str | None:
        """None: nothing can happen to a drawn slide."""
        return None

    def __enter__(self) -> Self:
        """Lay the slide on the stage."""
        self._closed.clear()
        self._slide = VirtualSlide(self._seed, self._crowding)
        return self

    def __exit__(self, *exc: object) -> None:
        """Take the slide away; shots end."""
        self._closed.set()
        self._slide = None

    def shots(self) -> Iterator[Shot]:
        """Yield pictures of where the stage is; it ends when the source is closed."""
        slide = self._slide
        started_s = due_s = self._clock()
        number = 0
        while slide is not None and not self._closed.wait(max(0.0, due_s - self._clock())):
            now_s = self._clock()
            due_s = max(due_s + self._interval_s, now_s)
            # Another thread may close the source meanwhile: this picture is still of the slide that lay there.
            image, _ = self._photograph(slide, now_s - started_s, number)
            yield Shot(image, datetime.now(UTC), UM_PER_PX, f"simulated {number:06d}", simulated=True)
            number += 1

    def photograph(self, elapsed_s: float, exposure: int = 0) -> tuple[NDArray[np.uint8], FieldTruth]:
        """Take the picture of a moment, with its truth.

        Args:
            elapsed_s: seconds since the first shot.
            exposure: number of the picture; the sensor's noise depends on it.

        Returns:
            (600, 960, 3) uint8 RGB, read-only, and what is known about its white cells.

        Raises:
            RuntimeError: the source is not open.
        """
        if self._slide is None:
            raise RuntimeError("simulated camera: closed (expected to be opened by 'with')")
        return self._photograph(self._slide, elapsed_s, exposure)

    def _photograph(self, slide: VirtualSlide, elapsed_s: float, exposure: int) -> tuple[NDArray[np.uint8], FieldTruth]:
        x_um, y_um = self._path.position_um(elapsed_s)
        moment = self._path.moment(elapsed_s)
        image, truth = slide.render(x_um, y_um, HEIGHT_PX, WIDTH_PX, UM_PER_PX, exposure, moment)
        image.flags.writeable = False
        return image, truth
