import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from contract.bundle import load_bundle
from contract.settings_files import INSTALL_ROOT
from device.network.runtime import ModelError, check_model, open_interpreter
from device.network.runtime_choice import DEFAULT, RUNTIMES, RuntimeMissingError, explain_slowness, find_runtime


@pytest.fixture(scope="module")
def manifest(tiny_bundle):
    return load_bundle(tiny_bundle).manifest


def test_a_runtime_that_is_named_is_the_one_that_runs(model, runtime):
    assert model.runtime.startswith(f"{runtime} ")


def test_the_best_runtime_that_is_installed_is_chosen(tiny_bundle, installed_runtimes):
    best = open_interpreter((tiny_bundle / "model.tflite").read_bytes(), threads=1)
    assert best.runtime.split()[0] == installed_runtimes[0]


def test_int8_runs_on_xnnpack_with_litert_only(model, runtime):
    assert model.xnnpack == (runtime == DEFAULT)
    assert (model.slowness is None) == model.xnnpack


def test_a_slow_runtime_is_told_with_what_would_mend_it():
    assert explain_slowness("ai-edge-litert 2.3.0", xnnpack=True) is None
    assert "/proc/cpuinfo" in explain_slowness("ai-edge-litert 2.3.0", xnnpack=False)
    line = explain_slowness("tflite-runtime 2.14.0", xnnpack=False)
    assert line.startswith("tflite-runtime 2.14.0 is ")
    assert "expected ai-edge-litert" in line


def test_a_runtime_that_is_not_installed_is_refused_by_name(installed_runtimes):
    absent = [package for package in RUNTIMES if package not in installed_runtimes]
    if not absent:
        pytest.skip("both runtimes are installed")
    with pytest.raises(RuntimeMissingError, match=rf"none found \(expected {absent[0]}"):
        find_runtime(absent[0])


def test_a_broken_runtime_is_not_passed_over_for_a_slower_one(tmp_path):
    (tmp_path / "ai_edge_litert").mkdir()
    (tmp_path / "ai_edge_litert" / "__init__.py").touch()
    (tmp_path / "ai_edge_litert" / "interpreter.py").write_text("import no_such_library\n")
    code = "from device.network.runtime_choice import find_runtime; find_runtime()"
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{INSTALL_ROOT}"}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert "ai-edge-litert is broken: No module named 'no_such_library'" in found.stderr.splitlines()[-1]


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


def test_a_cut_model_file_is_refused_in_one_line(tiny_bundle, runtime):
    if runtime != DEFAULT:
        pytest.skip("tflite-runtime crashes on a cut file: the bundle's hash keeps it away")
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
