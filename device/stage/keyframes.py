"""What the slide looks like where it was seen: pictures that stay, each with its place."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.stage.picture import LEVELS, SmallPicture

MOST_KEYFRAMES = 4000
"""Pictures that are kept: 40 MB, several whole differentials by hand; the oldest give way."""

AT_HAND = 24
"""Keyframes whose picture is kept unpacked: those around the stage."""

Places = NDArray[np.float64]
"""(n, 2) x and y in micrometres."""


@dataclass(slots=True, eq=False)
class Keyframe:
    """A picture that stays.

    Attributes:
        number: counts up; a later one has a higher number.
        packed: (h, w) int8 of the small picture.
        um_per_px: size of its pixels.
        contrast: in grey levels.
        region: within which places can be compared.
        x_um, y_um: the field's top left corner.
        rested: the stage stood still, so it is sharp.
        compared: it was held against every keyframe of other regions.
    """

    number: int
    packed: NDArray[np.int8]
    um_per_px: float
    contrast: float
    region: int
    x_um: float
    y_um: float
    rested: bool
    compared: bool = False

    @property
    def size_um(self) -> tuple[float, float]:
        """Width and height of the field in micrometres."""
        return self.packed.shape[1] * self.um_per_px, self.packed.shape[0] * self.um_per_px


@dataclass(frozen=True, slots=True, eq=False)
class Rearrangement:
    """Places that turned out to lie elsewhere: a region joined with another, or drift taken out of one.

    Attributes:
        region: whose places move.
        into: the region they belong to from now on; the same where only drift was taken out.
        places: (n, 2) where keyframes were thought to be; what lies near one moves with it.
        moves: (n, 2) by how much each moves.
    """

    region: int
    into: int
    places: Places
    moves: Places

    def move(self, x_um: float, y_um: float) -> tuple[float, float]:
        """Tell where a place of the region lies now."""
        nearest = ((self.places - (x_um, y_um)) ** 2).sum(axis=1).argmin()
        dx_um, dy_um = self.moves[nearest]
        return x_um + float(dx_um), y_um + float(dy_um)


class SlideMap:
    """The keyframes of one slide, found by place or one after the other."""

    def __init__(self) -> None:
        self._kept: list[Keyframe] = []
        self._number = 0
        self._pictures: OrderedDict[int, SmallPicture] = OrderedDict()
        self._tables: dict[int, tuple[list[Keyframe], NDArray[np.float64], NDArray[np.float64]]] = {}

    @property
    def kept(self) -> tuple[Keyframe, ...]:
        """All keyframes, the oldest first."""
        return tuple(self._kept)

    def add(self, picture: SmallPicture, region: int, x_um: float, y_um: float, *, rested: bool) -> Keyframe:
        """Keep a picture; the oldest gives way where there are too many."""
        self._number += 1
        packed, scale = picture.pack(), picture.um_per_px
        keyframe = Keyframe(self._number, packed, scale, picture.contrast, region, x_um, y_um, rested)
        self._kept.append(keyframe)
        if len(self._kept) > MOST_KEYFRAMES:
            self._kept.pop(0)
        self._hold(keyframe, picture)
        self._tables.clear()
        return keyframe

    def drop(self, region: int) -> None:
        """Forget a region."""
        self._kept = [keyframe for keyframe in self._kept if keyframe.region != region]
        self._tables.clear()

    def unpack(self, keyframe: Keyframe) -> SmallPicture:
        """Give a keyframe's picture; those used lately are at hand."""
        picture = self._pictures.get(keyframe.number)
        if picture is None:
            values = np.asarray(keyframe.packed / np.float32(LEVELS), np.float32)
            picture = SmallPicture(values, keyframe.um_per_px, keyframe.contrast)
        self._hold(keyframe, picture)
        return picture

    def near(self, region: int, x_um: float, y_um: float, most: int) -> list[Keyframe]:
        """List the keyframes of a region that lie nearest to a place, the nearest first; at one place the newest."""
        mine, xs_um, ys_um = self._tabulate(region)
        far = (xs_um - x_um) ** 2 + (ys_um - y_um) ** 2
        return [mine[at] for at in far.argsort(kind="stable")[:most].tolist()]

    def count(self, region: int) -> int:
        """Count the keyframes of a region."""
        return len(self._tabulate(region)[0])

    def others(self, region: int) -> list[Keyframe]:
        """List the keyframes of all other regions, the newest first: people go back to where they were just now."""
        return [keyframe for keyframe in reversed(self._kept) if keyframe.region != region]

    def join(self, region: int, into: int, dx_um: float, dy_um: float) -> Rearrangement:
        """Make two regions one, by moving all of the first."""
        mine = [keyframe for keyframe in self._kept if keyframe.region == region]
        return self._rearrange(mine, into, np.tile((dx_um, dy_um), (len(mine), 1)))

    def straighten(self, older: Keyframe, newer: Keyframe, dx_um: float, dy_um: float) -> Rearrangement | None:
        """Spread an error found on coming back over the keyframes made on the way.

        Args:
            older: where the stage came back to.
            newer: from where its place was reckoned.
            dx_um: by how much the place of the newer one is wrong.
            dy_um: the same in y.

        Returns:
            What moved; None where nothing lies between.
        """
        way = [k for k in self._kept if k.region == newer.region and k.number > older.number]
        if not way or newer.number <= older.number:
            return None
        gone = np.array([min(1.0, (k.number - older.number) / (newer.number - older.number)) for k in way])
        return self._rearrange(way, newer.region, gone[:, None] * (dx_um, dy_um), also_rest=True)

    def _rearrange(self, moved: list[Keyframe], into: int, moves: Places, *, also_rest: bool = False) -> Rearrangement:
        region = moved[0].region
        rest = [k for k in self._kept if k.region == region and k.number < moved[0].number] if also_rest else []
        places = np.array([(keyframe.x_um, keyframe.y_um) for keyframe in [*rest, *moved]])
        for keyframe, (dx_um, dy_um) in zip(moved, moves.tolist(), strict=True):
            keyframe.x_um, keyframe.y_um, keyframe.region = keyframe.x_um + dx_um, keyframe.y_um + dy_um, into
        self._tables.clear()
        return Rearrangement(region, into, places, np.concatenate([np.zeros((len(rest), 2)), moves]))

    def _tabulate(self, region: int) -> tuple[list[Keyframe], NDArray[np.float64], NDArray[np.float64]]:
        """Give the keyframes of a region, the newest first, with their x and their y."""
        table = self._tables.get(region)
        if table is None:
            mine = [keyframe for keyframe in reversed(self._kept) if keyframe.region == region]
            xs_um, ys_um = np.array([k.x_um for k in mine]), np.array([k.y_um for k in mine])
            table = self._tables[region] = mine, xs_um, ys_um
        return table

    def _hold(self, keyframe: Keyframe, picture: SmallPicture) -> None:
        self._pictures[keyframe.number] = picture
        self._pictures.move_to_end(keyframe.number)
        while len(self._pictures) > AT_HAND:
            self._pictures.popitem(last=False)
