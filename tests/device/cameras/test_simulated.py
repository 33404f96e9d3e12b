from datetime import UTC
from itertools import islice

import numpy as np
import pytest

from device.cameras.simulated import UM_PER_PX, SimulatedSource
from device.smear.motion import StagePath


class Clock:
    """Time that passes by a fixed step whenever it is read twice."""

    def __init__(self, step_s):
        self.now_s, self._step_s = 100.0, step_s

    def __call__(self):
        self.now_s += self._step_s / 2
        return self.now_s


def test_every_shot_says_that_it_is_simulated_and_at_which_scale():
    with SimulatedSource(seed=1, fps=None) as source:
        shot = next(source.shots())
    assert source.simulated
    assert source.name == "simulated:1"
    assert shot.simulated
    assert shot.um_per_px == UM_PER_PX
    assert shot.captured_at.tzinfo is UTC
    assert shot.image.shape == (600, 960, 3)
    assert shot.image.dtype == np.uint8
    assert not shot.image.flags.writeable
    assert not shot.at_rest


def test_shots_have_names_of_their_own():
    with SimulatedSource(fps=None) as source:
        names = [shot.name for shot in islice(source.shots(), 3)]
    assert len(set(names)) == 3


def test_the_picture_moves_when_the_stage_does_and_only_its_noise_while_it_rests():
    path = StagePath(dwell_s=1.0, travel_s=1.0)
    with SimulatedSource(seed=2, path=path) as source:
        (rest, known), (still, same), (_, moved) = (source.photograph(t, n) for n, t in enumerate((0.1, 0.9, 1.6)))
    assert np.array_equal(known.tissue, same.tissue)
    assert not np.array_equal(rest, still)
    assert not np.array_equal(known.tissue, moved.tissue)


def test_who_asks_late_gets_the_picture_of_now():
    path = StagePath(dwell_s=1.0, travel_s=1.0)
    with SimulatedSource(seed=2, fps=None, path=path, clock=Clock(step_s=4.0)) as source:
        late = list(islice(source.shots(), 2))
        # The clock reads 2 s further each time: for the start, the pause and the shot.
        expected = source.photograph(4.0, 0)[0]
    assert np.array_equal(late[0].image, expected)


def test_shots_end_when_the_source_is_closed_and_it_may_be_closed_twice():
    source = SimulatedSource(fps=None)
    with source:
        shots = source.shots()
        next(shots)
    source.__exit__(None, None, None)
    assert next(shots, None) is None


def test_it_can_be_opened_again_and_shows_the_same_slide():
    source = SimulatedSource(seed=5, fps=None)
    with source:
        first = source.photograph(0.0)[0]
    with source:
        assert np.array_equal(source.photograph(0.0)[0], first)


def test_a_closed_source_refuses_to_photograph():
    with pytest.raises(RuntimeError, match="closed"):
        SimulatedSource().photograph(0.0)
