import io
from dataclasses import replace

import numpy as np
import pytest

from contract.bundle import load_bundle
from device.runtime import ModelError, check_model, open_interpreter
from device.selftest import TOLERANCE_STEPS, SelfTestError, replay


@pytest.fixture(scope="module")
def manifest(tiny_bundle):
    return load_bundle(tiny_bundle).manifest


@pytest.fixture
def model(tiny_bundle):
    return open_interpreter((tiny_bundle / "model.tflite").read_bytes(), threads=1)


@pytest.fixture(scope="module")
def examples(tiny_bundle):
    with np.load(tiny_bundle / "selftest.npz") as stored:
        return dict(stored)


def packed(arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def test_litert_is_chosen_and_named(model):
    assert model.runtime.startswith("ai-edge-litert ")


def test_heads_are_bound_by_name_with_their_own_scales(model, manifest):
    check_model(model, manifest)
    assert model.outputs["mask"].shape == (1, 24, 32, 3)
    assert model.outputs["cell_type"].shape == (1, 12, 16, 5)
    assert model.outputs["mask"].scale != model.outputs["cell_type"].scale


def test_an_output_is_dequantized_by_its_own_scale_and_zero_point(model, examples):
    raw = model.run(examples["inputs"][0])["mask"]
    tensor = model.outputs["mask"]
    expected = (raw.astype(np.float64) - tensor.zero_point) * tensor.scale
    np.testing.assert_allclose(model.dequantize("mask", raw), expected, rtol=1e-6)


def test_an_output_stays_as_it_was_when_the_next_input_runs(model, examples):
    first = model.run(examples["inputs"][0])["mask"]
    kept = first.copy()
    model.run(examples["inputs"][1])
    assert (first == kept).all()


def test_a_cut_model_file_is_refused_in_one_line(tiny_bundle):
    content = (tiny_bundle / "model.tflite").read_bytes()
    with pytest.raises(ModelError, match="expected a TensorFlow Lite model"):
        open_interpreter(content[: len(content) // 2], threads=1)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"input_height": 112}, r"model input: \(1, 96, 128, 3\) uint8 \(expected \(1, 112, 128, 3\) uint8\)"),
        ({"classes": ("a", "b")}, r"model output cell_type: \(1, 12, 16, 5\) int8 \(expected \(1, 12, 16, 2\)"),
        ({"mask_stride": 8}, r"model output mask: .* \(expected \(1, 12, 16, 3\)"),
    ],
)
def test_a_model_that_is_not_what_its_manifest_says_is_refused(model, manifest, change, line):
    with pytest.raises(ModelError, match=line):
        check_model(model, manifest.model_copy(update=change))


def test_a_missing_head_is_named(model, manifest):
    heads = manifest.heads.model_copy(update={"interior": "centres"})
    with pytest.raises(ModelError, match="centres"):
        check_model(model, manifest.model_copy(update={"heads": heads}))


def test_an_input_that_would_read_raw_pixels_too_dark_is_refused(model, manifest):
    dark = replace(model, input=replace(model.input, scale=0.859))
    with pytest.raises(ModelError, match=r"scale 0.859, zero point 0 \(expected 1.0 and 0\)"):
        check_model(dark, manifest)


def test_the_self_test_is_bit_identical_here(tiny_bundle, model):
    went = replay((tiny_bundle / "selftest.npz").read_bytes(), model)
    assert (went.inputs, went.largest_step) == (4, 0)
    assert went.median_ms > 0


@pytest.mark.parametrize(("steps", "passes"), [(TOLERANCE_STEPS, True), (TOLERANCE_STEPS + 1, False)])
def test_the_self_test_accepts_rounding_and_nothing_more(model, examples, steps, passes):
    moved = examples["output_mask"].astype(np.int16)
    moved[2, 5, 6, 0] += steps if moved[2, 5, 6, 0] < 100 else -steps
    content = packed(examples | {"output_mask": moved.astype(np.int8)})
    if passes:
        assert replay(content, model).largest_step == steps
    else:
        with pytest.raises(SelfTestError, match=rf"mask of example 2 is {steps} steps off"):
            replay(content, model)


def test_a_self_test_without_a_head_is_refused(model, examples):
    content = packed({name: array for name, array in examples.items() if name != "output_interior"})
    with pytest.raises(SelfTestError, match="output_interior missing"):
        replay(content, model)


def test_a_self_test_of_another_shape_is_refused(model, examples):
    content = packed(examples | {"output_mask": examples["output_mask"][:, ::2]})
    with pytest.raises(SelfTestError, match=r"\(24, 32, 3\) int8 \(expected \(12, 32, 3\) int8\)"):
        replay(content, model)


def test_a_broken_self_test_file_is_refused(model):
    with pytest.raises(SelfTestError, match="expected arrays"):
        replay(b"PK\x03\x04 broken", model)
