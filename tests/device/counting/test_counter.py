from dataclasses import replace

import numpy as np
import pytest

from contract.cell_types import SMUDGE
from contract.settings_files import load_settings
from device.counting.counter import Counter
from device.preclassification import StagePosition
from device.stage.keyframes import Rearrangement
from tests.device.page.made_instrument import make_bundle
from tests.made_records import make_cell, make_prediction

SETTINGS = load_settings().device.counting


@pytest.fixture
def counter():
    return Counter(SETTINGS, make_bundle().manifest)


def at(x_um=0.0, y_um=0.0, region=1, still=True):
    return StagePosition(x_um, y_um, region, still)


def see(seq, *cells, rejected=None):
    """A frame with these cells; the scale is 0.25 um per pixel, the field 96 x 24 pixels."""
    return replace(make_prediction(seq, types=()), cells=cells, rejected=rejected)


def test_a_cell_is_counted_once_while_the_stage_rests(counter):
    cell = make_cell()
    verdicts = [counter.judge(see(seq, cell), at()) for seq in (1, 2, 3)]
    assert [verdict.counted for verdict in verdicts] == [(True,), (False,), (False,)]
    assert [verdict.new_place for verdict in verdicts] == [True, False, False]


def test_nothing_is_counted_while_the_stage_moves(counter):
    verdict = counter.judge(see(1, make_cell()), at(still=False))
    assert (verdict.counted, verdict.new_place) == ((False,), False)
    assert counter.judge(see(2, make_cell()), at(x_um=40)).counted == (True,)


def test_a_cell_seen_from_the_next_field_is_the_same_cell(counter):
    # 40 pixels to the left are 10 um that the stage went on.
    counter.judge(see(1, make_cell(left=60)), at())
    verdict = counter.judge(see(2, make_cell(left=20), make_cell("lymphocyte", left=70)), at(x_um=10.0))
    assert verdict.counted == (False, True)
    assert verdict.new_place


def test_coming_back_counts_nothing_twice(counter):
    counter.judge(see(1, make_cell()), at())
    counter.judge(see(2, make_cell()), at(x_um=100))
    # The position is a little off on the way back: less than same_cell_um.
    verdict = counter.judge(see(3, make_cell()), at(x_um=SETTINGS.same_cell_um / 2))
    assert (verdict.counted, verdict.new_place) == ((False,), False)


def test_two_cells_that_touch_in_one_field_are_two(counter):
    # 10 pixels are 2.5 um, less than same_cell_um.
    assert counter.judge(see(1, make_cell(left=4), make_cell(left=14)), at()).counted == (True, True)


def test_a_cut_cell_waits_until_it_is_whole(counter):
    cut = replace(make_cell(left=80), touches_border=True)
    first = counter.judge(see(1, cut), at())
    second = counter.judge(see(2, make_cell(left=40)), at(x_um=10.0))
    assert (first.counted, second.counted) == ((False,), (True,))


def test_a_rejected_field_is_kept_once_and_counts_nothing(counter):
    verdicts = [counter.judge(see(seq, make_cell(), rejected="out of focus"), at()) for seq in (1, 2)]
    assert [verdict.counted for verdict in verdicts] == [(False,), (False,)]
    assert [verdict.new_place for verdict in verdicts] == [True, False]


def test_a_field_that_comes_into_focus_is_counted(counter):
    counter.judge(see(1, make_cell(), rejected="out of focus"), at())
    verdict = counter.judge(see(2, make_cell()), at())
    assert (verdict.counted, verdict.new_place) == ((True,), True)


def test_an_empty_field_is_kept_where_most_of_it_is_new(counter):
    # The field is 24 um wide: 5 um further shows little new, 20 um further does.
    assert counter.judge(see(1), at()).new_place
    assert not counter.judge(see(2), at(x_um=5)).new_place
    assert counter.judge(see(3), at(x_um=20)).new_place


def test_the_same_place_in_another_region_is_another_place(counter):
    counter.judge(see(1, make_cell()), at(region=1))
    assert counter.judge(see(2, make_cell()), at(region=2)).counted == (True,)


def test_the_same_picture_again_shows_no_new_blood(counter):
    counter.judge(see(1, make_cell()), at(region=1))
    verdict = counter.judge(see(1, make_cell()), at(region=2))
    assert (verdict.counted, verdict.new_place) == ((False,), False)


def test_a_cell_that_flickers_at_rest_is_not_counted_in_the_end(counter):
    counter.judge(see(1, make_cell()), at())
    flickers = (see(seq, make_cell(), *[make_cell(left=70)] * (seq % 3 == 0)) for seq in range(2, 60))
    assert not any(any(counter.judge(one, at(x_um=0.001 * one.frame.seq)).counted) for one in flickers)


