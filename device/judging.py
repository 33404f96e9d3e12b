"""What of a prediction counts: where the stage stands, and which cells of the open slide are new there."""

from contract.settings import CountingSettings
from device.counting import Counter
from device.records import Judged, Prediction
from device.stage import StageFollower


class Judge:
    """Judges predictions in the order their frames were taken; one thread calls it.

    Args:
        settings: distances in micrometres.
    """

    def __init__(self, settings: CountingSettings) -> None:
        self._settings = settings
        self._stage = StageFollower(settings.still_um)
        self._slide_id = ""
        self._counter = Counter(settings)

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
            self._slide_id, self._counter = slide_id, Counter(self._settings)
        return self._counter.judge(prediction, self._stage.locate(prediction.frame, at_rest))
