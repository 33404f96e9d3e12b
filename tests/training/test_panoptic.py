"""Panoptic quality: whole segments found, missed and invented, against values counted by hand."""

import numpy as np
import pytest

from training.panoptic import VOID, Segments, compare_segments, match_segments, number_human, score_segments


def paint(*squares, size=20):
    labels = np.zeros((size, size), np.int32)
    for number, (y0, x0, y1, x1) in enumerate(squares, start=1):
        labels[y0:y1, x0:x1] = number
    return labels


def test_a_segment_that_is_found_exactly_scores_one():
    truth = paint((2, 2, 8, 8))
    assert match_segments(truth, truth * 7) == Segments(1, 1.0, 0, 0)


def test_a_shifted_segment_counts_with_its_overlap():
    found = match_segments(paint((2, 2, 8, 8)), paint((2, 3, 8, 9)))
    assert (found.matched, found.iou_sum) == (1, pytest.approx(30 / 42))


def test_half_an_overlap_or_less_is_a_miss_and_an_invention():
    # 12 of 24 pixels: an IoU of 0.5 could belong to two partners
    assert match_segments(paint((0, 0, 3, 8)), paint((0, 0, 3, 4))) == Segments(0, 0.0, 1, 1)


def test_one_segment_over_two_cells_finds_neither():
    assert match_segments(paint((2, 2, 8, 8), (2, 8, 8, 14)), paint((2, 2, 8, 14))) == Segments(0, 0.0, 2, 1)


def test_what_nobody_judged_counts_for_nobody():
    truth = paint((2, 2, 8, 8))
    truth[10:, :] = VOID
    assert match_segments(truth, paint((2, 2, 8, 8), (11, 3, 17, 9))) == Segments(1, 1.0, 0, 0)
    grown = paint((2, 2, 12, 8))  # reaches into what is unknown: no harm
    assert match_segments(truth, grown).iou_sum == pytest.approx(36 / 48)


def test_touching_cells_of_one_component_are_told_apart_by_their_boxes():
    tissue = np.zeros((12, 24), np.uint8)
    tissue[2:10, 2:10], tissue[2:10, 10:22] = 1, 2
    numbers = number_human(tissue, np.array([[2, 2, 10, 10], [10, 2, 22, 10]], np.float32))
    assert set(np.unique(numbers[2:10, 2:9])) == {1}
    assert set(np.unique(numbers[2:10, 12:22])) == {2}


def test_a_sliver_without_a_box_is_asked_of_nobody():
    tissue = np.zeros((12, 12), np.uint8)
    tissue[:, 0], tissue[4:10, 4:10], tissue[0, 11] = 1, 2, 255
    numbers = number_human(tissue, np.array([[4, 4, 10, 10]], np.float32))
    assert numbers[5, 0] == VOID
    assert numbers[0, 11] == VOID
    assert numbers[5, 5] == 1


def test_the_lobes_of_one_nucleus_are_one_segment():
    tissue = np.zeros((12, 20), np.uint8)
    tissue[2:10, 2:18] = 1
    tissue[4:8, 4:8] = tissue[4:8, 12:16] = 2
    found = np.where(tissue > 0, 1, 0).astype(np.int32)
    seen = compare_segments(tissue, np.array([[2, 2, 18, 10]], np.float32), tissue, found)
    assert seen.cells == seen.nuclei == Segments(1, 1.0, 0, 0)


def test_quality_is_segmentation_times_recognition():
    pictures = [Segments(2, 1.6, 1, 0), Segments(1, 0.9, 0, 2)]
    scores = score_segments(pictures, ["a", "b"])
    assert scores.counted == Segments(3, 2.5, 1, 2)
    assert scores.segmentation.value == pytest.approx(2.5 / 3)
    assert scores.recognition.value == pytest.approx(3 / 4.5)
    assert scores.quality.value == pytest.approx(2.5 / 4.5)
    assert scores.quality.low <= scores.quality.value <= scores.quality.high


def test_pictures_without_segments_have_no_quality():
    assert score_segments([Segments(0, 0.0, 0, 0)], ["a"]).quality.value is None
