from dataclasses import replace

import pytest

from contract.settings import load_settings
from device.counting import Counter
from device.records import StagePosition
from tests.made_records import make_cell, make_prediction

SETTINGS = load_settings().device.counting


@pytest.fixture
def counter():
    return Counter(SETTINGS)


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
    verdicts = [counter.judge(see(seq, make_cell(), make_cell(left=70)), at(x_um=0.01 * seq)) for seq in range(2, 30)]
    assert not any(any(verdict.counted) for verdict in verdicts)
