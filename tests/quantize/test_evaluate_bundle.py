"""A finished bundle is measured as the device reads it, with the confidence it ships with."""

import json

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from contract.bundle import load_bundle
from quantize.cli import quantize
from tests.measured_shards import write_measured
from training.description import read_description, write_description
from training.evaluate import EvaluateError
from training.report import METRICS_FILE, REPORT_FILE


@pytest.fixture(scope="module")
def data(tiny_bundle, tmp_path_factory):
    """Drawn cells as pictures of the tiny bundle's classes and scale."""
    manifest = load_bundle(tiny_bundle).manifest
    folder = write_measured(tmp_path_factory.mktemp("tiny") / "prepared", classes=manifest.classes)
    write_description(folder, read_description(folder).model_copy(update={"um_per_px": manifest.um_per_px}))
    return folder


def run(*command):
    return CliRunner().invoke(quantize, ["evaluate", *map(str, command)], catch_exceptions=False)


def test_a_bundle_gets_the_report_of_a_run_and_the_devices_gate(tiny_bundle, data, tmp_path):
    black = tmp_path / "black"
    black.mkdir()
    cv2.imwrite(str(black / "0.png"), np.zeros((60, 80, 3), np.uint8))
    options = ["--audit-pictures", 1, "--outsiders", f"black={black}@0.5"]
    done = run(tiny_bundle, "--data", data, "--out", tmp_path / "out", *options)
    assert done.exit_code == 0, done.output
    metrics = json.loads((tmp_path / "out" / METRICS_FILE).read_text())
    bundle = load_bundle(tiny_bundle)
    assert metrics["model"] == bundle.bundle_id
    assert metrics["confidence"]["cell"] == {"temperature": 1.0, "threshold": 0.5}  # as it ships, not fitted anew
    assert metrics["confidence"]["confidence_fitted_on"] == bundle.manifest.confidence_fitted_on
    assert metrics["outsiders"][0]["refused"]["value"] == 1
    assert metrics["audit"]["drawn"]["rows"]
    page = (tmp_path / "out" / REPORT_FILE).read_text()
    assert bundle.short_hash in page
    assert "int8 bundle" in page.lower()


def test_data_of_another_scale_are_refused(tiny_bundle, tmp_path):
    classes = load_bundle(tiny_bundle).manifest.classes
    other = write_measured(tmp_path / "other", classes=classes)
    with pytest.raises(EvaluateError, match="um_per_px"):
        run(tiny_bundle, "--data", other, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
