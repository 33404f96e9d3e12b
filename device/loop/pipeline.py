"""The live loop: frames are prepared, run through the network and finished, each stage beside the next frame's."""

import threading
import time
from contextlib import ExitStack

from contract.settings import DeviceSettings
from device.cameras.source import Absence, Source
from device.counting.judging import Judge
from device.counting.past import Past, Recall
from device.keeping.slides import Slides
from device.loop.finishing import Finishing, Outlets, Seen
from device.loop.handover import Handover
from device.loop.preparing import Preparing, Ready
from device.loop.skipping import Skipping
from device.network.classifier import Classifier
from device.optics.setting import Optics

LOOK_S = 0.25
"""How often the loop looks whether it is told to stop, while no frame comes."""


class Pipeline:
    """Runs the network in the main thread, preparation before it and finishing after it in threads of their own.

    Between two stages lies one frame at most: with a live camera, which gives its newest picture, what is shown is
    never older than the work on it. Nothing that passed the camera is left out.

    Args:
        source: the opened camera; closed when the loop ends.
        optics: how raw pictures are corrected, and their scale.
        classifier: the opened bundle.
        slides: which slide lies on the stage.
        settings: the device's settings.
        outlets: where the results go.
        recall: gives the past of a slide that was counted before.
    """

    def __init__(
        self,
        source: Source,
        optics: Optics,
        classifier: Classifier,
        slides: Slides,
        settings: DeviceSettings,
        outlets: Outlets,
        recall: Recall = lambda _slide_id: Past(),
    ) -> None:
        self._classifier = classifier
        self._outlets = outlets
        self._ready = Handover[Ready | Absence]()
        self._seen = Handover[Seen | Absence]()
        skipping = Skipping(source.name, outlets.health)
        judge = Judge(settings.counting, classifier.bundle.manifest, recall)
        self._preparing = Preparing(source, optics, classifier, settings, self._ready, outlets.health, skipping)
        self._finishing = Finishing(classifier, judge, slides, outlets, self._seen, skipping)

    def run(self, stop: threading.Event) -> None:
        """Analyse shots until told to stop or until the source has no more.

        Args:
            stop: set by whoever wants the loop to end; seen after each frame.

        Raises:
            SourceError: the source fails, or picture after picture cannot be analysed.
            Refusal: the recorder's disk fails.
        """
        with ExitStack() as stages:
            stages.enter_context(self._finishing)
            stages.enter_context(self._preparing)
            while not (stop.is_set() or self._ready.over):
                self._outlets.recorder.check()
                ready = self._ready.take(LOOK_S)
                if ready is not None and not self._look(ready):
                    return  # whatever ended the finishing is raised where it is closed

    def _look(self, ready: Ready | Absence) -> bool:
        if isinstance(ready, Absence):
            return self._seen.give(ready)
        begun_s = time.monotonic()
        with self._outlets.health.working("infer"):
            outputs = self._classifier.outputs(ready.prepared)
        return self._seen.give(Seen(ready, outputs, (time.monotonic() - begun_s) * 1000))
