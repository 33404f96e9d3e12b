"""On-site calibration keeps its promises on drawn cells whose truth is known."""

import numpy as np
import pytest

from contract.bundle import Manifest
from contract.naming import Pooled
from contract.site_calibration import SiteTaskError, calibrate_site
from contract.site_cells import (
    LabelledCell,
    SiteCellsError,
    choose_evenly,
    count_looks,
    divide,
    require_enough,
    weigh,
)
from contract.site_confidence import fit_site_sets
from contract.site_figures import Answers, draw_scales, measure
from contract.site_fit import NetworkHead, apply_head, fit_site_head
from contract.site_head import site_logits
from contract.site_rehearsal import ONCE, rehearse

CLASSES = ("a", "b", "c")
CENTRES = np.array([[2.0, 0, 0, 1], [0, 2.0, 0, 1], [0, 0, 2.0, 1]])
TRUE_HEAD = NetworkHead(2 * CENTRES, np.zeros(3))


def make_manifest(task="differential"):
    return Manifest.model_validate(
        {
            "format_version": 1,
            "name": "drawn",
            "version": "1",
            "task": task,
            "classes": CLASSES,
            "input_height": 96,
            "input_width": 128,
            "um_per_px": 0.5,
            "mask_stride": 4,
            "type_stride": 8,
            "heads": {"mask": "m", "interior": "i", "cell_type": "t", "features": "f"},
            "cell": {"temperature": 1.0, "threshold": 0.0},
            "field": {"temperature": 1.0, "threshold": 0.0} if task == "screening" else None,
            "conformal": dict.fromkeys(CLASSES, 0.5),
            "confidence_fitted_on": "drawn cells",
            "data": {},
            "files": dict.fromkeys(("model.tflite", "selftest.npz", "parity.json", "card.md"), "0" * 64),
            "created": "2026-01-01T00:00:00+00:00",
            "made_with": "tests",
        }
    )


def draw_cells(head, per_class=30, noise=0.8, seed=0, slides=3):
    rng = np.random.default_rng(seed)
    cells = []
    for truth in range(3):
        for number in range(per_class):
            features = (CENTRES[truth] + rng.normal(0, noise, 4)).astype(np.float32)
            logits = head(features[np.newaxis].astype(float))[0].astype(np.float32)
            pooled = Pooled(features, logits, None, 100.0, 0.5)
            cells.append(LabelledCell(pooled, truth, f"slide {number % slides}", f"{truth}-{number}"))
    return cells


@pytest.fixture(scope="module")
def mistaken():
    """A network that takes a for b and b for a, as under another stain."""
    return NetworkHead(TRUE_HEAD.weights[[1, 0, 2]], TRUE_HEAD.bias)


def test_a_network_that_confuses_two_types_here_is_mended(mistaken):
    made = calibrate_site(draw_cells(mistaken), make_manifest(), mistaken, 0.95)
    assert made.before.macro_accuracy.value < 0.5
    assert made.after.macro_accuracy.value > 0.75
    assert made.gains
    assert made.strength is not None
    fresh = draw_cells(mistaken, seed=9)
    called = [int(site_logits(made.manifest.site, cell.pooled).argmax()) for cell in fresh]
    assert np.mean(np.array(called) == [cell.truth for cell in fresh]) > 0.8


def test_a_bundle_that_is_already_right_is_not_replaced():
    # overlapping clouds of spread 0.8 are told apart best by slopes of 2 / 0.64: this network's logits are calibrated
    right = NetworkHead(CENTRES * 2 / 0.64 / 2, np.zeros(3))
    cells = draw_cells(right)
    sure = calibrate_site(cells, make_manifest(), right, 0.5)
    assert sure.manifest.cell.temperature == pytest.approx(1.0, abs=0.4)
    assert "names and confidence (log loss)" not in sure.gains
    assert not calibrate_site(cells, sure.manifest, right, 0.5).gains


def test_a_network_that_is_too_sure_keeps_its_names_and_gets_its_temperature():
    shouting = NetworkHead(10 * TRUE_HEAD.weights, TRUE_HEAD.bias)
    made = calibrate_site(draw_cells(shouting, noise=1.2), make_manifest(), shouting, 0.95)
    assert made.gains
    assert made.after.ece.value < made.before.ece.value / 2
    assert made.change.macro_accuracy.value == pytest.approx(0, abs=0.05)


def test_labels_that_say_nothing_replace_nothing():
    cells = draw_cells(TRUE_HEAD)
    rng = np.random.default_rng(1)
    shuffled = [
        LabelledCell(cell.pooled, int(truth), cell.slide, cell.cell)
        for cell, truth in zip(cells, rng.permutation([cell.truth for cell in cells]), strict=True)
    ]
    made = calibrate_site(shuffled, make_manifest(), TRUE_HEAD, 0.95)
    # chance cannot be named rightly: what remains is to say so
    assert made.after.macro_accuracy.value < 0.5
    assert made.after.named_share.value < 0.2


