"""Where the stage stands: each frame is laid over what is known of the slide."""

import math
from collections import OrderedDict
from dataclasses import dataclass

from device.counting.past import PastField
from device.frame import Frame
from device.preclassification import StagePosition
from device.stage.keyframes import Keyframe, Rearrangement, SlideMap
from device.stage.picture import SmallPicture, shrink
from device.stage.searching import Searcher
from device.stage.shift import find_shift, follow_shift

NEW_KEYFRAME = 0.25
"""Of a side: further from the nearest keyframe a new one is kept, so that each place is well covered by one."""

CLEARLY_NEARER = 0.7  # of the way to the keyframe in use; otherwise two would take turns
DRIFT_UM = 0.3  # an error found on coming back that is worth spreading; smaller ones are within what is measured
MOST_SAVED = 50_000  # saved pictures whose place is known when they come again; some 10 MB
TRIED = 3  # keyframes around the stage that are tried before it counts as lost


@dataclass(frozen=True, slots=True, eq=False)
class _Here:
    picture: SmallPicture
    region: int
    x_um: float
    y_um: float


@dataclass(frozen=True, slots=True, eq=False)
class _Saved:
    """Where a saved picture lies: beside a keyframe, which may move with the map."""

    beside: Keyframe
    dx_um: float
    dy_um: float


