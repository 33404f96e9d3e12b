"""Outsiders: what is named in them, what is refused, and whether strange cells are strange."""

import json

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from contract.cell_types import UNIDENTIFIED
from tests.drawn_models import SHAPE, look_up
from tests.drawn_shards import draw_example
from tests.measured_shards import TINY, UM_PER_PX, write_measured
from training.drafting import draft_manifest
from training.evaluate_command import evaluate_command
from training.observe import observe
from training.outsider_scores import measure_known, score_outsiders
from training.outsiders import OutsiderFolder, find_scale, look_at_outsiders
from training.sources.request import SourceError
from training.tfrecords import read_examples

DRAFT = draft_manifest(TINY, SHAPE, UM_PER_PX)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two pictures of plasma, one of a drawn cell."""
    where = tmp_path_factory.mktemp("outsiders")
    for number, image in enumerate([np.full((72, 72, 3), 235, np.uint8)] * 2 + [draw_example(3).image]):
        cv2.imwrite(str(where / f"{number}.png"), image[..., ::-1])
    return where


def test_a_picture_with_nothing_named_is_safe(folder):
    outside = OutsiderFolder("plasma", folder, UM_PER_PX)
    scores = score_outsiders(outside, look_at_outsiders(outside, look_up, DRAFT, None), {}, gated=False)
    assert scores.safe.value == pytest.approx(2 / 3)
    assert scores.cells_per_image.value == scores.named_per_image.value == pytest.approx(1 / 3)
    assert scores.refused is None


def test_what_the_gate_refuses_is_named_by_nobody(folder):
    outside = OutsiderFolder("plasma", folder, UM_PER_PX)
    seen = look_at_outsiders(outside, look_up, DRAFT, lambda image, um_per_px: "no smear")
    scores = score_outsiders(outside, seen, {}, gated=True)
    assert (scores.refused.value, scores.safe.value, scores.cells_per_image.value) == (1, 1, 0)
    assert [one.named for one in seen] == [0, 0, 0]


def test_cells_under_the_threshold_count_as_found_and_not_as_named(folder):
    unsure = DRAFT.model_copy(update={"cell": DRAFT.cell.model_copy(update={"threshold": 1.0})})
    outside = OutsiderFolder("plasma", folder, UM_PER_PX)
    seen = look_at_outsiders(outside, look_up, unsure, None)
    assert {cell.cell_type for one in seen for cell in one.cells} == {UNIDENTIFIED}
    assert score_outsiders(outside, seen, {}, gated=False).safe.value == 1


def test_a_cell_like_the_known_is_no_stranger_than_they(folder, tmp_path):
    examples = list(read_examples(write_measured(tmp_path / "prepared"), "test"))
    known = measure_known(observe(examples, look_up, DRAFT), DRAFT)
    assert len(known["drawn"][0]) == 24
    outside = OutsiderFolder("plasma", folder, UM_PER_PX)
    seen = look_at_outsiders(outside, look_up, DRAFT, None)
    scores = score_outsiders(outside, seen, known, gated=False)
    assert 0 < scores.strangeness["drawn"].value < 1
    higher = {"drawn": tuple(values + 10 for values in known["drawn"])}
    assert score_outsiders(outside, seen, higher, gated=False).strangeness["drawn"].value == 0


def test_the_scale_is_said_or_stands_in_the_folder(folder, tmp_path):
    with pytest.raises(SourceError, match="no scale"):
        find_scale(OutsiderFolder("plasma", folder))
    with pytest.raises(SourceError, match="no images"):
        find_scale(OutsiderFolder("none", tmp_path, 0.2))
    (folder / "scale.json").write_text(json.dumps({"um_per_px": 0.3}))
    assert find_scale(OutsiderFolder("plasma", folder)) == 0.3
    assert find_scale(OutsiderFolder("plasma", folder, 0.2)) == 0.2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--outsiders", "here"], r"'here' \(expected --outsiders NAME=FOLDER@UM_PER_PX\)"),
        (["--outsiders", "a=here@far"], "scale 'far'"),
        (["--outsiders", "a=nowhere@0.2"], "nowhere: no such folder"),
        (["--originals", "drawn=nowhere"], "nowhere: no such folder"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_measured(options, message, tmp_path):
    command = [str(tmp_path / "no run"), "--data", str(tmp_path / "no data"), *options]
    done = CliRunner().invoke(evaluate_command, command)
    with pytest.raises(Exception, match=message):
        raise done.exception
