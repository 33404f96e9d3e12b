"""The converted file: what went in is what the device reads, byte for byte and head by head."""

import numpy as np
import pytest

from device.network.runtime import check_model, open_interpreter
from quantize.convert import FLOAT16, FLOAT32, INT8, ConvertError, convert
from quantize.reading import run_file
from quantize.representative import EDGE_PX, choose_representative, draw_examples, fill_canvases
from tests.quantize.conftest import SHAPE
from training.forward import run_float
from training.observe import as_prepared
from training.tfrecords import read_examples


def test_the_file_is_what_the_device_asks_for(converted, draft):
    check_model(open_interpreter(converted[INT8]), draft)


def test_weights_are_scaled_by_channel(converted):
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(model_content=converted[INT8]).get_tensor_details()
    scales = [len(one["quantization_parameters"]["scales"]) for one in details if one["dtype"] == np.int8]
    assert max(scales) >= 16


def test_int8_says_what_the_network_says(converted, network, canvases):
    model = open_interpreter(converted[INT8])
    said = {name: model.dequantize(name, value) for name, value in model.run(canvases[0]).items()}
    meant = {name: value.numpy()[0] for name, value in network(canvases[0][None].astype(np.float32)).items()}
    assert set(said) == set(meant)
    for name in said:
        spread = meant[name].max() - meant[name].min()
        # a twentieth of the range: int8 rounding through a dozen layers; a wrong channel order is off by the range
        assert np.abs(said[name] - meant[name]).mean() < 0.05 * spread, name


# float32 sums in another order; float16 rounds each weight to 11 bits
@pytest.mark.parametrize(("name", "off"), [(FLOAT32, 1e-2), (FLOAT16, 5e-2)])
def test_a_float_file_says_what_the_network_says(converted, short_run, network, measured_data, draft, name, off):
    example = next(read_examples(measured_data, "test"))
    prepared = as_prepared(example, draft.um_per_px)
    from tests.measured_shards import TINY

    meant = run_float(TINY, network.get_weights(), draft, exact=True)(prepared)
    said = run_file(converted[name], draft)(prepared)
    for head in ("mask", "interior", "cell_type", "features", "attributes"):
        np.testing.assert_allclose(getattr(said, head), getattr(meant, head), rtol=1e-3, atol=off)


def test_the_same_pictures_give_the_same_bytes(converted, network, canvases):
    assert convert(network, canvases, (INT8,))[INT8] == converted[INT8]


def test_pixels_without_black_and_white_are_refused(network):
    with pytest.raises(ConvertError, match="0 to 255"):
        convert(network, [np.full((*SHAPE, 3), 128, np.uint8)])


def test_representative_pictures_are_drawn_by_seed_from_the_training_split(measured_data):
    first, again, other = ([one.id for one in draw_examples(measured_data, 12, seed)] for seed in (1, 1, 2))
    assert len(first) == 12
    assert first == again != other
    assert set(first) <= {example.id for example in read_examples(measured_data, "train")}


def test_every_class_is_among_the_representative_pictures_however_few_they_are(measured_data):
    shown = choose_representative(measured_data, 1, 7, SHAPE)
    assert set(shown.classes) == {"basophil", "eosinophil", "lymphocyte"}
    assert sum(shown.sources.values()) == 3


def test_extremes_are_among_the_representative_canvases(canvases, measured_data):
    shown = choose_representative(measured_data, 24, 7, SHAPE)
    assert set(shown.extremes) == {"colour cast", "noise", "black and white"}
    assert all(shown.extremes.values())
    assert (canvases[-1].min(), canvases[-1].max()) == (0, 255)


def test_pictures_share_a_canvas_without_touching():
    pictures = [np.full((40, 50, 3), shade, np.uint8) for shade in (10, 20, 30, 40, 50)]
    canvases = list(fill_canvases(pictures, SHAPE))
    assert [sorted({10, 20, 30, 40, 50} & set(np.unique(one))) for one in canvases] == [[10, 20, 30, 40], [50]]
    assert (canvases[0][:40, 50 : 50 + EDGE_PX] == canvases[0][-1, -1]).all()
