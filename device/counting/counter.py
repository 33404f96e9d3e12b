"""Which cells count: each white cell of a slide once, however often the stage comes back to it."""

import operator
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace

from uuid6 import uuid7

from contract.bundle import Manifest
from contract.cell import Cell
from contract.naming import Naming
from contract.settings import CountingSettings
from device.counting.looks import weigh_look
from device.counting.past import Past
from device.counting.tracking import Places, Track, Tracks, locate_cells
from device.counting.verdicts import is_worth_telling, make_mark, write_verdict
from device.counting.visits import RIM, Visits
from device.preclassification import Judged, Prediction, StagePosition, Verdict, VisitedCell, VisitedField
from device.stage.keyframes import Rearrangement

LATE_HITS, LATE_SHARE = 3, 2
"""A cell that earlier looks at its place did not find counts when it was found so often, and so many times as often as
missed: whatever a model sees in a frame of ten at a long rest is not counted in the end."""

MOST_MISSES = 4  # of looks before a cell was first found; more would keep a cell that came into focus late waiting long

STEADY = 3  # looks in a row that call a stored cell something else, before that is stored; at a threshold names flicker

MOST_DIGESTS = 50_000
"""Pictures remembered so that none counts twice: a replay of 50,000 kept fields; 7 MB."""


