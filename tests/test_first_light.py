"""The whole path, each stage by its own command: pictures, prepare, fit, quantize, run, sync."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import get, get_json, post_json, started, wait_for

BIN = Path(sys.executable).parent
TABLES = ("slide", "field", "cell", "review", "capture", "event")

# A network of a dozen steps agrees with its int8 file only roughly; the gates' own strictness is tested in quantize.
LOOSE_GATES = """
[quantize]
representative_images = 16

[quantize.gates]
max_accuracy_drop = 1.0
min_agreement = 0.0
max_miou_drop = 1.0
max_nucleus_fraction_p95 = 1.0
max_size_ratio = 10.0
max_time_ratio = 10.0
"""


def do(*command):
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([BIN / command[0], *map(str, command[1:])], capture_output=True, text=True, env=quiet)
    assert done.returncode == 0, f"{command[0]} {command[1]}: {done.stderr[-3000:]}"
    return done


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("first-light")


@pytest.fixture(scope="module")
def bundle(work):
    (work / "loose.toml").write_text(LOOSE_GATES)
    do("leukoscope", "simulate", work / "drawn", "--fields", 60, "--height", 300, "--width", 300)
    do("leukoscope-train", "prepare", "--out", work / "prepared", work / "drawn")
    do("leukoscope-train", "fit", work / "prepared", work / "run", "--steps", 12, "--judge-every", 6, "--batch", 4,
       "--window", 96, "--input", "192x192")  # fmt: skip
    do("leukoscope-train", "evaluate", work / "run", "--data", work / "prepared")
    do("leukoscope-quantize", "build", work / "run", "--data", work / "prepared", "--name", "toy",
       "--out", work / "toy", "--config", work / "loose.toml")  # fmt: skip
    return work / "toy"


@pytest.mark.timeout(900)
def test_training_leaves_figures_and_a_bundle_within_its_size(work, bundle):
    metrics = json.loads((work / "run" / "metrics.json").read_text())
    assert metrics
    assert list((work / "run" / "figures").iterdir())
    assert (bundle / "model.tflite").stat().st_size <= 2_000_000
    assert "research use only" in (bundle / "card.md").read_text().lower()


@pytest.fixture(scope="module")
def records(work, bundle):
    """A daemon's records of a replay with one capture, pulled once over the page and once from the file."""
    command = [BIN / "leukoscope", "run", "--bundle", bundle, "--camera", f"replay:{work / 'drawn' / 'images'}",
               "--um-per-px", "0.15", "--port", "0", "--data-dir", work / "data"]  # fmt: skip
    with started([str(part) for part in command]) as program:
        address = program.address()
        jpeg, headers, _ = get(address, "/api/v1/frame.jpg")
        assert jpeg[:2] == b"\xff\xd8"
        capture = post_json(address, "/api/v1/captures", {"seq": int(headers["X-Frame-Seq"])})
        assert headers["X-Frame-Sha256"]
        wait_for(lambda: len(get_json(address, "/api/v1/records?after=0&limit=50")["rows"]) > 10, "fields are recorded")
        do("leukoscope-lab", "sync", "--from", address, "--into", work / "by-page.sqlite", "--files", work / "by-page")
        assert program.stop() == 0, program.text
    return work / "data" / "leukoscope.sqlite", capture


def sync_file(work, source):
    return do("leukoscope-lab", "sync", "--from", source, "--into", work / "lab.sqlite", "--files", work / "lab-files")


def read_rows(path):
    with sqlite3.connect(path) as database:
        rows = {table: database.execute(f"SELECT * FROM {table} ORDER BY seq").fetchall() for table in TABLES}
    database.close()
    return rows


@pytest.mark.timeout(900)
def test_records_and_captures_arrive_row_for_row_and_byte_for_byte(work, records):
    source, _ = records
    sync_file(work, source)
    there = read_rows(work / "lab.sqlite")
    assert there == read_rows(source)
    assert there["slide"]
    assert there["field"]
    assert there["capture"]
    pictures = sorted(path for path in (work / "data" / "captures").rglob("*") if path.is_file())
    arrived = {path.name: path.read_bytes() for path in (work / "lab-files").rglob("*") if path.is_file()}
    assert {path.suffix for path in pictures} >= {".png", ".jpg"}
    for path in pictures:
        if path.suffix in {".png", ".jpg"}:
            assert arrived[path.name] == path.read_bytes()
    do("leukoscope-lab", "verify", "--from", source, "--into", work / "lab.sqlite", "--files", work / "lab-files")


@pytest.mark.timeout(900)
def test_a_second_sync_changes_nothing(work, records):
    source, _ = records
    sync_file(work, source)
    before = read_rows(work / "lab.sqlite")
    assert "0 rows" in sync_file(work, source).stdout
    assert read_rows(work / "lab.sqlite") == before


@pytest.mark.timeout(900)
def test_what_the_page_gave_is_a_true_part_of_the_records(work, records):
    source, capture = records
    by_page, whole = read_rows(work / "by-page.sqlite"), read_rows(source)
    assert by_page["field"]
    for table in TABLES:
        assert by_page[table] == whole[table][: len(by_page[table])]
    assert capture["id"] in {row[0] for row in whole["capture"]}