def test_a_cell_that_came_into_focus_late_is_counted_once_it_is_found_again_and_again(counter):
    counter.judge(see(1, make_cell()), at())
    verdicts = [counter.judge(see(seq, make_cell(), make_cell(left=40)), at()) for seq in range(2, 10)]
    assert [verdict.counted[1] for verdict in verdicts].count(True) == 1
    assert not verdicts[0].counted[1]


def test_nothing_is_counted_at_a_place_that_may_have_been_seen_before(counter):
    unsettled = replace(at(), settled=False)
    first = counter.judge(see(1, make_cell()), unsettled)
    assert (first.counted, first.new_place) == ((False,), False)
    assert counter.judge(see(2, make_cell()), at()).counted == (True,)


def test_a_smudge_is_shown_and_not_counted(counter):
    verdict = counter.judge(see(1, replace(make_cell(), cell_type=SMUDGE)), at())
    assert verdict.counted == (False,)
    assert verdict.marks == (None,)


def test_a_cell_keeps_its_identity_while_it_is_in_view_and_when_it_comes_back(counter):
    first = counter.judge(see(1, make_cell(left=60), make_cell(left=20)), at())
    moving = counter.judge(see(2, make_cell(left=40)), at(x_um=5, still=False))
    back = counter.judge(see(3, make_cell(left=62)), at(x_um=-0.5))
    number = first.marks[0].identity
    assert number != first.marks[1].identity
    assert [verdict.marks[0].identity for verdict in (moving, back)] == [number, number]
    assert [verdict.marks[0].looks for verdict in (first, moving, back)] == [1, 1, 2]
    assert back.marks[0].in_count
    assert back.marks[0].cell_id == first.marks[0].cell_id


def test_a_touching_pair_stays_two_when_it_comes_back_and_when_one_is_missed(counter):
    first = counter.judge(see(1, make_cell(left=40), make_cell(left=54)), at())
    again = counter.judge(see(2, make_cell(left=55), make_cell(left=41)), at())
    alone = counter.judge(see(3, make_cell(left=53)), at())
    left, right = (mark.identity for mark in first.marks)
    assert [mark.identity for mark in again.marks] == [right, left]
    assert alone.marks[0].identity == right
    assert not any(again.counted + alone.counted)


def test_a_blurred_look_neither_counts_nor_says_anything(counter):
    blurred = counter.judge(see(1, make_cell("monocyte"), rejected="out of focus"), at())
    assert blurred.marks == (None,)
    sharp = counter.judge(see(2, make_cell("neutrophil")), at())
    assert (sharp.marks[0].looks, sharp.prediction.cells[0].cell_type) == (1, "neutrophil")


def test_a_cell_is_called_what_all_looks_at_it_say_and_a_change_is_told(counter):
    first = counter.judge(see(1, make_cell("monocyte")), at())
    later = [counter.judge(see(seq, make_cell("neutrophil")), at()) for seq in range(2, 12)]
    told = [verdict for judged in later for verdict in judged.verdicts]
    assert first.prediction.cells[0].cell_type == "monocyte"
    assert later[-1].prediction.cells[0].cell_type == "neutrophil"
    assert [(verdict.cell_id, verdict.cell_type) for verdict in told] == [(first.marks[0].cell_id, "neutrophil")]
    assert first.keep
    assert any(judged.keep for judged in later)
    assert not any(judged.new_place for judged in later)


def test_one_look_is_told_as_it_is(counter):
    prediction = see(1, make_cell())
    assert counter.judge(prediction, at()).prediction is prediction


def test_of_a_cell_counted_in_two_stretches_that_are_joined_the_second_is_taken_back(counter):
    first = counter.judge(see(1, make_cell()), at(region=1))
    second = counter.judge(see(2, make_cell(), make_cell(left=70)), at(region=2))
    assert second.counted == (True, True)
    counter.rearrange([Rearrangement(2, 1, np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]]))])
    judged = counter.judge(see(3, make_cell()), at())
    (verdict,) = judged.verdicts
    assert (verdict.cell_id, verdict.same_as) == (second.marks[0].cell_id, first.marks[0].cell_id)
    assert judged.counted == (False,)
    assert len(counter.describe()[1]) == 2


def test_a_field_of_a_folder_that_shows_nothing_new_does_not_count_when_it_comes_again(counter):
    counter.judge(see(1, make_cell()), at(), once=True)
    counter.judge(see(2, make_cell()), at(), once=True)  # another picture of the same place
    assert counter.judge(see(2, make_cell()), at(region=2), once=True).counted == (False,)
