"""A bundle that does not know the stain of its training pictures learns it, and stays what it was otherwise."""

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner

from contract.bundle import load_bundle
from contract.settings_files import INSTALL_ROOT
from contract.stain import measure_distance
from quantize.cli import quantize
from quantize.describe import DescribeError
from tests.measured_shards import write_measured


@pytest.fixture
def bundle(tiny_bundle, measured_data, tmp_path):
    """The small bundle, as if it had been trained on the drawn cells."""
    from contract.seal import seal
    from training.description import read_description

    folder = shutil.copytree(tiny_bundle, tmp_path / "bundle")
    description = read_description(measured_data)
    manifest = load_bundle(folder).manifest
    facts = {
        "um_per_px": description.um_per_px,
        "data": {one.name: one.fingerprint for one in description.sources},
        "classes": description.classes,
        "conformal": dict.fromkeys(description.classes, 0.9),
    }
    card = b"# tiny 1.0\n\nHand-set.\n\n## Limits\n\n- Drawn.\n"
    seal(folder, manifest.model_copy(update=facts), {"card.md": card})
    return folder


def describe(bundle, data, *more):
    done = CliRunner().invoke(quantize, ["describe", str(bundle), "--data", str(data), "--version", "2", *more])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_the_described_bundle_knows_the_stain_and_keeps_everything_else(bundle, measured_data, tmp_path):
    before = load_bundle(bundle)
    done = describe(bundle, measured_data, "--out", str(tmp_path / "described"))
    after = load_bundle(tmp_path / "described")
    assert after.bundle_id in done.output
    assert after.manifest.version == "2"
    assert [(source.name, source.pictures) for source in after.manifest.stain.sources] == [("drawn", 36)]
    changed = {"stain", "version", "files"}
    assert after.manifest.model_dump(exclude=changed) == before.manifest.model_dump(exclude=changed)
    same = set(before.manifest.files) - {"card.md"}
    assert {name: after.manifest.files[name] for name in same} == {name: before.manifest.files[name] for name in same}
    assert load_bundle(bundle).short_hash == before.short_hash


def test_the_card_tells_it_once_and_honestly(bundle, measured_data):
    describe(bundle, measured_data)
    describe(bundle, measured_data)
    card = (bundle / "card.md").read_text()
    assert card.startswith("# tiny-differential 2\n\nHand-set.\n\n## Stain\n")
    assert card.count("## Stain") == 1
    assert "| drawn | 36 |" in card
    assert "not that the names are right" in card
    assert card.endswith("\n\n## Limits\n\n- Drawn.\n")


def test_other_data_than_the_bundle_was_trained_on_are_refused(bundle, tmp_path):
    other = write_measured(tmp_path / "other", classes=("basophil", "eosinophil", "lymphocyte"))
    described = json.loads((other / "dataset.json").read_text())
    described["sources"][0]["fingerprint"] = "1" * 64
    (other / "dataset.json").write_text(json.dumps(described))
    with pytest.raises(DescribeError, match="other pictures than"):
        describe(bundle, other)
    assert load_bundle(bundle).manifest.stain is None


@pytest.mark.parametrize("name", ["wbc5", "all4"])
def test_the_shipped_bundles_know_their_stain(name):
    bundle = load_bundle(INSTALL_ROOT / "bundles" / name)
    assert {source.name for source in bundle.manifest.stain.sources} == set(bundle.manifest.data)
    for source in bundle.manifest.stain.sources:
        mean = np.full(6, np.nan)
        mean[: len(source.mean)] = source.mean
        assert measure_distance(mean, bundle.manifest.stain)[0] == pytest.approx(0, abs=1e-6)
    card = (INSTALL_ROOT / "bundles" / name / "card.md").read_text(encoding="utf-8")
    assert card.startswith(f"# {name} {bundle.manifest.version}\n")
    assert "## Stain" in card
