"""The slim file: fewer bytes, the same answers to the bit, in every runtime and on the same kernels."""

import io
import warnings

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from device.network.runtime import check_model, open_interpreter
from quantize.convert import INT8
from quantize.selftest_data import draw_cells, make_selftest
from quantize.slim import WEIGHT_ALIGNMENT, SlimError, name_layer, prove_same, slim_file


@pytest.fixture(scope="module")
def slim(converted):
    return slim_file(converted[INT8])


def read_buffers(content):
    model = schema.Model.GetRootAs(content, 0)
    return [model.Buffers(i) for i in range(model.BuffersLength()) if model.Buffers(i).DataLength()]


def list_operations(content):
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    return [(one["op_name"], len(one["inputs"])) for one in interpreter._get_ops_details()]


def test_it_is_smaller_and_still_what_the_device_asks_for(converted, slim, draft):
    # a tiny network is mostly graph; the shipped ones lose a sixth
    assert len(slim) < 0.9 * len(converted[INT8])
    check_model(open_interpreter(slim), draft)


def test_the_devices_runtime_answers_the_same_to_the_bit(converted, slim, draft, canvases):
    before, after = open_interpreter(converted[INT8]), open_interpreter(slim)
    for image in [*draw_cells(draft, 3)[:4], *canvases[:4]]:
        expected, found = before.run(image), after.run(image)
        assert set(found) == set(expected)
        assert all((found[name] == expected[name]).all() for name in expected)


def test_tensorflows_own_interpreter_accepts_it_and_answers_the_same(converted, slim, canvases):
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\s*Warning: tf.lite.Interpreter is deprecated")
        before, after = (
            tf.lite.Interpreter(model_content=one).get_signature_runner() for one in (converted[INT8], slim)
        )
    expected, found = before(image=canvases[0][None]), after(image=canvases[0][None])
    assert all((found[name] == expected[name]).all() for name in expected)


def test_every_operation_is_still_handed_to_xnnpack(converted, slim):
    operations = list_operations(slim)
    assert operations == list_operations(converted[INT8])
    # all of the graph in one piece: one delegate that reads every weight
    assert [name for name, _ in operations].count("DELEGATE") == 1


def test_scales_and_weights_are_untouched(converted, slim):
    before, after = (Interpreter(model_content=one).get_tensor_details() for one in (converted[INT8], slim))
    for one, other in zip(before, after, strict=True):
        for name, values in one["quantization_parameters"].items():
            assert np.array_equal(values, other["quantization_parameters"][name])
    assert [bytes(one.DataAsNumpy()) for one in read_buffers(slim)] == [
        bytes(one.DataAsNumpy()) for one in read_buffers(converted[INT8])
    ]


def test_weights_lie_where_the_schema_wants_them(slim):
    start = np.frombuffer(slim, np.uint8).ctypes.data
    assert {(one.DataAsNumpy().ctypes.data - start) % WEIGHT_ALIGNMENT for one in read_buffers(slim)} == {0}


def test_the_same_file_comes_out_every_time(converted, slim):
    assert slim_file(converted[INT8]) == slim
    assert slim_file(slim) == slim


def test_a_file_that_answers_otherwise_is_refused(converted, slim, network, draft):
    selftest = make_selftest(open_interpreter(slim, threads=1), network, draft, seed=7)
    prove_same(converted[INT8], selftest.content)
    with np.load(io.BytesIO(selftest.content)) as stored:
        arrays = dict(stored)
    arrays["output_mask"][0, 0, 0, 0] ^= 1
    changed = io.BytesIO()
    np.savez(changed, **arrays)
    with pytest.raises(SlimError, match="1 steps off"):
        prove_same(converted[INT8], changed.getvalue())


@pytest.mark.parametrize(
    ("tensor", "layer"),
    [("leukoscope_1/mask_1/BiasAdd;leukoscope_1/mask_1/convolution", "mask"), ("serve_image:0", "serve_image:0")],
)
def test_a_tensor_is_named_after_its_layer(tensor, layer):
    assert name_layer(tensor) == layer
