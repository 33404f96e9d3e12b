import pytest

from contract.notice import RESEARCH_USE
from device.keeping.store import Store
from tests.made_records import open_slide
from tests.workstation.made_ends import change, make_device, run_lab, sync_into, verify_against


@pytest.fixture
def device(tmp_path):
    return make_device(tmp_path / "device")


@pytest.fixture
def lab(tmp_path, device):
    assert sync_into(device, tmp_path / "lab").returncode == 0
    return tmp_path / "lab"


def test_two_ends_that_are_the_same_verify(device, lab):
    done = verify_against(device, lab)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "scope 1: 35 rows and 4 files are the same at both ends; 0 newer records wait for the next sync\n"
        f"{RESEARCH_USE}\n"
    )


def test_records_that_were_not_synced_yet_are_no_difference(device, lab):
    with Store(device, "scope 1") as store:
        open_slide(store)
    assert "1 newer records wait" in verify_against(device, lab).stdout


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE cell SET cell_type = 'monocyte' WHERE seq = 3", "record 3, cell"),
        ("UPDATE field SET um_per_px = 0.5 WHERE seq = 2", "differs in um_per_px"),
        ("DELETE FROM event", "missing in the lab"),
    ],
)
def test_a_changed_row_is_found(device, lab, statement, found):
    change(lab / "lab.sqlite", statement)
    done = verify_against(device, lab)
    assert done.returncode == 5
    assert found in done.stdout
    assert done.stderr == "leukoscope-lab: scope 1: 1 differences (expected none)\n"


def test_a_row_that_is_gone_at_the_source_is_found(device, lab):
    change(device, "DELETE FROM event")
    done = verify_against(device, lab)
    assert "record 35, event" in done.stdout
    assert "missing at the source" in done.stdout


def test_changed_and_missing_files_are_found_at_either_end(device, lab):
    ours, theirs = (sorted(folder.rglob("*_raw.png")) for folder in (lab, device.parent))
    ours[0].write_bytes(b"damaged")
    theirs[0].write_bytes(b"damaged too")
    ours[1].unlink()
    theirs[1].unlink()
    done = verify_against(device, lab)
    assert done.returncode == 5
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    assert all(path.name in line for path, line in zip([ours[0], ours[0], ours[1], ours[1]], lines, strict=True))
    assert "in the lab: sha256" in lines[0]
    assert "at the source: sha256" in lines[1]
    assert "in the lab: missing" in lines[2]
    assert "No such file" in lines[3]


def test_verify_makes_nothing(device, tmp_path):
    done = verify_against(device, tmp_path / "nowhere")
    assert done.returncode == 5
    assert "no such file" in done.stderr
    assert not (tmp_path / "nowhere").exists()


def test_status_of_a_lab_that_is_not_there_makes_nothing(tmp_path):
    done = run_lab("status", "--into", tmp_path / "nowhere.sqlite")
    assert done.returncode == 5
    assert not list(tmp_path.iterdir())
