"""The network's promises: names and shapes of heads, size, one set of weights for every input size, int8."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from training.model import ModelConfig, ModelError, Stage, build_model

CLASSES = ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")
SMALL = {"stem": 8, "stages": (Stage(8, 1, 2, True), Stage(16, 1, 2, False), Stage(16, 1, 2, False)), "features": 8}


def test_heads_have_the_names_and_shapes_of_the_contract():
    model = build_model(ModelConfig("differential", CLASSES, {"shape": ("round", "lobed", "band")}), (64, 96))
    shapes = {name: tuple(output.shape[1:]) for name, output in model.output.items()}
    assert shapes == {
        "mask": (16, 24, 3),
        "interior": (16, 24, 1),
        "cell_type": (8, 12, 5),
        "features": (8, 12, 48),
        "attributes": (8, 12, 3),
    }


def test_the_default_network_is_small_enough_for_the_device():
    model = build_model(ModelConfig("differential", CLASSES), (64, 64))
    assert 300_000 < model.count_params() < 600_000


def test_networks_of_two_sizes_share_weights_and_agree_where_both_see_the_same():
    config = ModelConfig("differential", CLASSES, **SMALL)
    small, large = build_model(config, (64, 64)), build_model(config, (128, 128))
    large.set_weights(small.get_weights())
    image = np.full((1, 128, 128, 3), 235, np.uint8)
    image[:, 20:40, 20:40] = 90
    near = small(image[:, :64, :64], training=False)["mask"].numpy()
    far = large(image, training=False)["mask"].numpy()
    # the corner's outputs depend on zero padding above and left alone, which both have
    np.testing.assert_allclose(near[0, :4, :4], far[0, :4, :4], atol=1e-4)


def test_a_configuration_survives_json():
    config = ModelConfig("differential", CLASSES, {"shape": ("round", "lobed")}, **SMALL)
    assert ModelConfig.from_json(config.to_json()) == config


def test_a_side_that_is_no_multiple_of_16_is_refused_with_its_size():
    with pytest.raises(ModelError, match=r"360, 576.*multiples of 16"):
        build_model(ModelConfig("differential", CLASSES), (360, 576))


@pytest.mark.parametrize("task", ["differential", "screening"])
def test_full_int8_keeps_the_names_of_the_heads_and_the_scale_of_the_bytes(tmp_path, task):
    config = ModelConfig(task, CLASSES, {"shape": ("round", "lobed")}, **SMALL)
    model = build_model(config, (64, 64))
    content = convert(model, tmp_path)
    runner = Interpreter(model_content=content).get_signature_runner()
    assert set(runner.get_output_details()) == set(model.output)
    (image,) = runner.get_input_details().values()
    assert image["dtype"] == np.uint8
    assert image["quantization"] == (1.0, 0)


def convert(model, folder):
    export = tf.keras.export.ExportArchive()
    export.track(model)
    signature = [tf.TensorSpec((1, 64, 64, 3), tf.float32, name="image")]
    export.add_endpoint("serve", lambda image: model(image, training=False), input_signature=signature)
    export.write_out(str(folder / "saved"), verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / "saved"))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([image] for image in all_bytes())
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.int8
    return converter.convert()


def all_bytes():
    for seed in range(2):
        image = np.random.default_rng(seed).integers(0, 256, (1, 64, 64, 3)).astype(np.float32)
        image[0, 0, :2] = [[0, 0, 0], [255, 255, 255]]
        yield image
