"""The self-test: at least eight examples, in which every class answers, whatever the network was taught."""

from dataclasses import replace

import numpy as np
import pytest

from device.network.runtime import open_interpreter
from quantize.coax import middle_of
from quantize.convert import INT8, convert
from quantize.selftest_data import describe_coverage, draw_cells, make_selftest
from quantize.slim import slim_file
from tests.measured_shards import TINY, UM_PER_PX
from tests.quantize.conftest import SHAPE
from training.drafting import draft_manifest
from training.model import build_model


@pytest.fixture(scope="module")
def taught(converted, network):
    model = open_interpreter(slim_file(converted[INT8]), threads=1)
    return model, network, draft_manifest(TINY, SHAPE, UM_PER_PX)


@pytest.fixture(scope="module")
def screening(network, canvases):
    """A network for screening that knows coloured discs, and calls no simulated cell by the name of its last class."""
    config = replace(TINY, task="screening", classes=("benign", "early_pre_b", "pre_b"), attributes={})
    other, draft = build_model(config, SHAPE), draft_manifest(config, SHAPE, UM_PER_PX)
    for layer in other.layers:
        layer.set_weights(network.get_layer(layer.name).get_weights())
    kernel, bias = other.get_layer("cell_type").get_weights()
    leads = [find_lead(other, picture) for picture in draw_cells(draft, 7)]
    other.get_layer("cell_type").set_weights([kernel, bias - np.array([0, 0, max(leads) + 0.5], np.float32)])
    model = open_interpreter(slim_file(convert(other, canvases, (INT8,))[INT8]), threads=1)
    return model, other, draft


def find_lead(network, picture):
    logits = middle_of(network(picture[None].astype(np.float32))["cell_type"].numpy()[0])
    return float(logits[-1] - logits[:-1].max())


def read_answers(model, draft, content, tmp_path):
    """What the network says in the middle of each example, from what the file expects."""
    (tmp_path / "selftest.npz").write_bytes(content)
    with np.load(tmp_path / "selftest.npz") as stored:
        maps = model.dequantize("cell_type", stored["output_cell_type"])
    y, x = (side // 2 for side in maps.shape[1:3])
    return {draft.classes[kind] for kind in maps[:, y - 1 : y + 1, x - 1 : x + 1].mean(axis=(1, 2)).argmax(axis=1)}


@pytest.mark.parametrize("kind", ["taught", "screening"])
def test_at_least_eight_examples_make_every_class_answer(kind, request, tmp_path):
    model, network, draft = request.getfixturevalue(kind)
    selftest = make_selftest(model, network, draft, seed=7)
    assert selftest.inputs >= 8
    assert selftest.answered == draft.classes
    assert read_answers(model, draft, selftest.content, tmp_path) >= set(draft.classes)


def test_a_class_that_no_drawn_cell_shows_is_coaxed_and_said_to_be(screening):
    model, network, draft = screening
    selftest = make_selftest(model, network, draft, seed=7)
    assert "pre_b" in selftest.coaxed
    assert "pre_b" in describe_coverage(draft.classes, selftest).split("(")[1]


def test_the_same_seed_gives_the_same_examples(taught):
    model, network, draft = taught
    assert make_selftest(model, network, draft, 7).content == make_selftest(model, network, draft, 7).content
    assert make_selftest(model, network, draft, 7).content != make_selftest(model, network, draft, 8).content
