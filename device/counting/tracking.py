"""Which cell of the slide each cell of a frame is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from contract.cell import Cell
from contract.naming import Naming
from device.counting.looks import Looks
from device.preclassification import Prediction, StagePosition
from device.stage.keyframes import Rearrangement

Places = NDArray[np.float64]
"""(n, 2) x and y in micrometres on the slide."""


@dataclass(slots=True, eq=False)
class Track:
    """A cell of the slide.

    Attributes:
        identity: its number on the slide.
        region: within which places can be compared.
        x_um, y_um: its centre, where it was seen last.
        looks: what they say of it.
        hits: looks at rest that found it.
        misses: looks at rest that should have found it and did not.
        cell_id: under which it is stored; empty until it joins the count.
        told: what is stored of it; None until it joins the count.
        differs: looks in a row that would call it something else.
    """

    identity: int
    region: int
    x_um: float
    y_um: float
    looks: Looks = field(default_factory=Looks)
    hits: int = 0
    misses: int = 0
    cell_id: str = ""
    told: Naming | None = None
    differs: int = 0


class Tracks:
    """The cells of one slide.

    Args:
        same_cell_um: two looks farther apart are two cells.
    """

    def __init__(self, same_cell_um: float) -> None:
        self._same_cell_um = same_cell_um
        self._tracks: dict[int, list[Track]] = {}
        self._tables: dict[int, Places] = {}
        self._number = 0

    def match(self, places: Places, region: int) -> list[Track | None]:
        """Tell for each place which cell lies there, each cell at one place at most.

        Args:
            places: (n, 2) of the cells of one frame.
            region: of the frame.

        Returns:
            For each place its cell, or None where none is known; together as near as can be, so that of two cells
            that touch each keeps its own.
        """
        matches: list[Track | None] = [None] * len(places)
        tracks, known = self._tracks.get(region, []), self._table(region)
        if not len(places) or not len(known):
            return matches
        distance = np.hypot(places[:, :1] - known[:, 0], places[:, 1:] - known[:, 1])
        same = distance < self._same_cell_um
        rows, columns = (found.tolist() for found in np.nonzero(same))
        if len(set(rows)) == len(rows) and len(set(columns)) == len(columns):
            for row, column in zip(rows, columns, strict=True):
                matches[row] = tracks[column]
            return matches
        near = np.flatnonzero(same.any(axis=0))
        for row, column in _assign(np.where(same[:, near], distance[:, near], np.inf)):
            matches[row] = tracks[near[column]]
        return matches

    def begin(self, region: int, x_um: float, y_um: float, misses: int) -> Track:
        """Begin a cell that was not known.

        Args:
            region: where it lies.
            x_um: its centre.
            y_um: its centre.
            misses: looks at its place until now, none of which found it.
        """
        self._number += 1
        track = Track(self._number, region, x_um, y_um, misses=misses)
        self._tracks.setdefault(region, []).append(track)
        self._tables.pop(region, None)
        return track

    def move(self, track: Track, x_um: float, y_um: float) -> None:
        """Note where a cell was seen."""
        if track.x_um != x_um or track.y_um != y_um:
            track.x_um, track.y_um = x_um, y_um
            if track.region in self._tables:
                self._tables[track.region][self._tracks[track.region].index(track)] = x_um, y_um

    def inside(self, region: int, x0: float, y0: float, x1: float, y1: float) -> list[Track]:
        """List the cells of a region whose centre lies in a rectangle."""
        x, y = self._table(region).T
        held = (x >= x0) & (x < x1) & (y >= y0) & (y < y1)
        tracks = self._tracks.get(region, [])
        return [tracks[at] for at in held.nonzero()[0].tolist()]

    def all(self) -> list[Track]:
        """List the cells of all regions."""
        return [track for tracks in self._tracks.values() for track in tracks]

    def rearrange(self, change: Rearrangement) -> list[tuple[Track, Track]]:
        """Move cells with the map.

        Args:
            change: what moved.

        Returns:
            Pairs of counted cells that turned out to be one, the one counted earlier first.
        """
        moved = self._tracks.pop(change.region, [])
        there = [] if change.into == change.region else self._tracks.get(change.into, [])
        for track in moved:
            track.x_um, track.y_um = change.move(track.x_um, track.y_um)
            track.region = change.into
        twins = self._pair(there, moved) if there and moved else []
        gone = {id(again) for _, again in twins}
        self._tracks[change.into] = [*there, *(track for track in moved if id(track) not in gone)]
        self._tables.pop(change.region, None)
        self._tables.pop(change.into, None)
        return [(kept, again) for kept, again in twins if again.told is not None]

    def _pair(self, there: list[Track], moved: list[Track]) -> list[tuple[Track, Track]]:
        keep = Tracks(self._same_cell_um)
        keep._tracks[0] = there
        places = np.array([(track.x_um, track.y_um) for track in moved])
        matches = keep.match(places, 0)
        return [_merge(kept, again) for kept, again in zip(matches, moved, strict=True) if kept is not None]

    def _table(self, region: int) -> Places:
        table = self._tables.get(region)
        if table is None:
            tracks = self._tracks.get(region, [])
            table = self._tables[region] = np.array([(t.x_um, t.y_um) for t in tracks]).reshape(-1, 2)
        return table


def _assign(distance: Places) -> list[tuple[int, int]]:
    """Pair rows with columns so that all are near together; an infinite distance is no pair."""
    from scipy.optimize import linear_sum_assignment  # 22 MB that most slides do without

    # Squares, so that two short ways are better than a very short and a long one; too far costs more than all.
    cost = np.where(np.isfinite(distance), distance**2, 1e6)
    return [(row, column) for row, column in zip(*linear_sum_assignment(cost), strict=True) if cost[row, column] < 1e6]


def locate_cells(cells: Sequence[Cell], prediction: Prediction, position: StagePosition) -> Places:
    """Tell where the cells of a frame lie on the slide.

    Args:
        cells: of the frame.
        prediction: that holds them, for its scale.
        position: of the frame.

    Returns:
        (n, 2) centres of their boxes in micrometres.
    """
    half, x_um, y_um = prediction.frame.um_per_px / 2, position.x_um, position.y_um
    boxes = (cell.box for cell in cells)
    return np.array([((x0 + x1) * half + x_um, (y0 + y1) * half + y_um) for x0, y0, x1, y1 in boxes]).reshape(-1, 2)


def _merge(kept: Track, again: Track) -> tuple[Track, Track]:
    """Let the cell known longer stand for both; what only the other one has goes over to it."""
    if kept.told is None and again.told is not None:
        kept.cell_id, kept.told = again.cell_id, again.told
        again.told = None
    kept.hits += again.hits
    if again.looks.number > kept.looks.number:
        kept.looks = again.looks
    return kept, again
