"""How a hand moves the stage: it aims, overshoots, trembles, pauses, goes back, and loses focus on the way."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from device.smear.motion import Moment, StagePath

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class HandStyle:
    """How a technician works.

    Attributes:
        fields: the way over the slide if all went well.
        aim_um: how exactly a field is met.
        start_s, bit_s: time of a move and of each bit of its difficulty.
        overshoot: share of moves that go too far and are corrected.
        pause_s: usual rest on a field; single ones are half or twice as long.
        back: share of rests after which one of the last fields is visited again.
        jump: share of rests after which a place millimetres away is looked at, and then left for where one was.
        jump_um: how far such a place lies, at least and at most.
        unsharp: share of rests that begin out of focus, until the hand turned the knob.
        shutter_s: how long a picture is exposed.
        tremor_um: deviation of the stage under a hand at rest.
    """

    fields: StagePath = field(default_factory=StagePath)
    aim_um: float = 5.0
    start_s: float = 0.25
    bit_s: float = 0.17
    overshoot: float = 0.4
    pause_s: float = 1.2
    back: float = 0.12
    jump: float = 0.04
    jump_um: tuple[float, float] = (2000.0, 5000.0)
    unsharp: float = 0.15
    shutter_s: float = 0.01
    tremor_um: float = 0.05


@dataclass(frozen=True, slots=True)
class _Leg:
    """A move, or a rest where start and end are one place; defocus fades from ``blur_um`` over its time."""

    begin_s: float
    end_s: float
    start: Place
    end: Place
    blur_um: float

    @property
    def rests(self) -> bool:
        return self.start == self.end


class HandPath:
    """A technician's way over a slide, the same for the same seed.

    Moves follow Fitts' law and are smooth as those of arms are.

    Args:
        seed: 0 or more.
        style: how the technician works.

    Source: Fitts 1954, time grows with the logarithm of distance over accuracy; Flash and Hogan 1985, the path of an
    arm has the least jerk; physiological tremor of 8 to 12 Hz.
    """

    def __init__(self, seed: int, style: HandStyle | None = None) -> None:
        self._style = style or HandStyle()
        self._rng = np.random.default_rng((seed, 23))
        self._phases = self._rng.uniform(0, 2 * np.pi, (2, 3))
        self._plan = self._draw()
        self._legs: list[_Leg] = []
        self._ends: list[float] = []
        self.stops_begun = 0

    def position_um(self, elapsed_s: float) -> Place:
        """Tell where the field's top left corner lies, seconds after the start."""
        leg = self._find(elapsed_s)
        gone = min(max((elapsed_s - leg.begin_s) / (leg.end_s - leg.begin_s), 0.0), 1.0)
        eased = gone**3 * (10 - 15 * gone + 6 * gone**2)
        trembling = self._style.tremor_um * (1 if leg.rests else 6)
        rates = np.array([8.3, 9.7, 11.6])
        tremor = trembling * np.sin(2 * np.pi * rates * elapsed_s + self._phases).sum(axis=1) / np.sqrt(1.5)
        x, y = (a + (b - a) * eased for a, b in zip(leg.start, leg.end, strict=True))
        return x + float(tremor[0]), y + float(tremor[1])

    def moment(self, elapsed_s: float) -> Moment:
        """Tell what happens during an exposure that ends then."""
        leg = self._find(elapsed_s)
        gone = (elapsed_s - leg.begin_s) / (leg.end_s - leg.begin_s)
        # On a move, focus is lost and found again half way; at rest it is found by turning the knob.
        share = np.sin(np.pi * gone) if not leg.rests else max(0.0, 1 - gone / 0.6)
        before, now = (
            np.array(self.position_um(max(0.0, at))) for at in (elapsed_s - self._style.shutter_s, elapsed_s)
        )
        dx, dy = (now - before).tolist()
        return Moment((dx, dy), float(leg.blur_um * share))

    def _find(self, elapsed_s: float) -> _Leg:
        while not self._ends or self._ends[-1] < elapsed_s:
            leg = next(self._plan)
            self._legs.append(leg)
            self._ends.append(leg.end_s)
        return self._legs[bisect_right(self._ends, elapsed_s, hi=len(self._ends) - 1)]

    def _draw(self) -> Iterator[_Leg]:
        now_s, here = 0.0, self._style.fields.stop_um(0)
        for goal in self._choose_goals():
            for leg in self._go(now_s, here, goal):
                now_s, here = leg.end_s, leg.end
                yield leg

    def _choose_goals(self) -> Iterator[Place]:
        rng, style = self._rng, self._style
        seen: list[Place] = []
        for stop in count():
            self.stops_begun = stop
            x_um, y_um = style.fields.stop_um(stop)
            goal = float(x_um + rng.normal(0, style.aim_um)), float(y_um + rng.normal(0, style.aim_um))
            seen.append(goal)
            yield goal
            if rng.random() < style.back and stop:
                x_um, y_um = seen[int(rng.integers(max(0, stop - 8), stop))]
                yield x_um + float(rng.normal(0, 12)), y_um + float(rng.normal(0, 8))
            elif rng.random() < style.jump and stop:
                turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(*style.jump_um)
                away = goal[0] + float(far * np.cos(turn)), goal[1] + float(far * np.sin(turn))
                yield away
                yield away[0] + 90.0, away[1] + 10.0
                x_um, y_um = seen[int(rng.integers(max(0, stop - 3), stop + 1))]
                yield x_um + float(rng.normal(0, 15)), y_um + float(rng.normal(0, 10))

    def _go(self, now_s: float, here: Place, goal: Place) -> Iterator[_Leg]:
        rng, style = self._rng, self._style
        way = np.array(goal) - here
        far = float(np.hypot(*way))
        if far > 1:
            bits = np.log2(1 + 2 * far / (4 * style.aim_um))
            over = rng.random() < style.overshoot
            aimed = goal
            if over:
                beyond = min(0.1 * far, 15.0) * rng.uniform(0.3, 1) / far
                aimed = float(goal[0] + way[0] * beyond), float(goal[1] + way[1] * beyond)
            end_s = now_s + style.start_s + style.bit_s * float(bits)
            yield _Leg(now_s, end_s, here, aimed, float(abs(rng.normal(0, 0.5))))
            now_s = end_s
            if over:
                yield _Leg(now_s, now_s + 0.3, aimed, goal, 0.0)
                now_s += 0.3
        rest_s = style.pause_s * float(np.clip(np.exp(rng.normal(0, 0.45)), 0.4, 4))
        blur_um = float(rng.uniform(1.5, 4.0)) if rng.random() < style.unsharp else 0.0
        yield _Leg(now_s, now_s + rest_s, goal, goal, blur_um)
