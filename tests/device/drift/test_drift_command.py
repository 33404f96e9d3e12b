import csv
from datetime import UTC, datetime, timedelta

import cv2
import pytest
from click.testing import CliRunner

from device.cli import cli
from device.keeping.store import DATABASE_NAME, Store
from tests.device.drift.made_weeks import add_event, add_fields, fade, work_days

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture
def data_dir(tmp_path):
    begin = TODAY - timedelta(days=20)
    with Store(tmp_path / DATABASE_NAME, "scope 1") as store:
        moments = work_days(20, 60, begin + timedelta(hours=15, minutes=30))
        add_fields(store, moments, fade(moments, 0.01, begin=moments[0]))
        add_event(store, begin + timedelta(days=3), "optics_scale")
    return tmp_path


def run(data_dir, *options):
    done = CliRunner().invoke(cli, ["drift", "--data-dir", str(data_dir), *options])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def test_the_table_has_a_line_a_day_its_calibrations_and_a_warning(data_dir):
    lines = run(data_dir, "--days", "60").splitlines()
    assert lines[0] == "simulated, medians by day"
    assert sum(line.startswith("20") for line in lines) >= 21  # and one more where the local day breaks the shift
    assert any(line.endswith("optics_scale") for line in lines)
    assert lines[-1].startswith("WARNING lamp has drifted: 1")
    assert "darker since its first day" in lines[-1]


def test_a_spreadsheet_gets_every_number(data_dir):
    run(data_dir, "--days", "60", "--out", str(data_dir / "drift.csv"))
    rows = list(csv.DictReader((data_dir / "drift.csv").read_text().splitlines()))
    assert len(rows) >= 20
    assert 1000 < sum(int(row["fields"]) for row in rows) <= 20 * 60  # five at most of each stretch of 43 minutes
    assert float(rows[0]["lamp_median"]) > float(rows[-1]["lamp_median"])
    assert float(rows[0]["lamp_low"]) < float(rows[0]["lamp_median"]) < float(rows[0]["lamp_high"])
    assert float(rows[0]["cover_median"]) == 0.4


def test_a_picture_shows_four_panels(data_dir):
    run(data_dir, "--days", "60", "--out", str(data_dir / "drift.png"))
    picture = cv2.imread(str(data_dir / "drift.png"))
    assert picture.shape == (34 + 4 * 260, 1200, 3)
    assert (picture != 255).any(axis=2).mean() > 0.01


def test_another_ending_or_an_empty_file_is_refused(data_dir, tmp_path):
    from device.drift.table import DriftError

    with pytest.raises(DriftError, match=r"\.pdf \(expected \.csv or \.png\)"):
        run(data_dir, "--out", str(tmp_path / "drift.pdf"))
    with Store(tmp_path / "empty" / DATABASE_NAME, "x"):
        pass
    with pytest.raises(DriftError, match="no slide in it"):
        run(tmp_path / "empty")
