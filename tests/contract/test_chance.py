import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from contract.chance import (
    ChanceError,
    compare_differentials,
    find_limits,
    find_probability,
    find_second_counts,
)

# Ruemke's 95 % limits for 100 and 200 cells, as laboratories have them on the wall; 9 of 100 was seen in print
PRINTED_100 = {
    **{0: (0, 4), 1: (0, 6), 2: (0, 8), 3: (0, 9), 4: (1, 10), 5: (1, 12), 6: (2, 13), 7: (2, 14), 8: (3, 16)},
    **{9: (4, 17), 10: (4, 18), 15: (8, 24), 20: (12, 30), 25: (16, 35), 30: (21, 40), 35: (25, 46), 40: (30, 51)},
    **{45: (35, 56), 50: (39, 61)},
}
PRINTED_200 = {
    0: (0, 2),
    1: (0, 4),
    2: (0, 6),
    3: (1, 7),
    4: (1, 8),
    5: (2, 10),
    10: (6, 16),
    20: (14, 27),
    50: (42, 58),
}


@pytest.mark.parametrize(("percent", "limits"), PRINTED_100.items())
def test_limits_of_100_cells_are_the_printed_ones(percent, limits):
    assert find_limits(percent, 100) == limits
    assert find_limits(100 - percent, 100) == (100 - limits[1], 100 - limits[0])


@pytest.mark.parametrize(("percent", "limits"), PRINTED_200.items())
def test_limits_of_200_cells_are_the_printed_ones(percent, limits):
    assert find_limits(2 * percent, 200) == limits


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_the_probability_is_fishers(data):
    totals = data.draw(st.tuples(st.integers(1, 300), st.integers(1, 300)))
    counts = tuple(data.draw(st.integers(0, total)) for total in totals)
    table = [list(counts), [total - count for count, total in zip(counts, totals, strict=True)]]
    assert find_probability(counts, totals) == pytest.approx(fisher_exact(table)[1], rel=1e-6, abs=1e-12)


def test_a_probability_of_very_many_cells_is_still_a_number():
    assert find_probability((5_000, 5_000), (10_000, 10_000)) == pytest.approx(1)
    assert find_probability((5_000, 5_400), (10_000, 10_000)) < 1e-6


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_what_a_second_count_may_show_is_what_does_not_differ(data):
    total, second_total = data.draw(st.sampled_from([(100, 100), (100, 200), (200, 100), (37, 100)]))
    count = data.draw(st.integers(0, total))
    fewest, most = find_second_counts(count, total, second_total)
    assert 0 <= fewest <= count * second_total / total + 0.5
    for more in (fewest, most):
        assert find_probability((count, more), (total, second_total)) >= 0.05
    for beyond in (fewest - 1, most + 1):
        if 0 <= beyond <= second_total:
            assert find_probability((count, beyond), (total, second_total)) < 0.05


def test_a_second_count_of_100_may_differ_by_this_much():
    assert find_second_counts(0, 100, 100) == (0, 5)
    assert find_second_counts(50, 100, 100) == (36, 64)


def test_two_differentials_are_compared_type_by_type():
    first = {"neutrophil": 60, "lymphocyte": 30, "monocyte": 10, "unidentified": 7}
    second = {"neutrophil": 40, "lymphocyte": 30, "monocyte": 10, "eosinophil": 20}
    lines = {line.cell_type: line for line in compare_differentials(first, second)}
    assert list(lines) == ["neutrophil", "lymphocyte", "monocyte", "eosinophil"]
    assert lines["eosinophil"].differs_surely
    assert lines["neutrophil"].counts == (60, 40)
    assert lines["neutrophil"].limits_percent == ((49, 70), (30, 51))
    assert (lines["neutrophil"].differs, lines["neutrophil"].differs_surely) == (True, True)
    assert not lines["lymphocyte"].differs


def test_a_difference_that_many_types_explain_is_not_told_as_sure():
    first = {"neutrophil": 50, "lymphocyte": 30, "monocyte": 10, "eosinophil": 8, "basophil": 2}
    second = {"neutrophil": 64, "lymphocyte": 22, "monocyte": 6, "eosinophil": 6, "basophil": 2}
    line = next(line for line in compare_differentials(first, second) if line.cell_type == "neutrophil")
    assert line.probability == pytest.approx(0.063, abs=0.003)
    second = {"neutrophil": 66, "lymphocyte": 20, "monocyte": 6, "eosinophil": 6, "basophil": 2}
    line = next(line for line in compare_differentials(first, second) if line.cell_type == "neutrophil")
    assert (line.differs, line.differs_surely) == (True, False)


def test_nothing_is_compared_with_nothing():
    assert compare_differentials({"monocyte": 3}, {"unidentified": 4}) == ()
    with pytest.raises(ChanceError, match="5 of 4 cells"):
        find_probability((5, 0), (4, 3))
