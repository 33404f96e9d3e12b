import hashlib
import json

import pytest

from contract.bounds import BoundsError
from contract.bundle import BundleError, find_bundle, load_bundle
from contract.seal import REQUIRED_FILES, make_seal

MANIFEST = {
    "format_version": 1, "name": "toy", "version": "1", "task": "differential", "classes": ["a", "b"],
    "input_height": 96, "input_width": 128, "um_per_px": 0.25, "mask_stride": 4, "type_stride": 8,
    "heads": {"mask": "mask", "interior": "interior", "cell_type": "cell_type", "features": "features"},
    "cell": {"temperature": 1.0, "threshold": 0.5}, "conformal": {"a": 0.9, "b": 0.9},
    "confidence_fitted_on": "nothing", "data": {}, "created": "2026-01-01T00:00:00+00:00", "made_with": "a test",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "toy"
    home.mkdir()
    for name in REQUIRED_FILES:
        (home / name).write_bytes(name.encode() * 9)
    hashes = {name: hashlib.sha256((home / name).read_bytes()).hexdigest() for name in REQUIRED_FILES}
    write_manifest(home, MANIFEST | {"files": hashes})
    return home


def write_manifest(folder, facts):
    content = json.dumps(facts).encode()
    (folder / "model.json").write_bytes(content)
    (folder / "model.json.sha256").write_bytes(make_seal(content))


def change(folder, **facts):
    """Change the manifest and seal it again, as a broken packer would."""
    write_manifest(folder, json.loads((folder / "model.json").read_text()) | facts)


def test_a_whole_bundle_opens(folder):
    bundle = load_bundle(folder)
    assert bundle.manifest.input_shape == (96, 128)
    assert bundle.bundle_id == f"toy-1+{bundle.short_hash}"


@pytest.mark.parametrize(
    "facts",
    [
        {"format_version": 2}, {"classes": ["a", "a"]}, {"classes": ["a", "b", "c"]}, {"input_height": 100},
        {"um_per_px": 0}, {"task": "screening"}, {"surprise": 1}, {"files": {}},
        {"cell": {"temperature": 0, "threshold": 0.5}},
        {"conformal": {"a": float("nan"), "b": 0.9}},
        {"um_per_px": 1e-9}, {"um_per_px": 20.0}, {"cell": {"temperature": 1e-300, "threshold": 0.5}},
        {"cell": {"temperature": 1e300, "threshold": 0.5}}, {"version": "1/../2"}, {"version": ""}, {"name": "x" * 41},
        {"classes": ["a", "unidentified"], "conformal": {"a": 0.9, "unidentified": 0.9}},
        {"classes": ["a", "b\nc"], "conformal": {"a": 0.9, "b\nc": 0.9}}, {"attributes": {"shape": ["<b>"]}},
        {"attributes": {"line\nbreak": [[]]}},
    ],
)  # fmt: skip
def test_a_manifest_that_contradicts_itself_is_refused_in_one_line(folder, facts):
    change(folder, **facts)
    with pytest.raises((BundleError, BoundsError)) as refusal:
        load_bundle(folder)
    assert "model.json" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_outside_the_folder_is_never_read(folder):
    hashes = json.loads((folder / "model.json").read_text())["files"]
    change(folder, files=hashes | {"../secret": "0" * 64})
    with pytest.raises(BundleError, match="plain file names"):
        load_bundle(folder)


def test_an_unknown_bundle_lists_what_there_is(folder, tmp_path):
    (tmp_path / "bundles").mkdir()
    folder.rename(tmp_path / "bundles" / "toy")
    assert find_bundle("toy", tmp_path) == tmp_path / "bundles" / "toy"
    with pytest.raises(BundleError, match="toy"):
        find_bundle("wbc9", tmp_path)
