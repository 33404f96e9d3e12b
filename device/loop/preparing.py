"""The first stage of the live loop: shots become frames that the network can take."""

import time
from dataclasses import dataclass

import cv2

from contract.prepare import Prepared, PrepareError
from contract.settings import DeviceSettings
from device.cameras.scaling import hold_until_scaled
from device.cameras.source import Absence, Shot, Source
from device.frame import Frame, FrameError, make_frame
from device.loop.handover import Handover
from device.loop.health import HealthBook
from device.loop.skipping import Skipping
from device.network.classifier import Classifier
from device.optics.setting import Optics
from device.quality.picture import measure_quality
from device.quality.smear import judge_smear
from device.worker import Worker


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A frame on its way to the network.

    Attributes:
        frame: with its quality.
        prepared: the same as the network sees it.
        at_rest: the stage is known to have stood still.
        spent_ms: time of each stage so far.
    """

    frame: Frame
    prepared: Prepared
    at_rest: bool
    spent_ms: dict[str, float]


class Preparing(Worker):
    """Takes shots, one ahead of the network, and makes frames of them.

    Args:
        source: the opened camera; closed when the work is told to stop.
        optics: how raw pictures are corrected, and their scale where they do not say it.
        classifier: prepares for its network.
        settings: limits of quality.
        out: where prepared frames go, and absences of the camera.
        health: the books.
        skipping: what happens to pictures that cannot be analysed.
    """

    def __init__(
        self,
        source: Source,
        optics: Optics,
        classifier: Classifier,
        settings: DeviceSettings,
        out: Handover[Ready | Absence],
        health: HealthBook,
        skipping: Skipping,
    ) -> None:
        super().__init__("preparing", close_s=5.0)
        self._source = source
        self._optics = optics
        self._classifier = classifier
        self._limits = settings.quality
        self._out = out
        self._health = health
        self._skipping = skipping
        self._seq = 0

    def work(self) -> None:
        """Prepare shots until there are no more or nobody takes them."""
        asked_s = time.monotonic()
        for shot in hold_until_scaled(self._source.shots(), self._optics):
            wait_ms = (time.monotonic() - asked_s) * 1000
            ready = shot if isinstance(shot, Absence) else self._prepare(shot, wait_ms)
            if ready is not None and not self._out.give(ready):
                return
            asked_s = time.monotonic()

    def stop(self) -> None:
        """Close the camera, which ends its shots, and let nobody wait for one."""
        self._out.leave()
        self._source.__exit__(None, None, None)

    def ended(self) -> None:
        """Tell the network's stage that nothing more comes."""
        self._out.end()

    def _prepare(self, shot: Shot, wait_ms: float) -> Ready | None:
        begun_s = time.monotonic()
        if shot.skipped:
            self._health.skip(shot.skipped)
        try:
            with self._health.working("prepare"):
                frame = self._make_frame(shot)
                prepared = self._classifier.prepare(frame)
                frame = judge_smear(frame, prepared, self._classifier.bundle.manifest, self._limits)
        except (FrameError, PrepareError, cv2.error) as bad:
            self._skipping.skip(shot.name, bad)
            return None
        spent_ms = {"wait": wait_ms, "prepare": (time.monotonic() - begun_s) * 1000}
        return Ready(frame, prepared, shot.at_rest, spent_ms)

    def _make_frame(self, shot: Shot) -> Frame:
        self._seq += 1
        setting = self._optics.setting
        um_per_px = shot.um_per_px or setting.um_per_px
        quality = measure_quality(shot.image, um_per_px, self._limits)
        correction = setting.correction
        return make_frame(
            shot.image,
            quality,
            um_per_px,
            seq=self._seq,
            captured_at=shot.captured_at,
            simulated=shot.simulated,
            view=correction.correct(shot.image) if correction else None,
            optics=correction.identity if correction else "",
            fingerprint=shot.fingerprint,
        )