def test_a_rehearsal_tells_what_few_cells_would_give(mistaken):
    told = rehearse(draw_cells(mistaken), make_manifest(), mistaken, 0.95, per_class=8, draws=2)
    assert told["macro_accuracy"][0] > 0.6
    assert told[ONCE][0] == pytest.approx(told["macro_accuracy"][0])  # one look at each cell
    few = rehearse(draw_cells(mistaken), make_manifest(), mistaken, 0.95, per_class=2, draws=2)
    assert few["log_loss"][0] > told["log_loss"][0]


def test_only_cells_the_bundle_was_not_fitted_on_are_scored(mistaken):
    cells = draw_cells(mistaken)
    fresh = np.arange(len(cells)) % 3 == 0
    made = calibrate_site(cells, make_manifest(), mistaken, 0.95, fresh)
    assert (made.scored, made.cells) == (30, 90)


def test_a_screening_bundle_is_refused():
    with pytest.raises(SiteTaskError, match="expected one for a differential"):
        calibrate_site(draw_cells(TRUE_HEAD), make_manifest("screening"), TRUE_HEAD, 0.95)


def test_a_strong_pull_keeps_the_network_and_a_weak_one_follows_the_cells(mistaken):
    cells = draw_cells(mistaken)
    features = np.array([cell.pooled.features for cell in cells], float)
    truth = np.array([cell.truth for cell in cells])
    strong, weak = (fit_site_head(features, truth, weigh(cells), mistaken, pull) for pull in (1e6, 1e-3))
    np.testing.assert_allclose(np.diff(apply_head(strong, features)), np.diff(mistaken(features)), atol=1e-2)
    assert (apply_head(weak, features).argmax(axis=1) == truth).mean() > 0.85


def test_slides_are_held_out_whole_where_every_class_lies_on_several():
    cells = draw_cells(TRUE_HEAD, slides=4)
    parts, told = divide(cells)
    assert told == "slides"
    for slide in {cell.slide for cell in cells}:
        assert len({part for cell, part in zip(cells, parts, strict=True) if cell.slide == slide}) == 1


def test_looks_at_one_cell_are_never_parted():
    cells = [LabelledCell(cell.pooled, cell.truth, "one", cell.cell[:3]) for cell in draw_cells(TRUE_HEAD)]
    parts, told = divide(cells)
    assert told == "cells"
    assert len(set(parts)) > 1
    for name in {cell.cell for cell in cells}:
        assert len({part for cell, part in zip(cells, parts, strict=True) if cell.cell == name}) == 1


def test_further_looks_count_less_than_further_cells_and_classes_count_alike():
    cells = draw_cells(TRUE_HEAD, per_class=4)
    looks = cells + [cells[0]] * 3
    assert count_looks(looks)[[0, 1]].tolist() == [4, 1]
    weights = weigh(looks)
    for truth in range(3):
        mine = [weight for cell, weight in zip(looks, weights, strict=True) if cell.truth == truth]
        assert sum(mine) == pytest.approx(1 / 3)
    assert weights[1] < weights[[0, -1, -2, -3]].sum() < 4 * weights[1]


def test_each_physical_cell_is_kept_once_before_any_a_second_time():
    cells = draw_cells(TRUE_HEAD, per_class=4)
    kept = choose_evenly([cells[0]] * 5 + cells, 3)
    assert len({cell.cell for cell in kept if cell.truth == 0}) == 3
    assert len(kept) == 9


def test_too_few_cells_are_refused_by_name_and_number():
    cells = [cell for cell in draw_cells(TRUE_HEAD) if cell.truth != 1 or cell.cell in ("1-0", "1-1")]
    with pytest.raises(SiteCellsError, match=r"b 2 \(expected 5 or more"):
        require_enough(cells, CLASSES, 5)


def test_looks_at_a_single_cell_are_not_enough():
    cells = draw_cells(TRUE_HEAD)
    same = [
        LabelledCell(cell.pooled, cell.truth, cell.slide, "2-0" if cell.truth == 2 else cell.cell) for cell in cells
    ]
    with pytest.raises(SiteCellsError, match="c: looks at one cell only"):
        require_enough(same, CLASSES, 5)


def test_sets_of_few_cells_are_those_of_all_together():
    rng = np.random.default_rng(0)
    told = rng.dirichlet([1, 1, 1], 40)
    truth = np.array([0] * 30 + [1] * 5 + [2] * 5)
    quantiles = fit_site_sets(told, truth, CLASSES)
    assert quantiles["b"] < 1 or (1 - told[30:35, 1]).max() == 1
    assert quantiles["b"] >= (1 - told[30:35, 1]).max()


def test_figures_of_perfect_answers_are_perfect():
    truth = np.repeat([0, 1, 2], 10)
    cells = np.array([str(at) for at in range(30)])
    told = np.eye(3)[truth]
    found = measure(Answers(told, np.ones(30, bool), told > 0), draw_scales(truth, cells))
    assert (found.macro_accuracy.value, found.macro_accuracy.low) == (1, 1)
    assert (found.ece.value, found.set_size.value, found.set_coverage.value, found.named_accuracy.value) == (0, 1, 1, 1)
    assert found.log_loss.value == pytest.approx(0, abs=1e-5)
