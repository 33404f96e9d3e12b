"""Installing, choosing and going back, with real bundles on a real disk."""

import fcntl
import os
import shutil
import zipfile

import numpy as np
import pytest

from contract.bundle import BundleError, load_bundle
from contract.failures import Refusal
from device.bundles.choice import choose_bundle
from device.bundles.history import HistoryError, read_history
from device.bundles.home import HomeError
from device.bundles.install import KEPT, InstallError, install_bundle
from device.bundles.shelf import SHIPPED, ShelfError, find_installed
from device.bundles.switch import SwitchError, rollback, use_bundle
from tests.device.bundles.made_bundles import make_version, seal_again


@pytest.fixture
def version(tiny_bundle, tmp_path):
    """Makes a bundle of another version."""
    return lambda number: make_version(tiny_bundle, tmp_path / f"version {number}", str(number))


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


def install(source, data_dir, **options):
    return install_bundle(source, data_dir, threads=1, **options)


def runs(data_dir, named=""):
    """The version of the bundle that runs."""
    return load_bundle(choose_bundle(named, data_dir).folder).manifest.version


def versions(data_dir):
    return [load_bundle(place.folder).manifest.version for place in find_installed(data_dir)]


def break_self_test(folder):
    """Exchange the pictures that went in: the network now computes something else, and every hash fits."""
    with np.load(folder / "selftest.npz") as stored:
        arrays = {name: array[:, ::-1] if name == "inputs" else array for name, array in stored.items()}
    np.savez(folder / "selftest.npz", **arrays)
    hash_again(folder)


