import numpy as np

from device.counting.tracking import Tracks


def test_a_cell_is_looked_for_where_it_was_seen_last():
    tracks = Tracks(same_cell_um=4.0)
    near, far = (tracks.begin(1, x_um, 10.0, misses=0) for x_um in (10.0, 40.0))
    assert tracks.match(np.array([[41.0, 10.0], [11.0, 10.0]]), 1) == [far, near]
    tracks.move(near, 13.0, 12.0)
    assert tracks.match(np.array([[15.5, 13.0]]), 1) == [near]
    assert tracks.match(np.array([[9.0, 10.0]]), 1) == [None]
    assert tracks.inside(1, 12.0, 11.0, 40.0, 20.0) == [near]
