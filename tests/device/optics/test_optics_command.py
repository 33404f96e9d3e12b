"""`leukoscope optics` on saved pictures and on the simulated camera."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from contract.database import open_reader
from contract.image import encode_png, read_rgb
from contract.tables import event
from device.cli import cli
from device.optics.stacking import MeasuringError
from tests.device.optics.drawn_light import cover, draw_light, draw_ruling, photograph


@pytest.fixture
def call(tmp_path):
    def run(*words):
        result = CliRunner().invoke(cli, ["optics", *map(str, words), "--data-dir", str(tmp_path / "data")])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def save(folder, pictures):
    folder.mkdir()
    for number, picture in enumerate(pictures):
        (folder / f"{number:02}.png").write_bytes(encode_png(picture))
    return folder


def test_a_flat_field_is_measured_told_listed_shown_and_removed(tmp_path, call):
    fields = save(tmp_path / "empty", [photograph(draw_light(), seed) for seed in range(4)])
    drawn = tmp_path / "shading.png"
    told = call("flat", "--from", fields, "--picture", drawn)
    assert "corner to centre before 1.5" in told
    assert "gains from 1.0" in told
    assert "noise of one picture" in told
    assert read_rgb(drawn).shape[2] == 3
    names = [line.split(":")[0] for line in told.splitlines() if "holds for simulated:0" in line]
    assert [name.split("-")[0] for name in names] == ["flat", "white"]
    listed = call("list")
    assert all(f"* {name}" in listed for name in names)
    shown = call("show", names[0])
    assert "flat by empty field" in shown
    assert shown.splitlines()[-1].endswith("picture.png")
    call("remove", names[0])
    assert names[0] not in call("list")
    with open_reader(tmp_path / "data" / "leukoscope.sqlite").connect() as connection:
        kinds = connection.execute(select(event.c.kind).order_by(event.c.seq)).scalars().all()
    assert kinds == ["optics_flat", "optics_white", "optics_removed"]


def test_fields_with_cells_do_where_they_are_asked_for(tmp_path, call):
    fields = save(tmp_path / "fields", [photograph(cover(draw_light(), seed), seed) for seed in range(13)])
    assert "13 different fields" in call("flat", "--estimate", "--from", fields, "--um-per-px", "0.3", "--dry-run")
    assert "nothing was measured" in call("list")
    with pytest.raises(MeasuringError, match="pictures differ"):
        call("flat", "--from", fields)


def test_a_micrometer_with_another_division(tmp_path, call):
    ruled = save(tmp_path / "ruled", [photograph(draw_ruling(40, 20), noise=0)])
    assert call("scale", "--from", ruled, "--division", "50").startswith("1.2")
    assert "scale" in call("list")


def test_the_simulated_camera_is_measured_too(call):
    told = call("scale", "--red-cells", "--pictures", "2")
    assert 0.13 < float(told.split()[0]) < 0.17
