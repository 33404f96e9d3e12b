"""Which cells count: each white cell of a slide once, however often the stage comes back to it."""

from dataclasses import dataclass, field

from contract.cell import Cell
from contract.settings import CountingSettings
from device.records import Judged, Prediction, StagePosition

COVERED = 0.5
"""A field that shares more than half of each side with one that is recorded shows nothing new by itself."""


@dataclass(slots=True)
class _Region:
    """What is known of one region; places are those of fields that were judged, with what became of them."""

    cells: list[tuple[float, float]] = field(default_factory=list)
    analysed: list[tuple[float, float]] = field(default_factory=list)
    rejected: list[tuple[float, float]] = field(default_factory=list)


class Counter:
    """Counts the white cells of one slide; a new slide gets a new counter.

    A cell joins the count when the stage stands still, the field was analysed, the cell lies whole in the field, and
    no counted cell lies where it lies. A place is judged at the first frame at rest and not again until the stage
    moves: otherwise whatever the model finds in one noisy frame of a thousand would be counted in the end. The same
    picture, byte for byte, is never judged twice: a replay that starts again shows no new blood.

    Args:
        settings: distances in micrometres.
    """

    def __init__(self, settings: CountingSettings) -> None:
        self._settings = settings
        self._digests: set[str] = set()
        self._regions: dict[int, _Region] = {}

    def judge(self, prediction: Prediction, position: StagePosition) -> Judged:
        """Decide what counts in a frame, and remember it.

        Args:
            prediction: the frame and its cells.
            position: where it lies.

        Returns:
            The verdict.
        """
        nothing = Judged(prediction, position, (False,) * len(prediction.cells), False)
        region = self._regions.setdefault(position.region, _Region())
        seen = prediction.frame.digest in self._digests or self._is_judged(region, prediction, position)
        if seen or not position.still:
            return nothing
        self._digests.add(prediction.frame.digest)
        new_place = not self._is_covered(region, prediction, position)
        if prediction.rejected is not None:
            region.rejected.append((position.x_um, position.y_um))
            return Judged(prediction, position, nothing.counted, new_place)
        region.analysed.append((position.x_um, position.y_um))
        counted = self._count(region, prediction, position)
        return Judged(prediction, position, counted, new_place or any(counted))

    def _is_judged(self, region: _Region, prediction: Prediction, position: StagePosition) -> bool:
        near_um = self._settings.still_um * 2
        known = region.analysed if prediction.rejected is None else region.analysed + region.rejected
        return any(abs(x - position.x_um) < near_um and abs(y - position.y_um) < near_um for x, y in known)

    def _is_covered(self, region: _Region, prediction: Prediction, position: StagePosition) -> bool:
        height, width = prediction.frame.image.shape[:2]
        x_um, y_um = (COVERED * side * prediction.frame.um_per_px for side in (width, height))
        known = region.analysed if prediction.rejected is None else region.analysed + region.rejected
        return any(abs(x - position.x_um) < x_um and abs(y - position.y_um) < y_um for x, y in known)

    def _count(self, region: _Region, prediction: Prediction, position: StagePosition) -> tuple[bool, ...]:
        places = [_place_on_slide(cell, prediction.frame.um_per_px, position) for cell in prediction.cells]
        known = tuple(region.cells)
        counted = tuple(
            not cell.touches_border and not self._is_near(place, known)
            for cell, place in zip(prediction.cells, places, strict=True)
        )
        region.cells.extend(place for place, counts in zip(places, counted, strict=True) if counts)
        return counted

    def _is_near(self, place: tuple[float, float], known: tuple[tuple[float, float], ...]) -> bool:
        limit_um2 = self._settings.same_cell_um**2
        return any((x - place[0]) ** 2 + (y - place[1]) ** 2 < limit_um2 for x, y in known)


def _place_on_slide(cell: Cell, um_per_px: float, position: StagePosition) -> tuple[float, float]:
    x0, y0, x1, y1 = cell.box
    return position.x_um + (x0 + x1) / 2 * um_per_px, position.y_um + (y0 + y1) / 2 * um_per_px
