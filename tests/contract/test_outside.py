import numpy as np
import pytest
from pydantic import ValidationError

from contract.fit_outside import KnownCells, fit_outside, refit_threshold, score
from contract.outside import Outside
from contract.packed import pack, unpack

CENTRES = np.array([[0, 0, 0], [8, 0, 0], [0, 8, 4]], np.float64)


def draw_known(seed, count=300, shift=0.0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, count)
    inputs = CENTRES[truth] + rng.normal(0, [1, 0.5, 2], (count, 3)) + shift
    return KnownCells(inputs, rng.normal(-6, 1, count), truth, np.ones(count))


def fit():
    return fit_outside(draw_known(1), draw_known(2), 3)


def test_one_in_a_hundred_known_cells_is_called_strange():
    scores = score(draw_known(3, 5000), fit())
    assert np.mean(scores > fit().threshold) == pytest.approx(0.01, abs=0.008)


def test_cells_far_from_every_class_and_cells_that_nothing_speaks_for_are_stranger_than_known_ones():
    outside, known = fit(), draw_known(3)
    far = KnownCells(known.inputs + np.array([0, 0, 40]), known.energy, known.truth, known.weight)
    mute = KnownCells(known.inputs, known.energy + 12, known.truth, known.weight)
    assert score(far, outside).min() > np.quantile(score(known, outside), 0.9)
    assert np.median(score(mute, outside)) > np.quantile(score(known, outside), 0.9)


def test_a_microscope_whose_known_cells_look_different_moves_the_threshold():
    outside, elsewhere = fit(), draw_known(4, shift=3.0)
    assert np.mean(score(elsewhere, outside) > outside.threshold) > 0.5
    moved = refit_threshold(outside, elsewhere)
    assert np.mean(score(elsewhere, moved) > moved.threshold) < 0.02


def test_too_few_cells_or_a_class_without_any_are_not_described():
    known = draw_known(1)
    assert fit_outside(known, draw_known(2, 20), 3) is None
    assert fit_outside(known, draw_known(2), 4) is None


def test_a_description_survives_json_to_the_last_bit_that_counts():
    outside = fit()
    again = Outside.model_validate_json(outside.model_dump_json())
    np.testing.assert_array_equal(score(draw_known(5), again), score(draw_known(5), outside))


def test_a_description_that_does_not_fit_together_is_refused():
    facts = fit().model_dump()
    with pytest.raises(ValidationError, match="packed numbers"):
        Outside.model_validate(facts | {"factors": pack(np.eye(3))})
    with pytest.raises(ValidationError, match="packed numbers"):
        Outside.model_validate(facts | {"factors": "not base64!"})
    with pytest.raises(ValidationError, match="a volume for each"):
        Outside.model_validate(facts | {"log_volumes": (0.0,)})


def test_packed_numbers_are_float32_and_finite():
    values = np.array([[1.5, -2.25], [1e-20, 3e8]])
    np.testing.assert_allclose(unpack(pack(values), (2, 2)), values, rtol=1e-6)
    with pytest.raises(ValueError, match="not all finite"):
        unpack(pack(np.array([np.nan])), (1,))
