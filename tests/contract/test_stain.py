import json

import numpy as np
import pytest
from pydantic import ValidationError

from contract.prepare import Prepared, prepare_field
from contract.stain import Stain, StainSource, fit_stain, measure_distance
from contract.stain_colours import (
    COLOURS,
    count_levels,
    find_level,
    find_median_density,
    measure_colours,
    separate_smear,
)


def field_of(red_cell, nucleus=None, um_per_px=0.25, side=200):
    """Discs of one colour on plasma, and one of another."""
    image = np.full((side, side, 3), 235, np.uint8)
    y, x = np.mgrid[:side, :side]
    for top, left in ((50, 50), (50, 150), (150, 50)):
        image[(y - top) ** 2 + (x - left) ** 2 < 20**2] = red_cell
    if nucleus is not None:
        image[(y - 150) ** 2 + (x - 150) ** 2 < 20**2] = nucleus
    return Prepared(image, (side, side), um_per_px)


def test_colours_are_the_densities_of_red_cells_and_nuclei():
    colours = measure_colours(separate_smear(field_of((190, 160, 185), (70, 40, 140))))
    expected = -np.log10(np.array([190, 160, 185, 70, 40, 140]) / 235)
    assert colours == pytest.approx(expected, abs=0.01)
    assert len(colours) == len(COLOURS)


def test_what_is_not_there_has_no_colour():
    no_nucleus = measure_colours(separate_smear(field_of((190, 160, 185))))
    assert np.isfinite(no_nucleus).tolist() == [True] * 3 + [False] * 3
    empty = Prepared(np.full((80, 80, 3), 235, np.uint8), (80, 80), 0.25)
    assert np.isnan(measure_colours(separate_smear(empty))).all()


def test_colours_hardly_depend_on_lamp_and_scale(smear_field):
    image = smear_field[0]
    plain, lamp = (
        measure_colours(separate_smear(prepare_field(one, 0.15, 0.25)))
        for one in (image, (image * np.array([0.7, 0.9, 1.0])).astype(np.uint8))
    )
    coarse = measure_colours(separate_smear(prepare_field(image, 0.15, 0.45)))
    assert lamp == pytest.approx(plain, abs=0.02)
    # nuclei mix with their surroundings where pixels are larger
    assert coarse[:3] == pytest.approx(plain[:3], abs=0.02)


@pytest.mark.parametrize("values", [[100], [100, 101], [7, 100, 101, 101, 102, 250]])
def test_a_median_is_found_between_levels(values):
    channel = np.array([values], np.uint8)
    found = find_median_density(count_levels(channel, np.full_like(channel, 255)))
    assert 235 * 10**-found == pytest.approx(np.median(values), abs=0.51)


def test_levels_and_densities_belong_together():
    assert find_level(0.0) == 235
    assert find_level(-1.0) == 255
    assert find_level(-np.log10(100 / 235)) == 100


@pytest.fixture
def colours():
    rng = np.random.default_rng(1)
    one = rng.normal([0.1, 0.15, 0.09, 0.5, 0.8, 0.2], 0.03, (200, 6))
    two = rng.normal([0.06, 0.08, 0.05, 0.2, 0.15, 0.0], 0.02, (60, 6))
    two[5:, 3:] = np.nan  # five with a nucleus: too few to say what nuclei look like there
    return {"one": one, "two": two}


def test_training_pictures_lie_about_one_from_themselves_and_others_far(colours):
    stain = fit_stain(colours)
    assert [(source.name, len(source.mean)) for source in stain.sources] == [("one", 6), ("two", 3)]
    own = [measure_distance(row, stain) for row in colours["one"]]
    assert np.median([distance for distance, _ in own]) == pytest.approx(1.0, abs=0.15)
    assert [name for _, name in own].count("one") > 150
    assert measure_distance(colours["one"][0] + 0.4, stain)[0] > 8


def test_between_two_stains_lies_none(colours):
    stain = fit_stain({"one": colours["one"], "far": colours["one"] + 1.0})
    assert measure_distance(colours["one"][0] + 0.5, stain)[0] > 8


def test_a_field_without_nuclei_is_compared_by_its_red_cells(colours):
    stain = fit_stain(colours)
    without = np.concatenate([colours["one"][0][:3], [np.nan] * 3])
    assert measure_distance(without, stain)[0] < 2.5
    assert measure_distance(np.full(6, np.nan), stain) is None


def test_few_pictures_are_not_believed_to_be_all_there_is():
    two = np.array([[0.1, 0.15, 0.09, np.nan, np.nan, np.nan], [0.1, 0.15, 0.09, np.nan, np.nan, np.nan]])
    stain = fit_stain({"two": two})
    assert measure_distance(two[0] + 0.05, stain)[0] < 2
    assert fit_stain({"none": np.full((3, 6), np.nan)}) is None


def test_stain_travels_through_json(colours):
    stain = fit_stain(colours)
    again = Stain.model_validate_json(stain.model_dump_json())
    assert again == stain
    assert measure_distance(colours["one"][3], again) == measure_distance(colours["one"][3], stain)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mean": [0.1] * 4}, "expected 3 or 6"),
        ({"covariance": [[1.0, 0.0]]}, "expected 3 of 3"),
        ({"covariance": [[0.0] * 3] * 3}, "singular"),
        ({"pictures": 0}, "greater than or equal to 1"),
        ({"more": 1}, "Extra inputs"),
    ],
)
def test_facts_that_cannot_be_are_refused(change, said):
    facts = {"name": "a", "pictures": 3, "mean": [0.1] * 3, "covariance": np.eye(3).tolist()}
    StainSource.model_validate_json(json.dumps(facts))
    with pytest.raises(ValidationError, match=said):
        StainSource.model_validate_json(json.dumps(facts | change))
