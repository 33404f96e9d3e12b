import csv
import json

import numpy as np
import pytest

from contract.cell_types import DIFFERENTIAL_ORDER
from contract.image import read_label, read_rgb
from device.smear.export import ExportError, export_fields


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    out = tmp_path_factory.mktemp("smear") / "set"
    export_fields(out, fields=3, seed=1, um_per_px=0.15, height=200, width=240)
    return out


def rows(out):
    with (out / "cells.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_image_has_a_mask_and_instances_of_its_size(exported):
    names = sorted(path.name for path in (exported / "images").iterdir())
    assert len(names) == 3
    for name in names:
        assert read_rgb(exported / "images" / name).shape == (200, 240, 3)
        tissue, instances = read_label(exported / "masks" / name), read_label(exported / "instances" / name)
        assert tissue.shape == instances.shape == (200, 240)
        assert set(np.unique(tissue)) <= {0, 1, 2}
        assert np.array_equal(tissue > 0, instances > 0)


def test_the_table_names_every_instance_with_type_and_box(exported):
    for path in (exported / "instances").iterdir():
        instances = read_label(path)
        mine = [row for row in rows(exported) if row["image"] == f"images/{path.name}"]
        assert {int(row["instance"]) for row in mine} == set(np.unique(instances)) - {0}
        for row in mine:
            ys, xs = np.nonzero(instances == int(row["instance"]))
            box = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
            assert tuple(int(row[key]) for key in ("x0", "y0", "x1", "y1")) == box
            assert row["label"] in DIFFERENTIAL_ORDER


def test_the_set_says_its_scale_and_that_it_is_simulated(exported):
    assert json.loads((exported / "scale.json").read_text()) == {"um_per_px": 0.15, "simulated": True}


def test_the_same_seed_writes_the_same_bytes(exported, tmp_path):
    export_fields(tmp_path / "again", fields=3, seed=1, um_per_px=0.15, height=200, width=240)
    for path in (path for path in exported.rglob("*") if path.is_file()):
        assert (tmp_path / "again" / path.relative_to(exported)).read_bytes() == path.read_bytes()


def test_a_data_set_is_not_written_over(exported):
    with pytest.raises(ExportError, match=r"holds cells\.csv already"):
        export_fields(exported, fields=1, seed=2, um_per_px=0.15, height=100, width=100)


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportError, match="expected a folder that can be written to"):
        export_fields(tmp_path / "file" / "set", fields=1, seed=1, um_per_px=0.15, height=100, width=100)
