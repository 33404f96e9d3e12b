"""What of a prediction counts: where the stage stands, and which cells of the open slide are new there."""

from dataclasses import replace
from datetime import datetime, timedelta

from contract.bundle import Manifest
from contract.settings import CountingSettings
from device.counting.counter import Counter
from device.counting.past import Past, Recall
from device.preclassification import Judged, Prediction, Visited, VisitedField
from device.stage import StageFollower

MAP_EVERY = timedelta(seconds=1)
"""How often the map is drawn anew; nobody sees more, and after hours it takes milliseconds."""


class Judge:
    """Judges predictions in the order their frames were taken; one thread calls it.

    Args:
        settings: distances in micrometres.
        manifest: of the bundle that names the cells.
        recall: gives the past of a slide that was counted before.
    """

    def __init__(
        self, settings: CountingSettings, manifest: Manifest, recall: Recall = lambda _slide_id: Past()
    ) -> None:
        self._settings = settings
        self._manifest = manifest
        self._recall = recall
        self._slide_id = ""
        self._begin(Past())

    def judge(self, prediction: Prediction, slide_id: str, at_rest: bool) -> Judged:
        """Decide what counts in a frame, and remember it.

        Args:
            prediction: the frame and its cells.
            slide_id: the slide that lies on the stage.
            at_rest: the stage is known to have stood still; False leaves it to be seen.

        Returns:
            The verdict.
        """
        if slide_id != self._slide_id:
            # What was counted on one slide must not hide cells of the next, even where the stage stands the same.
            self._slide_id = slide_id
            self._begin(self._recall(slide_id))
        position = self._stage.locate(prediction.frame, at_rest)
        self._counter.rearrange(self._stage.take_rearranged())
        judged = self._counter.judge(prediction, position, once=at_rest)
        return replace(judged, visited=self._draw_map(prediction.frame.captured_at))

    def _begin(self, past: Past) -> None:
        self._stage = StageFollower(self._settings.still_um)
        self._counter = Counter(self._settings, self._manifest)
        for known in past.fields:
            self._stage.remember(known)
        self._counter.remember(past)
        self._visited = Visited((), ())
        self._drawn_at: datetime | None = None

    def _draw_map(self, now: datetime) -> Visited:
        if self._drawn_at is None or abs(now - self._drawn_at) >= MAP_EVERY:
            fields, cells = self._counter.describe()
            passed = (VisitedField(*place, "passed") for place in self._stage.list_passed())
            self._visited, self._drawn_at = Visited((*passed, *fields), tuple(cells)), now
        return self._visited
