"""The SavedModel: what a server answers is what the network answers, and what the bundle answers but for int8."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from contract.notice import RESEARCH_USE
from device.network.runtime import open_interpreter
from quantize.cli import quantize
from quantize.convert import INT8
from quantize.export import ExportError, export_run
from tests.measured_shards import TINY
from training.model import build_model


@pytest.fixture(scope="module")
def served(short_run, tmp_path_factory):
    out = tmp_path_factory.mktemp("served") / "wbc"
    done = CliRunner().invoke(quantize, ["export", str(short_run), "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out


def test_the_folder_is_what_a_server_looks_for(served):
    assert (served / "1" / "saved_model.pb").is_file()
    facts = json.loads((served / "1" / "assets.extra" / "leukoscope.json").read_text())
    assert (facts["notice"], facts["classes"]) == (RESEARCH_USE, list(TINY.classes))
    assert (facts["input_height"], facts["input_width"], facts["heads"]["mask"]) == (96, 128, "mask")


def test_signatures_take_bytes_in_batches_and_name_the_heads(served):
    import tensorflow as tf

    signatures = tf.saved_model.load(str(served / "1")).signatures
    assert set(signatures) == {"serving_default", "fields"}
    for name, sides in (("serving_default", [96, 128]), ("fields", [None, None])):
        (spec,) = signatures[name].structured_input_signature[1].values()
        assert (spec.name, spec.dtype, spec.shape.as_list()) == ("image", tf.uint8, [None, *sides, 3])
        assert set(signatures[name].structured_outputs) == {"mask", "interior", "cell_type", "features", "attributes"}


def test_a_batch_of_windows_is_answered_as_by_the_network(served, network, canvases):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(served / "1"))
    batch = np.stack(canvases[:3])
    said = loaded.signatures["serving_default"](image=tf.constant(batch))
    for name, meant in network(batch.astype(np.float32), training=False).items():
        # the same weights in the same float32, summed in another order
        np.testing.assert_allclose(said[name].numpy(), meant.numpy(), rtol=1e-4, atol=1e-3)


def test_a_whole_field_of_another_size_is_answered_in_one_pass(served, network):
    import tensorflow as tf

    field = np.random.default_rng(2).integers(0, 256, (1, 160, 208, 3), np.uint8)
    wide = build_model(TINY, (160, 208))
    wide.set_weights(network.get_weights())
    said = tf.saved_model.load(str(served / "1")).signatures["fields"](image=tf.constant(field))
    for name, meant in wide(field.astype(np.float32), training=False).items():
        np.testing.assert_allclose(said[name].numpy(), meant.numpy(), rtol=1e-4, atol=1e-3)


def test_the_bundles_file_says_the_same_but_for_rounding(served, converted, canvases):
    import tensorflow as tf

    model = open_interpreter(converted[INT8])
    loaded = tf.saved_model.load(str(served / "1"))
    said = loaded.signatures["serving_default"](image=tf.constant(canvases[0][None]))
    for name, values in model.run(canvases[0]).items():
        meant = said[name].numpy()[0]
        # a twentieth of the range, as for int8 against Keras
        assert np.abs(model.dequantize(name, values) - meant).mean() < 0.05 * np.ptp(meant), name


def test_a_second_export_is_a_new_version_beside_the_first(served, short_run):
    assert export_run(short_run, served).name == "2"
    assert sorted(path.name for path in served.iterdir()) == ["1", "2"]


def test_a_place_that_cannot_be_written_is_named(short_run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportError, match="file"):
        export_run(short_run, tmp_path / "file" / "served")
