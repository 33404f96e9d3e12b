"""Slides left out in turn: the confidence that ships comes from runs that had not seen the slide."""

import json

import pytest
from click.testing import CliRunner

from contract.bundle import load_bundle
from quantize.cli import quantize
from tests.measured_shards import write_measured
from tests.quantize.test_build import LOOSE


@pytest.fixture(scope="module")
def parted(tmp_path_factory):
    """Two folders that test on the slides which the whole one trains on."""
    home = tmp_path_factory.mktemp("parted")
    halves = {"first": (range(16, 36), range(16)), "second": (range(16), range(16, 36))}
    for name, (kept, left_out) in halves.items():
        write_measured(home / name, splits={"train": kept, "val": range(1000, 1024), "test": left_out})
    return home


def build(run, data, out, *turns):
    config = out.parent / "settings.toml"
    config.write_text(LOOSE)
    command = ["build", str(run), "--data", str(data), "--name", "drawn", "--out", str(out), "--config", str(config)]
    return CliRunner().invoke(
        quantize, [*command, "--pictures", "0", *(part for turn in turns for part in ("--turn", turn))]
    )


def test_confidence_is_fitted_on_slides_left_out_in_turn_and_the_card_says_so(
    short_run, measured_data, parted, tmp_path
):
    done = build(short_run, measured_data, tmp_path / "out", f"{short_run}={parted / 'first'}")
    assert done.exit_code == 0, (done.output, done.exception)
    manifest = load_bundle(tmp_path / "out").manifest
    assert "slides left out of training in turn (drawn), int8 outputs" in manifest.confidence_fitted_on
    told = json.loads((tmp_path / "out" / "parity.json").read_text())["slides_left_out_in_turn"]
    assert told["turns"] == 1
    assert "## Slides left out in turn" in (tmp_path / "out" / "card.md").read_text()


def test_a_turn_that_leaves_nothing_out_is_refused(short_run, measured_data, tmp_path):
    done = build(short_run, measured_data, tmp_path / "out", f"{short_run}={measured_data}")
    assert "no test slide that the bundle's run was trained on" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_a_turn_without_its_data_is_a_wrong_argument(short_run, measured_data, tmp_path):
    done = build(short_run, measured_data, tmp_path / "out", "run-only")
    assert done.exit_code == 2
    assert "expected RUN=DATA" in done.output