def hash_again(folder):
    import hashlib
    import json

    facts = json.loads((folder / "model.json").read_bytes())
    facts["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in facts["files"]}
    seal_again(folder, facts)


def test_where_nothing_was_activated_the_shipped_bundle_runs(data_dir):
    choice = choose_bundle("", data_dir)
    assert choice.folder == SHIPPED / "wbc5"
    assert "shipped" in choice.why
    assert not data_dir.exists()


def test_what_is_installed_runs_and_says_since_when(version, data_dir):
    told = []
    installed = install(version(2), data_dir, tell=told.append)
    assert installed.folder == data_dir / "bundles" / installed.bundle_id
    assert runs(data_dir) == "2"
    assert choose_bundle("", data_dir).why.startswith("install of 20")
    assert told[0].startswith(f"installed: {installed.bundle_id}")
    assert told[1].startswith(f"active: {installed.bundle_id} (before: wbc5)")


def test_a_bundle_that_is_named_runs_whatever_was_activated(version, data_dir):
    first = install(version(1), data_dir)
    install(version(2), data_dir)
    assert runs(data_dir, first.bundle_id) == "1"
    assert runs(data_dir, str(first.folder)) == "1"
    assert choose_bundle("wbc5", data_dir).folder == SHIPPED / "wbc5"
    assert runs(data_dir) == "2"


def test_installing_without_use_leaves_the_active_one(version, data_dir):
    install(version(1), data_dir)
    install(version(2), data_dir, activate=False)
    assert runs(data_dir) == "1"
    assert versions(data_dir) == ["2", "1"]


@pytest.mark.parametrize("inside", ["", "wbc5-2/", "Mac/"])
def test_a_zip_archive_installs_as_a_folder_does(version, data_dir, tmp_path, inside):
    archive = tmp_path / "bundle.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        if inside == "Mac/":
            packed.writestr("Mac/", b"")
            packed.writestr("__MACOSX/Mac/._card.md", b"resource fork")
            packed.writestr("Mac/.DS_Store", b"window places")
        for path in version(2).iterdir():
            packed.write(path, f"{inside}{path.name}")
    assert install(archive, data_dir).manifest.version == "2"
    assert runs(data_dir) == "2"


def test_a_bundle_whose_self_test_fails_here_is_never_activated(version, data_dir):
    install(version(1), data_dir)
    broken = version(2)
    break_self_test(broken)
    assert load_bundle(broken)
    with pytest.raises(InstallError, match=r"version 2: self-test: .* steps off"):
        install(broken, data_dir)
    assert (runs(data_dir), versions(data_dir)) == ("1", ["1"])
    break_self_test(install(version(3), data_dir, activate=False).folder)
    with pytest.raises(Refusal, match="steps off"):
        use_bundle("tiny-differential-3", data_dir, threads=1)
    assert runs(data_dir) == "1"


def test_rollback_never_activates_one_that_no_longer_passes(version, data_dir):
    first = install(version(1), data_dir)
    install(version(2), data_dir)
    break_self_test(first.folder)
    with pytest.raises(Refusal, match="steps off"):
        rollback(data_dir, threads=1)
    assert runs(data_dir) == "2"


def test_a_changed_byte_is_refused_with_the_names_of_source_and_file(version, data_dir):
    source = version(2)
    (source / "card.md").write_bytes(b"x" + (source / "card.md").read_bytes())
    with pytest.raises(InstallError, match=r"version 2: card\.md: sha256") as refusal:
        install(source, data_dir)
    assert ".incoming" not in str(refusal.value)
    assert [path.name for path in (data_dir / "bundles").iterdir()] == [".lock"]


def test_a_version_that_is_no_file_name_is_refused(version, data_dir, tiny_bundle, tmp_path):
    make_version(tiny_bundle, tmp_path / "strange", "../../2")
    with pytest.raises(InstallError, match=r"strange: model\.json: version: '\.\./\.\./2'"):
        install(tmp_path / "strange", data_dir)


def test_rollback_goes_back_step_by_step_to_the_shipped_bundle(version, data_dir):
    for number in (1, 2, 3):
        install(version(number), data_dir)
    assert [rollback(data_dir, threads=1).manifest.version for _ in range(2)] == ["2", "1"]
    assert runs(data_dir) == "1"
    rollback(data_dir, threads=1)
    assert choose_bundle("", data_dir).folder == SHIPPED / "wbc5"
    with pytest.raises(SwitchError, match="no bundle was active before"):
        rollback(data_dir, threads=1)


def test_after_a_rollback_an_installation_can_be_taken_back_too(version, data_dir):
    for number in (1, 2):
        install(version(number), data_dir)
    rollback(data_dir, threads=1)
    install(version(3), data_dir)
    assert rollback(data_dir, threads=1).manifest.version == "1"


def test_use_takes_a_beginning_that_fits_one_bundle_only(version, data_dir):
    for number in (1, 2):
        install(version(number), data_dir)
    assert use_bundle("tiny-differential-1", data_dir, threads=1).manifest.version == "1"
    assert runs(data_dir) == "1"
    with pytest.raises(ShelfError, match="fits several"):
        use_bundle("tiny", data_dir, threads=1)
    with pytest.raises(ShelfError, match="'wbc9' unknown"):
        use_bundle("wbc9", data_dir, threads=1)
    assert [switch.action for switch in read_history(data_dir)] == ["install", "install", "use"]


def test_the_last_three_stay_and_the_active_one_and_the_one_before_it_in_any_case(version, data_dir):
    told = []
    for number in range(1, 5):
        install(version(number), data_dir, tell=told.append)
    assert KEPT == 3
    assert versions(data_dir) == ["4", "3", "2"]
    assert sum(line.startswith("removed: tiny-differential-1+") for line in told) == 1
    use_bundle("tiny-differential-2", data_dir, threads=1)
    for number in (5, 6, 7):
        install(version(number), data_dir, activate=False)
    # 2 is active, 4 was before it
    assert versions(data_dir) == ["7", "6", "5", "4", "2"]
    named = find_installed(data_dir)[2].name
    install(version(8), data_dir, activate=False, named=named)
    assert versions(data_dir) == ["8", "7", "6", "5", "4", "2"]


def test_installing_a_bundle_again_mends_its_files(version, data_dir):
    source = version(1)
    folder = install(source, data_dir).folder
    (folder / "card.md").unlink()
    with pytest.raises(Refusal, match=r"card\.md"):
        runs(data_dir)
    install(source, data_dir)
    assert runs(data_dir) == "1"
    assert len(read_history(data_dir)) == 1


def test_a_second_installation_at_the_same_time_is_refused(version, data_dir):
    source = version(1)
    (data_dir / "bundles").mkdir(parents=True)
    held = os.open(data_dir / "bundles" / ".lock", os.O_RDONLY | os.O_CREAT)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(HomeError, match="another installation"):
        install(source, data_dir)
    os.close(held)
    assert install(source, data_dir)


def test_a_damaged_history_is_told_and_not_guessed_at(version, data_dir):
    install(version(1), data_dir)
    path = data_dir / "bundles" / "history.jsonl"
    path.write_text(path.read_text() + '{"at": "yester')
    with pytest.raises(HistoryError, match=r"history\.jsonl: line 2"):
        choose_bundle("", data_dir)


def test_an_active_bundle_that_was_deleted_is_missed(version, data_dir):
    shutil.rmtree(install(version(1), data_dir).folder)
    with pytest.raises(BundleError, match="is gone"):
        choose_bundle("", data_dir)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to somebody else")
def test_what_root_installs_belongs_to_the_owner_of_the_data_folder(version, data_dir):
    data_dir.mkdir()
    os.chown(data_dir, 12345, 12345)
    install(version(1), data_dir)
    assert {path.stat().st_uid for path in data_dir.rglob("*")} == {12345}
