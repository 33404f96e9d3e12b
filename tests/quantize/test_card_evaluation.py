"""What was measured of a finished bundle stands on its card, once, and the bundle is whole again."""

import json
import shutil

import pytest

from contract.bundle import load_bundle
from quantize.card_evaluation import HEADING, CardEvaluationError, add_evaluation

SHARE = {"value": 0.5, "low": 0.25, "high": 0.75, "rows": 4, "groups": 4}


@pytest.fixture
def bundle(tiny_bundle, tmp_path):
    return shutil.copytree(tiny_bundle, tmp_path / "bundle")


def write_evaluation(folder, model):
    row = {"family": "lamp", "name": "gain sd 0.1", "level": 0.1, "answered": SHARE, "accuracy": SHARE}
    told = {
        "model": model,
        "command": "leukoscope-quantize evaluate bundle",
        "outputs": "int8",
        "split": "test",
        "audit": {
            "drawn": {"images": 4, "masks": "human", "from_originals": False, "rows": [row | {"macro_accuracy": SHARE}]}
        },
        "outsiders": [
            {"name": "tissue", "images": 4, "refused": None, "safe": SHARE, "cells_per_image": SHARE}
            | {"strangeness": {"drawn": SHARE}}
        ],
    }
    folder.mkdir(exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(told))
    return folder


def test_an_evaluation_stands_on_the_card_once_however_often_it_is_written(bundle, tmp_path):
    before = load_bundle(bundle)
    for _ in range(2):
        evaluation = write_evaluation(tmp_path / "evaluation", load_bundle(bundle).bundle_id)
        after = add_evaluation(bundle, evaluation)
    card = (bundle / "card.md").read_text()
    assert card.count(HEADING) == 1
    assert "| lamp | gain sd 0.1 | 0.500 (0.250 to 0.750) |" in card
    assert "| tissue | 4 | - | 0.500 (0.250 to 0.750) |" in card
    assert after.bundle_id != before.bundle_id
    assert after.manifest.files["model.tflite"] == before.manifest.files["model.tflite"]


def test_an_evaluation_of_another_bundle_is_refused(bundle, tmp_path):
    with pytest.raises(CardEvaluationError, match=r"expected tiny-differential-1\.0"):
        add_evaluation(bundle, write_evaluation(tmp_path / "evaluation", "other-1+0123456789ab"))
    with pytest.raises(CardEvaluationError, match=r"metrics\.json"):
        add_evaluation(bundle, tmp_path)
