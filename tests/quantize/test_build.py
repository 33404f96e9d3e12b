"""From a run to a bundle the device opens; what breaks a promise leaves nothing behind."""

import json
import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner

from contract.bundle import load_bundle
from contract.seal import MANIFEST, REQUIRED_FILES, SEAL, SealError
from device.network.classifier import Classifier
from quantize.cli import quantize
from quantize.gates import GateError
from quantize.slim import slim_file
from tests.measured_shards import TINY, UM_PER_PX, write_measured
from training.model import build_model
from training.runs import BEST_FILE, RunRecord

LOOSE = """[quantize.gates]
max_accuracy_drop = 1.0
min_agreement = 0.0
max_miou_drop = 1.0
max_nucleus_fraction_p95 = 1.0
max_auc_drop = 1.0
max_size_ratio = 10.0
max_time_ratio = 10.0
"""
"""A network trained for seconds may lose what a trained one would not; whether gates hold is another test."""


def build(run, data, out, settings, pictures=0):
    config = out.parent / "settings.toml"
    config.write_text(settings)
    command = ["build", str(run), "--data", str(data), "--name", "drawn", "--out", str(out), "--config", str(config)]
    command += ["--pictures", str(pictures)]
    return CliRunner().invoke(quantize, command)


@pytest.fixture(scope="module")
def bundle(short_run, measured_data, tmp_path_factory):
    out = tmp_path_factory.mktemp("bundles") / "drawn"
    done = build(short_run, measured_data, out, LOOSE, pictures=8)
    assert done.exit_code == 0, done.output
    return out


def test_the_device_opens_the_bundle_and_passes_its_self_test(bundle):
    loaded = load_bundle(bundle)
    with Classifier(loaded, threads=1) as classifier:
        # written by this very machine
        assert classifier.self_test.largest_step == 0
        assert classifier.self_test.inputs >= 8
    assert set(loaded.manifest.files) == REQUIRED_FILES


def test_confidence_was_fitted_on_int8_outputs_of_the_validation_split(bundle):
    manifest = load_bundle(bundle).manifest
    assert "validation split (drawn), int8 outputs" in manifest.confidence_fitted_on
    assert manifest.data == {"drawn": "0" * 64}


def test_the_bundle_knows_how_its_training_pictures_are_stained(bundle):
    (source,) = load_bundle(bundle).manifest.stain.sources
    assert (source.name, source.pictures) == ("drawn", 36)
    card = (bundle / "card.md").read_text()
    assert card.index("## Stain") < card.index("| drawn | 36 |") < card.index("## Limits")


def test_the_proof_and_the_card_tell_the_same_figures(bundle):
    parity = json.loads((bundle / "parity.json").read_text())
    card = (bundle / "card.md").read_text()
    agreement = next(gate for gate in parity["gates"] if gate["name"] == "min_agreement")
    assert f"| min_agreement | {agreement['found']:.6g} |" in card
    assert f"| called alike | {agreement['found']:.3f}" in card
    for name in ("accuracy, cells", "recall, basophil", "calibration error (ECE)", "mean IoU", "Dice whole cell"):
        assert f"| {name} | " in card
    assert "research use only" in card
    assert "Colour alone" in card
    recall = parity["int8"]["sources"]["drawn"]["recall"]
    assert recall["rows"] == 24
    assert f"{recall['value']:.3f}" in card


def test_the_card_quotes_layers_formats_and_what_set_the_scales(bundle):
    told = json.loads((bundle / "parity.json").read_text())
    card = (bundle / "card.md").read_text()
    worst = max(told["layers"], key=lambda layer: layer["added"])["name"]
    assert f"Costliest layer: {worst}," in card
    for one in told["formats"]["formats"]:
        assert f"| {one['name']} | {one['bytes']} |" in card
    assert (bundle / "model.tflite").stat().st_size == told["formats"]["formats"][-1]["bytes"]
    assert set(told["representative"]["classes"]) == {"basophil", "eosinophil", "lymphocyte"}
    assert "1 black and white" in card


def test_the_shipped_file_is_the_slim_one(bundle):
    parity = json.loads((bundle / "parity.json").read_text())["parity"]
    assert parity["files"]["bytes_int8"] == (bundle / "model.tflite").stat().st_size
    content = (bundle / "model.tflite").read_bytes()
    assert slim_file(content) == content


@pytest.mark.parametrize("name", sorted(REQUIRED_FILES | {MANIFEST, SEAL}))
def test_a_flipped_byte_anywhere_is_refused_with_the_files_name(bundle, tmp_path, name):
    copy = shutil.copytree(bundle, tmp_path / "copy")
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(SealError, match=name):
        load_bundle(copy)


def test_a_broken_gate_names_itself_and_leaves_no_bundle(short_run, measured_data, tmp_path):
    done = build(short_run, measured_data, tmp_path / "drawn", LOOSE + "max_bytes = 1\n")
    assert isinstance(done.exception, GateError)
    assert done.exception.exit_code == 3
    assert "max_bytes" in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["settings.toml"]


def test_a_folder_of_something_else_is_never_replaced(short_run, measured_data, tmp_path):
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter1.txt").write_text("precious")
    done = build(short_run, measured_data, out, LOOSE)
    assert "holds something that is no bundle" in str(done.exception)
    assert (out / "chapter1.txt").read_text() == "precious"


def test_a_screening_run_becomes_a_bundle_that_names_fields(tmp_path):
    data = write_measured(tmp_path / "prepared", screening=True)
    run, config = tmp_path / "run", replace(TINY, task="screening", attributes={})
    RunRecord(config, 96, 128, UM_PER_PX, {"drawn": "0" * 64}, {}).save(run)
    build_model(config, (96, 128)).save(run / BEST_FILE)
    done = build(run, data, tmp_path / "drawn", LOOSE)
    assert done.exit_code == 0, (done.output, done.exception)
    manifest = load_bundle(tmp_path / "drawn").manifest
    assert manifest.task == "screening"
    assert "24 fields" in manifest.confidence_fitted_on
    fields = json.loads((tmp_path / "drawn" / "parity.json").read_text())["int8"]["sources"]["drawn"]["fields"]
    assert fields["rows"] == 24
    assert "Screens a field" in (tmp_path / "drawn" / "card.md").read_text()
