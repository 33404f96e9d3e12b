"""Nothing of a bundle can change unseen: each file is held by the manifest, the manifest by its seal."""

import os
import subprocess

import pytest

from contract.bundle import Manifest, load_bundle
from contract.seal import MANIFEST, REQUIRED_FILES, SEAL, SealError, seal

EVERY_FILE = sorted(REQUIRED_FILES | {MANIFEST, SEAL})
FACTS = Manifest(
    format_version=1,
    name="toy",
    version="1",
    task="differential",
    classes=("a", "b"),
    input_height=96,
    input_width=128,
    um_per_px=0.25,
    mask_stride=4,
    type_stride=8,
    heads={"mask": "mask", "interior": "interior", "cell_type": "cell_type", "features": "features"},
    cell={"temperature": 1.25, "threshold": 0.5},
    conformal={"a": 0.9, "b": 0.9},
    confidence_fitted_on="nothing",
    data={},
    files=dict.fromkeys(REQUIRED_FILES, "0" * 64),
    created="2026-01-01T00:00:00+00:00",
    made_with="a test",
)


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "toy"
    home.mkdir()
    seal(home, FACTS, {name: name.encode() * 9 for name in REQUIRED_FILES})
    return home


def test_what_is_sealed_opens_with_the_hashes_of_its_files(folder):
    manifest = load_bundle(folder).manifest
    assert set(manifest.files) == REQUIRED_FILES
    assert manifest.model_copy(update={"files": FACTS.files}) == FACTS


def test_sealing_again_replaces_manifest_and_seal(folder):
    before = load_bundle(folder)
    seal(folder, before.manifest, {"card.md": b"another"})
    after = load_bundle(folder)
    assert after.short_hash != before.short_hash
    assert set(after.manifest.files) == REQUIRED_FILES


def test_the_seal_is_what_sha256sum_reads(folder):
    checked = subprocess.run(["sha256sum", "--check", "--strict", SEAL], cwd=folder, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "model.json: OK\n")


@pytest.mark.parametrize("name", EVERY_FILE)
def test_a_flipped_bit_anywhere_is_refused_with_the_files_name(folder, name):
    content = (folder / name).read_bytes()
    for place in range(0, len(content), 1 + len(content) // 100):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        (folder / name).write_bytes(changed)
        with pytest.raises(SealError, match=name) as refusal:
            load_bundle(folder)
        assert "\n" not in str(refusal.value)


def test_another_temperature_is_seen_though_it_is_a_lawful_one(folder):
    path = folder / MANIFEST
    path.write_text(path.read_text().replace("1.25", "1.26"))
    with pytest.raises(SealError, match=rf"model\.json: sha256 \w{{12}} \(expected \w{{12}}, as {SEAL} says\)"):
        load_bundle(folder)


@pytest.mark.parametrize("name", EVERY_FILE)
def test_a_missing_file_is_refused_with_its_name(folder, name):
    (folder / name).unlink()
    with pytest.raises(SealError, match=name):
        load_bundle(folder)


@pytest.mark.parametrize("name", EVERY_FILE)
def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(SealError, match=f"{name}: no plain file"):
        load_bundle(folder)


def test_a_file_that_nothing_names_is_refused_with_its_name(folder):
    (folder / "notes.txt").write_text("of somebody")
    with pytest.raises(SealError, match=r"'notes\.txt' \(expected only what model\.json names\)"):
        load_bundle(folder)
