"""The table of formats, and memory told by processes of their own."""

import json

import pytest
from click.testing import CliRunner

from contract.notice import RESEARCH_USE
from quantize.cli import quantize
from quantize.convert import FLOAT16, FLOAT32, FORMATS, INT8
from quantize.reading import spread_pictures
from quantize.resident import measure_resident
from training.tfrecords import read_examples


@pytest.fixture(scope="module")
def compared(short_run, measured_data, tmp_path_factory):
    out = tmp_path_factory.mktemp("compared")
    command = ["compare", str(short_run), "--data", str(measured_data), "--out", str(out), "--pictures", "8"]
    done = CliRunner().invoke(quantize, command)
    assert done.exit_code == 0, done.output
    return out, done.output


def test_the_table_has_every_format_at_every_number_of_threads(compared):
    out, _ = compared
    comparison = json.loads((out / "compare.json").read_text())["comparison"]
    rows = {one["name"]: one for one in comparison["formats"]}
    assert tuple(rows) == FORMATS
    assert comparison["pictures"] == 8
    assert all(set(one["latency"]) == {"1", "2", "4"} for one in rows.values())
    assert all(
        0 < latency["median_ms"] <= latency["p95_ms"] for one in rows.values() for latency in one["latency"].values()
    )
    assert rows[FLOAT32]["agreement"]["value"] == rows[FLOAT32]["size_ratio"] == 1
    assert rows[INT8]["bytes"] < rows[FLOAT16]["bytes"] < rows[FLOAT32]["bytes"]
    assert all(one["resident_mb"] >= comparison["before_mb"] for one in rows.values())
    assert all(one["miou"]["value"] > 0 for one in rows.values())


def test_people_get_the_same_table(compared):
    out, printed = compared
    page = (out / "compare.md").read_text()
    assert page.strip() in printed
    assert RESEARCH_USE in page
    assert "8 of\n24 test pictures" in page
    assert sum(line.startswith(f"| {name} |") for line in page.splitlines() for name in FORMATS) == len(FORMATS)


def test_pictures_are_spread_over_the_whole_split(measured_data):
    all_of_them = [example.id for example in read_examples(measured_data, "test")]
    some = [example.id for example in spread_pictures(measured_data, 8, "here")]
    assert some == all_of_them[2::3]
    assert [example.id for example in spread_pictures(measured_data, 24, "here")] == all_of_them


def test_memory_is_that_of_a_process_of_its_own(converted, tmp_path):
    file = tmp_path / "model.tflite"
    file.write_bytes(converted[INT8])
    peak, before = measure_resident(file)
    # this process holds TensorFlow, some 600 MB, of which the other must know nothing
    assert 20 < before <= peak < 200
