from dataclasses import replace

import numpy as np
import pytest

from contract.confidence import calibrate
from device.counting.looks import Looks, weigh_look
from tests.device.page.made_instrument import make_bundle
from tests.made_records import make_cell, make_prediction

MANIFEST = make_bundle().manifest
CLASSES = MANIFEST.classes


def see(logits, cell=None):
    """A look at a cell whose network said this."""
    probabilities = calibrate(np.asarray(logits, float), 1.0)
    best = int(probabilities.argmax())
    told = dict(zip(CLASSES, probabilities.tolist(), strict=True))
    return replace(cell or make_cell(), cell_type=CLASSES[best], confidence=told[CLASSES[best]], probabilities=told)


def test_several_looks_are_right_more_often_than_the_last_one():
    rng = np.random.default_rng(3)
    last = together = 0
    for _ in range(300):
        true = int(rng.integers(5))
        looks = Looks()
        for rest in range(1, 5):
            look = see(2.0 * (np.arange(5) == true) + rng.normal(0, 1.3, 5))
            looks.add(look, 1.0, rest, CLASSES)
        last += look.cell_type == CLASSES[true]
        probabilities = looks.decide(MANIFEST).probabilities
        together += max(probabilities, key=probabilities.get) == CLASSES[true]
    # Four looks halve the noise: 65 % become 92 %.
    assert last / 300 == pytest.approx(0.66, abs=0.06)
    assert together / 300 > last / 300 + 0.15


def test_a_long_rest_makes_nothing_certain_and_outweighs_no_other():
    long, short = see([0, 0, 0, 1.0, 0]), see([0, 0, 3.5, 0, 0])
    looks = Looks()
    for _ in range(500):
        looks.add(long, 1.0, 1, CLASSES)
    assert looks.decide(MANIFEST).confidence == pytest.approx(long.confidence)
    looks.add(short, 1.0, 2, CLASSES)
    assert (looks.number, max(looks.decide(MANIFEST).probabilities.values())) == (501, pytest.approx(0.55, abs=0.03))
    assert looks.decide(MANIFEST).cell_type == "lymphocyte"


def test_a_sharp_look_away_from_the_border_counts_more():
    prediction = make_prediction(height=200, width=200)
    inside, outer = make_cell(left=90), make_cell(left=1)
    inside = replace(inside, box=(90, 90, 110, 110))
    sharp = replace(prediction.frame, quality=replace(prediction.frame.quality, focus=7.0))
    assert weigh_look(inside, prediction) > 2 * weigh_look(outer, prediction)
    assert weigh_look(inside, replace(prediction, frame=sharp)) == pytest.approx(4 * weigh_look(inside, prediction))


def test_one_look_says_what_it_said():
    looks = Looks()
    cell = replace(make_cell(), cell_type="unidentified")
    looks.add(cell, 0.3, 1, CLASSES)
    assert looks.decide(MANIFEST).cell_type == "unidentified"
    assert looks.decide(MANIFEST).probabilities is cell.probabilities


def test_cells_that_are_strange_in_all_looks_together_stay_unidentified():
    from contract.outside import Outside, Yardstick
    from contract.packed import pack

    even = Yardstick(middle=0, spread=1)
    outside = Outside(
        inputs=("features",),
        means=((0.0,), (1.0,)),
        factors=pack(np.ones((2, 1, 1))),
        log_volumes=(0.0, 0.0),
        distance=even,
        energy=even,
        energy_weight=0.0,
        threshold=2.0,
    )
    looks = Looks()
    for strangeness in (1.5, 4.0):
        looks.add(replace(see([0, 0, 6.0, 0, 0]), outside=strangeness), 1.0, 1, CLASSES)
    assert looks.decide(MANIFEST).cell_type == "lymphocyte"
    assert looks.decide(MANIFEST.model_copy(update={"outside": outside})).cell_type == "lymphocyte"
    looks.add(replace(see([0, 0, 6.0, 0, 0]), outside=4.0), 1.0, 1, CLASSES)
    assert looks.decide(MANIFEST.model_copy(update={"outside": outside})).cell_type == "unidentified"
