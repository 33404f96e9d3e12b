"""Intervals: over groups, seeded, and silent where they know nothing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.intervals import estimate, mean_of


def test_an_interval_holds_the_figure_and_is_the_same_for_the_same_seed():
    rng = np.random.default_rng(0)
    right = rng.random(200) < 0.8
    groups = [f"slide{i // 10}" for i in range(200)]
    first, again = (estimate(mean_of(right), groups, seed=3) for _ in range(2))
    assert first == again
    assert first.low < first.value < first.high
    assert (first.rows, first.groups) == (200, 20)
    assert estimate(mean_of(right), groups, seed=4) != first


def test_alike_pictures_of_one_slide_do_not_narrow_the_interval():
    slides = np.array([1.0, 0.0] * 10)
    wide = estimate(mean_of(np.repeat(slides, 50)), [str(i // 50) for i in range(1000)])
    narrow = estimate(mean_of(np.repeat(slides, 50)), [str(i) for i in range(1000)])
    assert wide.high - wide.low > 4 * (narrow.high - narrow.low)


def test_one_slide_gives_a_figure_without_an_interval():
    one = estimate(mean_of(np.ones(5)), ["a"] * 5)
    assert (one.value, one.low, one.high) == (1, None, None)
    assert str(one) == "1.000"


def test_nothing_measured_is_no_figure():
    none = estimate(mean_of(np.zeros(0)), [])
    assert (none.value, none.low, none.high, none.rows) == (None, None, None, 0)
    assert str(none) == "-"


def test_values_that_are_not_defined_are_left_out():
    assert estimate(mean_of(np.array([1, np.nan, 0])), ["a", "b", "c"]).value == 0.5


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), min_size=1, max_size=30))
def test_a_mean_never_leaves_its_range(rows):
    found = estimate(mean_of(np.array([value for _, value in rows])), [group for group, _ in rows], draws=50)
    assert 0 <= found.value <= 1
    if found.low is not None:
        assert 0 <= found.low <= found.high <= 1


def test_a_class_from_one_slide_leaves_a_mean_over_classes_without_an_interval():
    slides, classes = ["a", "a", "b", "c"], np.array([0, 1, 0, 0])
    right = np.array([1.0, 1, 0, 1])
    assert estimate(mean_of(right), slides, classes=classes).low is None
    assert estimate(mean_of(right), slides, classes=np.array([0, 1, 1, 0])).low is not None


def test_every_sample_of_a_mean_over_classes_holds_every_class():
    slides = [f"{kind}{i}" for kind in "abc" for i in range(2)]
    classes = np.repeat([0, 1, 2], 2)
    seen = []

    def count_classes(rows):
        seen.append(len(set(classes[rows])))
        return 0.0

    estimate(count_classes, slides, classes=classes, draws=50)
    assert set(seen) == {3}
