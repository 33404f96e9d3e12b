import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from contract.agreement import AgreementError, compare_readings, find_kappa
from contract.differential import exact_interval

TYPES = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil", "blast", "unidentified")
LABELS = st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from(TYPES)), min_size=1, max_size=80)


def test_kappa_is_that_of_a_textbook():
    # Fleiss, Statistical Methods for Rates and Proportions, 2nd ed. 1981, chapter 13: 100 patients, two raters
    table = np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    kappa, low, high = find_kappa(table)
    assert kappa == pytest.approx(0.676, abs=5e-4)
    assert (low, high) == (pytest.approx(0.505, abs=1e-3), pytest.approx(0.848, abs=1e-3))


@settings(max_examples=60, deadline=None)
@given(LABELS)
def test_kappa_is_what_scikit_learn_computes(pairs):
    first, second = zip(*pairs, strict=True)
    found = compare_readings(first, second)
    assert sum(map(sum, found.table)) == found.cells == len(pairs)
    if found.kappa is None:
        assert len(set(first) | set(second)) == 1
        return
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-9)
    assert -1 <= found.kappa_low <= found.kappa <= found.kappa_high <= 1
    for line in found.by_type:
        assert line.first == first.count(line.cell_type)
        assert line.second == second.count(line.cell_type)
        assert 0 <= line.share <= 1


def test_the_interval_is_that_of_the_delta_method_worked_by_numbers():
    table = np.array([[40, 3, 2], [5, 21, 4], [1, 2, 22]])
    cells, share = table.sum(), (table / table.sum()).ravel()

    def kappa_of(share):
        square = share.reshape(3, 3)
        expected = square.sum(axis=1) @ square.sum(axis=0)
        return (np.trace(square) - expected) / (1 - expected)

    step = 1e-6
    slope = np.array([(kappa_of(share + step * e) - kappa_of(share - step * e)) / (2 * step) for e in np.eye(9)])
    error = np.sqrt(slope @ (np.diag(share) - np.outer(share, share)) @ slope / cells)
    kappa, low, high = find_kappa(table)
    assert (high - low) / 2 == pytest.approx(1.959964 * error, rel=1e-5)
    assert (high + low) / 2 == pytest.approx(kappa)


def test_readers_who_agree_on_every_cell_are_not_promised_to_agree_for_ever():
    found = compare_readings(["neutrophil", "lymphocyte"] * 5, ["neutrophil", "lymphocyte"] * 5)
    assert (found.observed, found.kappa, found.kappa_high) == (1, 1, 1)
    assert found.kappa_low == pytest.approx((exact_interval(10, 10)[0] / 100 - 0.5) / 0.5)


def test_one_name_for_all_says_nothing_beyond_chance():
    found = compare_readings(["monocyte"] * 4, ["monocyte"] * 4)
    assert (found.observed, found.kappa, found.kappa_low) == (1, None, None)
    assert compare_readings([], []).observed is None


def test_types_stand_in_the_order_of_a_differential_with_unidentified_last():
    found = compare_readings(["unidentified", "blast", "basophil"], ["neutrophil", "blast", "unidentified"])
    assert found.types == ("neutrophil", "basophil", "blast", "unidentified")
    assert found.table == ((0, 0, 0, 0), (0, 0, 0, 1), (0, 0, 1, 0), (1, 0, 0, 0))


def test_readings_of_different_length_are_refused():
    with pytest.raises(AgreementError, match="of 1 and 2 cells"):
        compare_readings(["monocyte"], ["monocyte", "monocyte"])