class StageFollower:
    """Follows the stage over one slide, with a map of pictures that it keeps on the way.

    A frame is laid over the nearest keyframe rather than over the frame before, so that errors do not add up, and
    coming back to a keyframe takes out what added up on the way. Where nothing around fits, the stage jumped: a new
    region begins, and its pictures are searched for among all others until the two turn out to be one, or not.

    Args:
        still_um: the stage stands still when it moves less than this between two frames.
    """

    def __init__(self, still_um: float) -> None:
        self._still_um = still_um
        self._map = SlideMap()
        self._searcher = Searcher(self._map)
        self._rearranged: list[Rearrangement] = []
        self._region = 0
        self._reference: Keyframe | None = None
        self._last: _Here | None = None
        self._speed_um = (0.0, 0.0)
        self._saved: OrderedDict[str, _Saved] = OrderedDict()

    def locate(self, frame: Frame, at_rest: bool = False) -> StagePosition:
        """Find where a frame lies; frames are given in the order they were taken.

        Args:
            frame: the next frame.
            at_rest: True if the stage is known to have stood still; False leaves it to be seen.

        Returns:
            Its position. The first frame of a region is not still, unless it is known to be: nothing was compared yet.
        """
        saved = self._saved.get(frame.digest) if at_rest else None
        if saved is not None:
            return self._return_to(saved)
        picture = shrink(frame.view, frame.um_per_px)
        here = self._follow(picture)
        moved_um = math.inf
        if here is None:
            here = self._begin_region(picture, rested=at_rest)
        elif self._last is not None:
            self._speed_um = here.x_um - self._last.x_um, here.y_um - self._last.y_um
            moved_um = math.hypot(*self._speed_um)
        still = at_rest or moved_um < self._still_um
        self._last = here
        self._keep(here, still)
        if at_rest:
            self._remember(frame.digest)
        self._search()
        return self._tell(still, at_rest)

    def remember(self, known: PastField) -> None:
        """Take over a place of an earlier run; before the first frame. The stage may have moved since."""
        self._region = max(self._region, known.region)
        if known.view is not None:
            picture = shrink(known.view, known.um_per_px)
            self._map.add(picture, known.region, known.x_um, known.y_um, rested=True).compared = True

    def take_rearranged(self) -> tuple[Rearrangement, ...]:
        """Give what moved on the map since this was asked last; places told before the last frame are to follow."""
        taken, self._rearranged = tuple(self._rearranged), []
        return taken

    def list_passed(self) -> tuple[tuple[int, float, float, float, float], ...]:
        """List the fields that were seen at all: region, x, y, width and height in micrometres."""
        return tuple((k.region, k.x_um, k.y_um, *k.size_um) for k in self._map.kept)

    def _remember(self, digest: str) -> None:
        here, known = self._last, self._reference
        assert here is not None
        assert known is not None
        self._saved[digest] = _Saved(known, here.x_um - known.x_um, here.y_um - known.y_um)
        if len(self._saved) > MOST_SAVED:
            self._saved.popitem(last=False)

    def _return_to(self, saved: "_Saved") -> StagePosition:
        known = saved.beside
        self._reference, self._speed_um = known, (0.0, 0.0)
        self._last = _Here(self._map.unpack(known), known.region, known.x_um + saved.dx_um, known.y_um + saved.dy_um)
        self._search()
        return self._tell(still=True, at_rest=True)

    def _tell(self, still: bool, at_rest: bool) -> StagePosition:
        here = self._last
        assert here is not None
        assert self._reference is not None
        # A picture of a folder comes once: it cannot wait until all others were looked through.
        settled = at_rest or self._reference.compared
        return StagePosition(here.x_um, here.y_um, here.region, still, settled)

    def _follow(self, picture: SmallPicture) -> _Here | None:
        last, reference = self._last, self._reference
        if last is None or reference is None or not last.picture.is_alike(picture):
            return None
        x_um, y_um = last.x_um + self._speed_um[0], last.y_um + self._speed_um[1]
        near = self._map.near(last.region, x_um, y_um, TRIED)
        reference = self._choose(near, reference, x_um, y_um)
        here = self._expect(reference, picture, (x_um, y_um), (last.x_um, last.y_um))
        if here is not None:
            return self._change_reference(reference, here)
        for known in [reference, *(keyframe for keyframe in near if keyframe is not reference)]:
            here = self._lay_over(known, picture)
            if here is not None:
                return self._change_reference(known, here)
        shift = find_shift(last.picture, picture)
        if shift is None:
            return None
        scale = picture.um_per_px
        return _Here(picture, last.region, last.x_um - shift.dx * scale, last.y_um - shift.dy * scale)

    def _choose(self, near: list[Keyframe], reference: Keyframe, x_um: float, y_um: float) -> Keyframe:
        if not near or near[0] is reference:
            return reference
        nearest = math.hypot(near[0].x_um - x_um, near[0].y_um - y_um)
        used = math.hypot(reference.x_um - x_um, reference.y_um - y_um)
        return near[0] if nearest < CLEARLY_NEARER * used else reference

    def _expect(self, known: Keyframe, picture: SmallPicture, *places: tuple[float, float]) -> _Here | None:
        before = self._map.unpack(known)
        if not before.is_alike(picture):
            return None
        scale = picture.um_per_px
        for x_um, y_um in places:
            shift = follow_shift(before, picture, (known.x_um - x_um) / scale, (known.y_um - y_um) / scale)
            if shift is not None:
                return _Here(picture, known.region, known.x_um - shift.dx * scale, known.y_um - shift.dy * scale)
        return None

    def _lay_over(self, known: Keyframe, picture: SmallPicture) -> _Here | None:
        before = self._map.unpack(known)
        shift = find_shift(before, picture) if before.is_alike(picture) else None
        if shift is None:
            return None
        scale = picture.um_per_px
        return _Here(picture, known.region, known.x_um - shift.dx * scale, known.y_um - shift.dy * scale)

    def _change_reference(self, known: Keyframe, here: _Here) -> _Here:
        """Go over to another keyframe; an older one tells how much went wrong since it was new."""
        before, self._reference = self._reference, known
        if before is None or before is known or before.number < known.number:
            return here
        reckoned = self._lay_over(before, here.picture)
        if reckoned is None:
            return here
        dx_um, dy_um = here.x_um - reckoned.x_um, here.y_um - reckoned.y_um
        if math.hypot(dx_um, dy_um) > DRIFT_UM:
            moved = self._map.straighten(known, before, dx_um, dy_um)
            if moved is not None:
                self._rearranged.append(moved)
        return here

    def _begin_region(self, picture: SmallPicture, *, rested: bool) -> _Here:
        left = self._reference
        if left is not None and not left.rested and self._map.count(left.region) == 1:
            # One blurred picture that nothing was ever laid over: a place the stage flew past.
            self._searcher.forget(left.region)
            self._map.drop(left.region)
        self._region += 1
        self._speed_um = (0.0, 0.0)
        self._reference = self._map.add(picture, self._region, 0.0, 0.0, rested=rested)
        if rested:
            self._searcher.want(self._reference)
        return _Here(picture, self._region, 0.0, 0.0)

    def _keep(self, here: _Here, still: bool) -> None:
        reference = self._reference
        assert reference is not None
        nearest = self._map.near(here.region, here.x_um, here.y_um, 1)[0]
        width_um, height_um = here.picture.size_um
        far = max(abs(here.x_um - nearest.x_um) / width_um, abs(here.y_um - nearest.y_um) / height_um)
        sharper = still and not nearest.rested
        if far > NEW_KEYFRAME or (sharper and here.picture is not self._map.unpack(nearest)):
            self._reference = self._map.add(here.picture, here.region, here.x_um, here.y_um, rested=still)
            self._searcher.want(self._reference)

    def _search(self) -> None:
        found = self._searcher.go_on()
        if found is None or self._last is None:
            return
        wanted, known, shift = found
        scale = wanted.um_per_px
        dx_um = known.x_um - shift.dx * scale - wanted.x_um
        dy_um = known.y_um - shift.dy * scale - wanted.y_um
        last, region, into = self._last, wanted.region, known.region
        self._rearranged.append(self._map.join(region, into, dx_um, dy_um))
        if last.region == region:
            self._last = _Here(last.picture, into, last.x_um + dx_um, last.y_um + dy_um)
