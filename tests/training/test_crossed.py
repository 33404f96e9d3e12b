"""Slides left out in turn: each is judged with confidence fitted on the others, and a cell counts once."""

from dataclasses import replace

import numpy as np
import pytest

from contract.confidence import calibrate
from tests.made_records import make_cell
from training.confidence import Fitting, fit_confidence
from training.crossed import score_crossed
from training.drafting import draft_manifest
from training.model import ModelConfig
from training.observe import SeenCell, SeenImage

CLASSES = ("basophil", "eosinophil", "neutrophil")
DRAFT = draft_manifest(ModelConfig("differential", CLASSES), (96, 128), 0.25)


def see(slide, cells=60, right=0.9, seed=0, looks=1):
    """Pictures of one slide with cells of three types, of which a share is called rightly."""
    rng = np.random.default_rng([seed, int(slide[1:])])
    images = []
    for number in range(cells):
        truth = number % 3
        called = truth if rng.random() < right else (truth + 1) % 3
        logits = rng.normal(0, 1, 3) + 4.0 * (np.arange(3) == called)
        told = dict(zip(CLASSES, calibrate(logits, 1.0).tolist(), strict=True))
        for look in range(looks):
            read = replace(make_cell(), probabilities=told, outside=-5.0)
            seen = SeenCell(f"{slide}-{number}", truth, read, 0.9)
            images.append(SeenImage("pi", slide, f"{slide}/{number}-{look}.png", (seen,), 0, None, -1, None))
    return images


def test_cells_of_all_turns_are_judged_together_and_each_once():
    scores = score_crossed({"1": see("s1", looks=3), "2": see("s2"), "3": see("s3")}, DRAFT, 0.95)
    assert (scores.turns, scores.cells) == (3, 180)
    assert scores.found.value == 1
    assert scores.macro_accuracy.value == pytest.approx(0.9, abs=0.07)
    assert sum(map(sum, scores.confusion)) == 180


def test_a_turn_is_not_judged_by_thresholds_fitted_on_itself():
    # the third slide is always called wrongly: fitted on the others, nothing says so
    scores = score_crossed(
        {"1": see("s1", right=1.0), "2": see("s2", right=1.0), "3": see("s3", right=0.0)}, DRAFT, 0.95
    )
    assert scores.named_accuracy.value < 0.95
    assert scores.set_coverage.value < 0.95


def test_a_cell_that_was_missed_counts_against_finding_only():
    images = see("s1")
    missed = replace(images[0], cells=(replace(images[0].cells[0], read=None),))
    scores = score_crossed({"1": [missed, *images[1:]], "2": see("s2")}, DRAFT, 0.95)
    assert scores.found.value == pytest.approx(119 / 120)
    assert scores.cells == 119


def test_confidence_is_fitted_on_the_left_out_slides_where_there_are_any():
    crossed = (*see("s1"), *see("s2", right=0.6))
    fitting = Fitting(0.95, frozenset({"elsewhere"}), crossed)
    manifest = fit_confidence([], [], DRAFT, fitting, "int8 outputs")
    assert manifest.confidence_fitted_on == "120 cells of 2 slides left out of training in turn (pi), int8 outputs"
    assert manifest.cell.threshold > 0
    assert manifest.cell.temperature > 1
