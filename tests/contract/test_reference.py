import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.differential import Differential, exact_interval
from contract.reference import MOST_CELLS, Judgement, Range, RangeError, count_more, judge_shares

RANGES = {"neutrophil": Range(40, 80), "lymphocyte": Range(20, 40), "eosinophil": Range(1, 6), "basophil": Range(0, 2)}


def test_a_share_outside_its_range_is_flagged_and_sure_when_its_whole_interval_is():
    found = judge_shares(Differential.of({"neutrophil": 85, "lymphocyte": 5, "eosinophil": 10}), RANGES)
    assert found["neutrophil"] == Judgement("high", False)  # 76.5 to 91.4 %
    assert found["lymphocyte"] == Judgement("low", True)  # 1.6 to 11.3 %
    assert found["eosinophil"] == Judgement("high", False)  # 4.9 to 17.6 %
    assert found["basophil"] == Judgement(None, False)
    assert found["monocyte"] == Judgement(None, False)  # no range, no flag


def test_the_borders_of_a_range_are_usual():
    found = judge_shares(Differential.of({"neutrophil": 80, "lymphocyte": 20}), RANGES)
    assert found["neutrophil"].flag is None
    assert found["lymphocyte"].flag is None


def test_the_exact_share_is_held_against_the_range_not_the_rounded_one():
    counted = Differential.of({"neutrophil": 161, "lymphocyte": 40})  # 80.1 % and 19.9 %, printed as 80 and 20
    assert [share.percent for share in counted.shares[:2]] == [80, 20]
    found = judge_shares(counted, RANGES)
    assert (found["neutrophil"].flag, found["lymphocyte"].flag) == ("high", "low")


def test_nothing_is_flagged_before_the_first_cell():
    assert {one.flag for one in judge_shares(Differential.of({}), RANGES).values()} == {None}


@pytest.mark.parametrize(("low", "high"), [(5, 4), (-1, 4), (0, 101), (float("nan"), 4)])
def test_what_is_no_range_is_refused(low, high):
    with pytest.raises(RangeError, match="expected 0 <= low <= high <= 100"):
        Range(low, high)


def test_an_interval_of_half_the_cells_asks_for_as_many_as_tables_say():
    assert count_more(0, 0, 20) == pytest.approx(103, abs=2)  # 50 of 100 cells: 39.8 to 60.2 %
    assert count_more(50, 100, 21) == 0
    assert 300 + count_more(150, 300, 10) == pytest.approx(402, abs=6)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.data(), st.floats(1, 60))
def test_so_many_more_cells_are_enough_and_one_fewer_is_not(total, data, width):
    count = data.draw(st.integers(0, total))
    more = count_more(count, total, width)

    def wide(all_cells):
        low, high = exact_interval(count / total * all_cells, all_cells)
        return high - low

    assert wide(total + more) <= width
    assert more == 0 or wide(total + more - 1) > width


def test_what_can_hardly_be_counted_is_told_as_the_most():
    assert count_more(50, 100, 0.01) == MOST_CELLS - 100
    with pytest.raises(RangeError, match="interval width: 0 points"):
        count_more(1, 2, 0)
