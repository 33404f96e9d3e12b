import numpy as np
import pytest

from device.smear.motion import StagePath

PATH = StagePath(step_x_um=100, step_y_um=60, fields_per_row=3, dwell_s=1.5, travel_s=1.0)


def test_the_stage_rests_on_each_field():
    assert PATH.position_um(0.0) == PATH.position_um(1.49) == (0.0, 0.0)
    assert PATH.position_um(2.5) == PATH.position_um(3.9) == (100.0, 0.0)
    assert PATH.rests(0.7)
    assert not PATH.rests(2.0)


def test_rows_are_walked_back_and_forth():
    stops = [PATH.position_um(2.5 * stop + 0.1) for stop in range(7)]
    assert stops == [(0, 0), (100, 0), (200, 0), (200, 60), (100, 60), (0, 60), (0, 120)]


def test_a_move_starts_and_ends_gently():
    x = np.array([PATH.position_um(1.5 + t)[0] for t in np.linspace(0, 1, 51)])
    speed = np.diff(x)
    assert (speed >= 0).all()
    assert speed[0] < speed.max() / 5
    assert speed[-1] < speed.max() / 5
    assert x[-1] == pytest.approx(100)
