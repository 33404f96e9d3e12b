"""Which places of a slide were looked at, and what became of them."""

from dataclasses import dataclass

from device.counting.past import PastField
from device.preclassification import Prediction, StagePosition, VisitedField
from device.stage.keyframes import Rearrangement

COVERED = 0.5
"""A field that shares more than half of each side with one that is recorded shows nothing new by itself."""

SAME_VISIT = 0.1  # of each side: the stage was pushed a little and shows the same field
RIM = 0.13  # of each side: a cell whose centre lies here may be cut by the edge (19 and 12 um of a usual field)


@dataclass(slots=True, eq=False)
class _Visit:
    region: int
    x_um: float
    y_um: float
    width_um: float
    height_um: float
    looks: int = 0  # that were analysed

    def is_near(self, x_um: float, y_um: float, part: float) -> bool:
        return abs(self.x_um - x_um) < part * self.width_um and abs(self.y_um - y_um) < part * self.height_um

    def shows(self, x_um: float, y_um: float) -> bool:
        across, down = (x_um - self.x_um) / self.width_um, (y_um - self.y_um) / self.height_um
        return RIM < across < 1 - RIM and RIM < down < 1 - RIM


class Visits:
    """The places of one slide at which the stage rested."""

    def __init__(self) -> None:
        self._visits: dict[int, list[_Visit]] = {}

    def note(self, prediction: Prediction, position: StagePosition) -> bool:
        """Note a look at rest.

        Args:
            prediction: analysed or rejected.
            position: of the frame.

        Returns:
            Whether it shows a place that no look of its kind showed: one that was rejected is new once it is analysed.
        """
        analysed = prediction.rejected is None
        known = self._visits.setdefault(position.region, [])
        there = [v for v in known if v.is_near(position.x_um, position.y_um, COVERED)]
        new = not any(visit.looks for visit in there) if analysed else not there
        same = next((v for v in there if v.is_near(position.x_um, position.y_um, SAME_VISIT)), None)
        if same is None:
            height, width = prediction.frame.image.shape[:2]
            scale = prediction.frame.um_per_px
            same = _Visit(position.region, position.x_um, position.y_um, width * scale, height * scale)
            known.append(same)
        same.looks += analysed
        return new

    def remember(self, known: PastField) -> None:
        """Take over a visit of an earlier run."""
        visit = _Visit(known.region, known.x_um, known.y_um, *known.size_um, looks=int(known.analysed))
        self._visits.setdefault(known.region, []).append(visit)

    def count_looks(self, region: int, x_um: float, y_um: float) -> int:
        """Count the analysed looks at rest that showed a place whole."""
        return sum(visit.looks for visit in self._visits.get(region, []) if visit.shows(x_um, y_um))

    def rearrange(self, change: Rearrangement) -> None:
        """Move visits with the map."""
        moved = self._visits.pop(change.region, [])
        for visit in moved:
            visit.x_um, visit.y_um = change.move(visit.x_um, visit.y_um)
            visit.region = change.into
        self._visits.setdefault(change.into, []).extend(moved)

    def describe(self) -> list[VisitedField]:
        """List the fields as the map shows them, in the order in which they were visited within a region."""
        return [
            VisitedField(v.region, v.x_um, v.y_um, v.width_um, v.height_um, "counted" if v.looks else "rejected")
            for visits in self._visits.values()
            for v in visits
        ]