class Counter:
    """Counts the white cells of one slide; a new slide gets a new counter.

    A cell joins the count when the stage stands still at a settled place, the field was analysed, and the cell is
    countable. It keeps its identity for as long as the slide lies there, and its name is decided by all looks at it:
    what later looks say of a stored cell is told as a verdict. The same picture, byte for byte, never counts twice: a
    replay that starts again shows no new blood.

    Args:
        settings: distances in micrometres.
        manifest: of the bundle that names the cells.
    """

    def __init__(self, settings: CountingSettings, manifest: Manifest) -> None:
        self._manifest = manifest
        self._tracks = Tracks(settings.same_cell_um)
        self._visits = Visits()
        self._digests: OrderedDict[str, None] = OrderedDict()
        self._rest = 0
        self._in_rest: dict[int, Track] | None = None
        self._verdicts: list[Verdict] = []

    def judge(self, prediction: Prediction, position: StagePosition, *, once: bool = False) -> Judged:
        """Decide what counts in a frame, and remember it.

        Args:
            prediction: the frame and its cells.
            position: where it lies.
            once: a saved picture, which may come again as it is.

        Returns:
            The verdict.
        """
        self._follow_rest(position)
        if prediction.rejected is not None:
            new = self._is_new(prediction, position) and self._is_first(prediction)
            return self._tell(prediction, position, [None] * len(prediction.cells), new=new)
        places = locate_cells(prediction.cells, prediction, position)
        tracks = self._tracks.match(places, position.region)
        if not position.still or (once and prediction.frame.digest in self._digests):
            return self._tell(prediction, position, tracks)
        self._look(prediction, position, places, tracks)
        new = self._is_new(prediction, position)
        joining = [self._joins(cell, track) for cell, track in zip(prediction.cells, tracks, strict=True)]
        if not position.settled or not ((new or once or any(joining)) and self._is_first(prediction)):
            return self._tell(prediction, position, tracks)
        for track, joins in zip(tracks, joining, strict=True):
            if track is not None and joins:
                track.told, track.cell_id = track.looks.decide(self._manifest), str(uuid7())
        return self._tell(prediction, position, tracks, joining, new=new)

    def remember(self, past: Past) -> None:
        """Take over what an earlier run counted, so that none of it counts again."""
        self._digests.update(dict.fromkeys(past.digests))
        for known in past.fields:
            self._visits.remember(known)
        for known_cell in past.cells:
            track = self._tracks.begin(known_cell.region, known_cell.x_um, known_cell.y_um, misses=0)
            track.cell_id, track.told = known_cell.cell_id, known_cell.naming

    def rearrange(self, changes: Iterable[Rearrangement]) -> None:
        """Move what is known with the map; of a cell counted in two regions that are one, the second is taken back."""
        for change in changes:
            self._visits.rearrange(change)
            for kept, again in self._tracks.rearrange(change):
                if kept.told is not None and again.told is not None:
                    self._verdicts.append(write_verdict(again, again.told, same_as=kept.cell_id))

    def describe(self) -> tuple[list[VisitedField], list[VisitedCell]]:
        """List visited fields and counted cells for the map."""
        cells = [
            VisitedCell(track.region, track.x_um, track.y_um, track.told.cell_type, track.cell_id)
            for track in self._tracks.all()
            if track.told is not None
        ]
        return self._visits.describe(), cells

    def _follow_rest(self, position: StagePosition) -> None:
        if position.still and self._in_rest is None:
            self._rest, self._in_rest = self._rest + 1, {}
        elif not position.still and self._in_rest is not None:
            for track in self._in_rest.values():
                naming = track.looks.decide(self._manifest)
                if track.told is not None and is_worth_telling(track.told, naming):
                    self._decide_anew(track, naming)
            self._in_rest = None

    def _look(
        self, prediction: Prediction, position: StagePosition, places: Places, tracks: list[Track | None]
    ) -> None:
        """Add this frame's looks to the cells it shows; what it does not show although it should is missed."""
        assert self._in_rest is not None
        for at, (cell, (x_um, y_um)) in enumerate(zip(prediction.cells, places.tolist(), strict=True)):
            if not cell.countable:
                continue
            track = tracks[at]
            if track is None:
                before = self._visits.count_looks(position.region, x_um, y_um)
                track = tracks[at] = self._tracks.begin(position.region, x_um, y_um, min(before, MOST_MISSES))
            self._tracks.move(track, x_um, y_um)
            track.hits += 1
            track.looks.add(cell, weigh_look(cell, prediction), self._rest, self._manifest.classes)
            self._in_rest[track.identity] = track
        seen = {track.identity for track in tracks if track is not None}
        for track in self._tracks.inside(position.region, *_shrink_field(prediction, position)):
            track.misses += track.identity not in seen

    def _joins(self, cell: Cell, track: Track | None) -> bool:
        if track is None or track.told is not None or not cell.countable:
            return False
        return not track.misses or track.hits >= max(LATE_HITS, LATE_SHARE * track.misses)

    def _is_new(self, prediction: Prediction, position: StagePosition) -> bool:
        # A place that may have been seen before is not noted until that is known.
        return position.still and position.settled and self._visits.note(prediction, position)

    def _is_first(self, prediction: Prediction) -> bool:
        digest = prediction.frame.digest
        if digest in self._digests:
            return False
        self._digests[digest] = None
        if len(self._digests) > MOST_DIGESTS:
            self._digests.popitem(last=False)
        return True

    def _tell(
        self,
        prediction: Prediction,
        position: StagePosition,
        tracks: list[Track | None],
        joining: list[bool] | None = None,
        *,
        new: bool = False,
    ) -> Judged:
        named = tuple(self._name(cell, track) for cell, track in zip(prediction.cells, tracks, strict=True))
        verdicts, self._verdicts = tuple(self._verdicts), []
        return Judged(
            replace(prediction, cells=named) if any(map(operator.is_not, named, prediction.cells)) else prediction,
            position,
            tuple(joining or [False] * len(tracks)),
            new or any(joining or ()),
            tuple(None if track is None else make_mark(track) for track in tracks),
            verdicts,
        )

    def _name(self, cell: Cell, track: Track | None) -> Cell:
        if track is None or not track.looks.number:
            return cell
        naming = track.looks.decide(self._manifest)
        if track.told is not None:
            track.differs = track.differs + 1 if naming.cell_type != track.told.cell_type else 0
            if track.differs >= STEADY:
                self._decide_anew(track, naming)
        if not cell.countable or naming.probabilities is cell.probabilities:
            return cell  # what is cut off here, or smudged, says so; and one look says what it said
        return replace(
            cell,
            cell_type=naming.cell_type,
            confidence=naming.confidence,
            probabilities=naming.probabilities,
            candidates=naming.candidates,
            outside=naming.outside,
        )

    def _decide_anew(self, track: Track, naming: Naming) -> None:
        track.told, track.differs = naming, 0
        self._verdicts.append(write_verdict(track, naming))


def _shrink_field(prediction: Prediction, position: StagePosition) -> tuple[float, float, float, float]:
    height, width = (side * prediction.frame.um_per_px for side in prediction.frame.image.shape[:2])
    x, y = position.x_um, position.y_um
    return x + RIM * width, y + RIM * height, x + (1 - RIM) * width, y + (1 - RIM) * height
