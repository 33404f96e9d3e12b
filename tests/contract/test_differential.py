import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.cell_types import DIFFERENTIAL_ORDER
from contract.differential import Differential, DifferentialError, exact_interval, round_percents


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (9, 100, 4.2, 16.4),
        (18, 200, 5.4, 13.9),
        (36, 400, 6.4, 12.2),
        (0, 100, 0.0, 3.6),
        (0, 200, 0.0, 1.8),
        (2, 100, 0.2, 7.0),
        (60, 100, 49.7, 69.7),
        (100, 100, 96.4, 100.0),
        (0, 0, 0.0, 100.0),
    ],
)
def test_intervals_agree_with_published_tables(count, total, low, high):
    # the tables print one decimal
    assert exact_interval(count, total) == pytest.approx((low, high), abs=0.05)


def test_a_differential_reads_in_the_fixed_order_whatever_came_first():
    differential = Differential.of({"basophil": 1, "neutrophil": 60, "lymphocyte": 30, "monocyte": 9})
    assert [share.cell_type for share in differential.shares] == list(DIFFERENTIAL_ORDER)
    assert [share.count for share in differential.shares] == [60, 30, 9, 0, 1]
    assert [share.percent for share in differential.shares] == [60, 30, 9, 0, 1]


def test_unidentified_cells_stand_apart_from_the_percentages():
    differential = Differential.of({"neutrophil": 3, "lymphocyte": 1, "unidentified": 96})
    assert (differential.total, differential.unidentified) == (4, 96)
    assert [share.percent for share in differential.shares] == [75, 25, 0, 0, 0]


def test_a_type_outside_the_order_is_counted_and_comes_last():
    differential = Differential.of({"blast": 1, "band": 1, "neutrophil": 2})
    assert [share.cell_type for share in differential.shares] == [*DIFFERENTIAL_ORDER, "band", "blast"]
    assert differential.total == 4


def test_nothing_counted_has_no_percentages():
    differential = Differential.of({})
    assert [share.percent for share in differential.shares] == [None] * 5
    assert {(share.low_percent, share.high_percent) for share in differential.shares} == {(0.0, 100.0)}


def test_the_json_form_holds_count_percent_and_interval():
    form = Differential.of({"neutrophil": 9, "lymphocyte": 91, "unidentified": 2}).to_json()
    assert form["total"] == 100
    assert form["unidentified"] == 2
    first = form["rows"][0]
    assert (first["cell_type"], first["count"], first["percent"]) == ("neutrophil", 9, 9)
    assert first["interval_percent"] == pytest.approx([4.2, 16.4], abs=0.05)


def test_points_left_over_go_to_the_largest_remainders():
    assert round_percents((1, 1, 1)) == (34, 33, 33)
    assert round_percents((17, 183)) == (8, 92)  # 8.5 and 91.5: the larger count gets the point
    assert round_percents((2, 2, 3)) == (29, 28, 43)


def test_impossible_counts_are_refused():
    with pytest.raises(DifferentialError, match="neutrophil: -1"):
        Differential.of({"neutrophil": -1})
    with pytest.raises(DifferentialError, match="5 of 4"):
        exact_interval(5, 4)


@given(st.lists(st.integers(0, 500), min_size=5, max_size=5).filter(any))
def test_percentages_add_up_to_100_and_stay_within_a_point_and_the_interval(counts):
    differential = Differential.of(dict(zip(DIFFERENTIAL_ORDER, counts, strict=True)))
    total = sum(counts)
    assert sum(share.percent for share in differential.shares) == 100
    for share in differential.shares:
        exact = 100 * share.count / total
        assert abs(share.percent - exact) < 1
        assert 0 <= share.low_percent <= exact <= share.high_percent <= 100
