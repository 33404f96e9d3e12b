"""What the page's routes of the optics do: one measurement at a time, on pictures that come after it was asked for."""

import threading
import time
from collections.abc import Iterator

import numpy as np
from flask import url_for
from numpy.typing import NDArray

from device.optics.books import keep_measured, take_out
from device.optics.composing import make_correction
from device.optics.kept import Kept, find_in_force, read_shelf
from device.optics.measurement import Kind
from device.optics.scene import Scene, Task
from device.optics.stacking import MeasuringError
from device.optics.tasks import measure
from device.page.instrument import Instrument
from device.page.optics_facts import MeasuredFacts, OpticsFacts, RunningFacts

SILENCE_S = 10.0
"""A camera that gives no picture for so long ends a measurement."""

LONGEST_S = 300.0
"""A measurement that takes longer was forgotten."""

WAIT_S = 0.5
"""How soon a stop is seen."""


class OpticsDesk:
    """One measurement at a time; any of the page's threads may call.

    Args:
        instrument: its live raw pictures are measured, its optics are set.
    """

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._data_dir = instrument.store.path.parent
        self._busy = threading.Lock()
        self._stopping = threading.Event()
        self._running: RunningFacts | None = None

    def read(self) -> OpticsFacts:
        """Tell what holds, and what goes on."""
        instrument, setting = self._instrument, self._instrument.optics.setting
        shelf = read_shelf(self._data_dir, instrument.camera)
        newest = instrument.live.find_newest()
        return OpticsFacts(
            camera=instrument.camera,
            correction=setting.correction.identity if setting.correction else None,
            um_per_px=setting.um_per_px,
            um_per_px_of_picture=newest.prediction.frame.um_per_px if newest else None,
            running=self._running,
            measured={one.facts.kind: _describe(one, shelf) for one in shelf},
        )

    def run(self, task: Task, division_um: float) -> bool:
        """Measure and let it hold; False: another measurement goes on.

        Raises:
            Refusal: the pictures do not allow it, or it cannot be kept.
        """
        if not self._busy.acquire(blocking=False):
            return False
        try:
            self._stopping.clear()
            instrument = self._instrument
            scene = Scene(
                camera=instrument.camera,
                um_per_px=instrument.optics.setting.um_per_px,
                in_force=find_in_force(self._data_dir, instrument.camera),
                division_um=division_um,
            )
            self._running = RunningFacts(task=task, count=0, wanted=0)

            def tell(count: int, wanted: int) -> None:
                self._running = RunningFacts(task=task, count=count, wanted=wanted)

            measured = measure(task, self._watch(), scene, tell)
            self._enforce({one.facts.kind for one in keep_measured(self._data_dir, measured, instrument.store)})
            return True
        finally:
            self._running = None
            self._busy.release()

    def stop(self) -> None:
        """Let the measurement that goes on end with the pictures it has."""
        self._stopping.set()

    def undo(self, name: str) -> bool:
        """Take a measurement back; False: a measurement goes on.

        Raises:
            ShelfError: there is none of this name.
        """
        if not self._busy.acquire(blocking=False):
            return False
        try:
            kinds = {one.facts.kind for one in read_shelf(self._data_dir) if one.name == name}
            take_out(self._data_dir, name, self._instrument.store)
            self._enforce(kinds)
            return True
        finally:
            self._busy.release()

    def _watch(self) -> Iterator[NDArray[np.uint8]]:
        """Raw pictures taken after this moment, as they come."""
        live = self._instrument.live
        newest = live.find_newest()
        seq = newest.prediction.frame.seq if newest else 0
        begun_s = seen_s = time.monotonic()
        while not self._stopping.is_set() and time.monotonic() < begun_s + LONGEST_S:
            judged = live.wait_newer(seq, WAIT_S)
            if judged is not None:
                seq, seen_s = judged.prediction.frame.seq, time.monotonic()
                yield judged.prediction.frame.image
            elif live.closed or time.monotonic() > seen_s + SILENCE_S:
                raise MeasuringError(f"no new picture for {SILENCE_S:.0f} s (expected a camera that goes on)")

    def _enforce(self, kinds: set[Kind]) -> None:
        """Let what is stored hold from the next picture on."""
        optics = self._instrument.optics
        in_force = find_in_force(self._data_dir, self._instrument.camera)
        if kinds - {"scale"}:
            optics.set_correction(make_correction(in_force))
        if "scale" in kinds:
            scale = in_force["scale"].facts.um_per_px if "scale" in in_force else self._instrument.settings.um_per_px
            if scale:  # none was set: what held goes on until the next start measures red cells
                optics.set_scale(scale)


def _describe(kept: Kept, shelf: tuple[Kept, ...]) -> MeasuredFacts:
    older = [one for one in shelf[: shelf.index(kept)] if one.facts.kind == kept.facts.kind]
    picture = url_for("optics.optics_picture", name=kept.name)
    return MeasuredFacts.of(kept, older[-1] if older else None, picture)
