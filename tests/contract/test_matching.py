"""Found boxes and true boxes: one to one, best first."""

import numpy as np
import pytest

from contract.matching import match_boxes, measure_iou


def test_each_true_cell_gets_the_found_cell_that_shows_it():
    found = [(100, 100, 140, 140), (0, 0, 30, 30)]
    true = [(2, 2, 34, 34), (95, 98, 150, 150), (300, 300, 340, 340)]
    assert match_boxes(found, true) == [1, 0, None]


def test_a_found_cell_shows_one_true_cell_only():
    assert match_boxes([(0, 0, 40, 40)], [(0, 0, 44, 44), (10, 10, 40, 40)]) == [0, None]


def test_a_tight_mask_in_a_loose_box_is_found():
    assert match_boxes([(30, 30, 70, 70)], [(0, 0, 100, 100)]) == [0]


def test_a_box_that_swallows_the_field_finds_nothing():
    assert match_boxes([(0, 0, 500, 500)], [(240, 240, 280, 280)]) == [None]


def test_neighbours_that_overlap_at_the_edge_are_not_the_same_cell():
    assert match_boxes([(0, 0, 40, 40)], [(30, 0, 70, 40)]) == [None]


@pytest.mark.parametrize(("found", "true"), [([], [(0, 0, 1, 1)]), ([(0, 0, 1, 1)], []), ([], [])])
def test_nothing_matches_nothing(found, true):
    assert match_boxes(found, true) == [None] * len(true)


def test_iou_of_boxes_is_shared_over_joint_area():
    a = np.array([[0, 0, 2, 2]], float)
    b = np.array([[1, 0, 3, 2], [0, 0, 2, 2], [5, 5, 6, 6], [1, 1, 1, 1]], float)
    np.testing.assert_allclose(measure_iou(a, b), [[2 / 6, 1, 0, 0]])
