"""The converted file: what went in is what the device reads, byte for byte and head by head."""

import numpy as np
import pytest

from device.runtime import check_model, open_interpreter
from quantize.convert import ConvertError, convert
from quantize.representative import EDGE_PX, add_extremes, draw_pictures, fill_canvases
from quantize.selftest_data import make_selftest
from tests.measured_shards import TINY, UM_PER_PX
from training.drafting import draft_manifest
from training.runs import load_run

SHAPE = (96, 128)


@pytest.fixture(scope="module")
def canvases(measured_data):
    return add_extremes(list(fill_canvases(draw_pictures(measured_data, 24, 7), SHAPE)), 7)


@pytest.fixture(scope="module")
def network(short_run):
    return load_run(short_run)[1]


@pytest.fixture(scope="module")
def converted(network, canvases):
    return convert(network, canvases)


@pytest.fixture
def draft():
    return draft_manifest(TINY, SHAPE, UM_PER_PX)


def test_the_file_is_what_the_device_asks_for(converted, draft):
    check_model(open_interpreter(converted.int8), draft)


def test_weights_are_scaled_by_channel(converted):
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(model_content=converted.int8).get_tensor_details()
    scales = [len(one["quantization_parameters"]["scales"]) for one in details if one["dtype"] == np.int8]
    assert max(scales) >= 16


def test_int8_says_what_the_network_says(converted, network, canvases):
    model = open_interpreter(converted.int8)
    said = {name: model.dequantize(name, value) for name, value in model.run(canvases[0]).items()}
    meant = {name: value.numpy()[0] for name, value in network(canvases[0][None].astype(np.float32)).items()}
    assert set(said) == set(meant)
    for name in said:
        spread = meant[name].max() - meant[name].min()
        # a twentieth of the range: int8 rounding through a dozen layers; a wrong channel order is off by the range
        assert np.abs(said[name] - meant[name]).mean() < 0.05 * spread, name


def test_the_float_file_says_exactly_what_the_network_says(converted, network, canvases):
    said = open_interpreter(converted.float32).run(canvases[0].astype(np.float32))
    meant = network(canvases[0][None].astype(np.float32))
    for name, value in said.items():
        # float32 sums in another order
        np.testing.assert_allclose(value, meant[name].numpy()[0], rtol=1e-3, atol=1e-2)


def test_the_same_pictures_give_the_same_bytes(converted, network, canvases):
    assert convert(network, canvases).int8 == converted.int8


def test_pixels_without_black_and_white_are_refused(network):
    with pytest.raises(ConvertError, match="0 to 255"):
        convert(network, [np.full((*SHAPE, 3), 128, np.uint8)])


def test_representative_pictures_are_drawn_by_seed_from_the_training_split(measured_data):
    first, again, other = (draw_pictures(measured_data, 12, seed) for seed in (1, 1, 2))
    assert len(first) == 12
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert not all((a == b).all() for a, b in zip(first, other, strict=True))


def test_pictures_share_a_canvas_without_touching():
    pictures = [np.full((40, 50, 3), shade, np.uint8) for shade in (10, 20, 30, 40, 50)]
    canvases = list(fill_canvases(pictures, SHAPE))
    assert [sorted({10, 20, 30, 40, 50} & set(np.unique(one))) for one in canvases] == [[10, 20, 30, 40], [50]]
    assert (canvases[0][:40, 50 : 50 + EDGE_PX] == canvases[0][-1, -1]).all()


def test_the_self_test_has_eight_examples_and_says_what_it_covers(converted, draft):
    model = open_interpreter(converted.int8)
    selftest = make_selftest(model, draft, seed=7)
    assert selftest.inputs >= 8
    assert selftest.answered
    assert make_selftest(model, draft, seed=7).content == selftest.content
