"""Folders of images: each kind is recognised, read whole, grouped by slide, and refused where it is not whole."""

import json
from collections import Counter

import numpy as np
import pytest

from device.smear.export import export_fields
from tests.drawn_cells import draw_crop, make_boxed_folder, make_class_folders, make_masked_folder, save, save_table
from training.sample import Framing
from training.sources.duplicates import find_duplicates
from training.sources.grouping import block_by_number, block_by_order, prefix_of
from training.sources.known import KNOWN_DATA
from training.sources.recognise import read_source
from training.sources.request import SourceError, SourceRequest


def ask(folder, task="differential", **further):
    return SourceRequest(folder.name, folder, task, **({"um_per_px": 0.25} | further))


def test_boxes_of_a_slide_become_fields_of_one_group(tmp_path):
    samples = read_source(ask(make_boxed_folder(tmp_path / "fields")))
    assert {sample.group for sample in samples} == {"A", "B", "C"}
    assert samples[0].framing is Framing.BOXES
    box = samples[0].boxes[0]
    assert (box.x0, box.y0, box.x1, box.y1, box.cell_type, box.cell) == (32, 42, 88, 98, "lymphocyte", "A_000")
    assert samples[0].load().image.shape == (180, 260, 3)


def test_a_box_without_extent_is_refused(tmp_path):
    folder = make_boxed_folder(tmp_path / "fields")
    row = ("images/A_0000.png", "A", "lymphocyte", 1, 1, 0, 5, "a")
    save_table(folder / "boxes.csv", ("image", "slide", "label", "x", "y", "width", "height", "cell"), [row])
    with pytest.raises(SourceError, match=r"box of 0.0 x 5.0 \(expected more than 0 pixels\)"):
        read_source(ask(folder))


def test_the_published_validation_crops_are_only_for_testing(tmp_path):
    rows = {"train": [], "val": []}
    for part, count in (("train", 6), ("val", 2)):
        for number in range(count):
            save(tmp_path / "pbc_cells" / part / f"MO_{number}.jpg", draw_crop(number)[0])
            rows[part].append((f"{part}/MO_{number}.jpg", "monocyte", "big", "yes"))
        columns = ("image", "label", "cell_size", "cytoplasm_vacuole")
        save_table(tmp_path / "pbc_cells" / f"{part}.csv", columns, rows[part])
    samples = read_source(ask(tmp_path / "pbc_cells"))
    assert Counter(sample.split for sample in samples) == {None: 6, "test": 2}
    assert samples[0].attributes == {"cell_size": "big", "cytoplasm_vacuole": "yes"}
    assert samples[0].um_per_px == KNOWN_DATA["pbc_cells"].um_per_px


def test_images_with_masks_are_read_with_their_labels(tmp_path):
    samples = read_source(ask(make_masked_folder(tmp_path / "own")))
    assert len(samples) == 8
    assert samples[0].human_mask
    assert Counter(sample.cell_type for sample in samples) == {"lymphocyte": 4, "monocyte": 4}
    np.testing.assert_array_equal(samples[3].load().tissue, draw_crop(3)[1])


def test_a_table_of_masks_groups_by_file_number_and_leaves_mixed_labels_unknown(tmp_path):
    folder = tmp_path / "set"
    for number in (3, 19, 20):
        image, tissue = draw_crop(number)
        save(folder / "images" / f"{number:03d}.png", image)
        save(folder / "masks" / f"{number:03d}.png", tissue)
    labels = {3: "monocyte, monocyte", 19: "monocyte,lymphocyte", 20: ""}
    rows = [(f"images/{n:03d}.png", f"masks/{n:03d}.png", label) for n, label in labels.items()]
    save_table(folder / "labels.csv", ("image", "mask", "label"), rows)
    samples = read_source(ask(folder))
    assert [(sample.group, sample.cell_type) for sample in samples] == [
        ("00000", "monocyte"),
        ("00000", None),
        ("00001", None),
    ]


def test_a_mask_with_a_strange_value_is_refused(tmp_path):
    folder = make_masked_folder(tmp_path / "own")
    save(folder / "masks" / "cell_000.png", np.full((144, 144), 7, np.uint8))
    with pytest.raises(SourceError, match=r"cell_000.png: value 7 \(expected 0 background"):
        read_source(ask(folder))[0].load()


def test_a_mask_of_another_size_is_refused(tmp_path):
    folder = make_masked_folder(tmp_path / "own")
    save(folder / "masks" / "cell_000.png", np.zeros((10, 10), np.uint8))
    with pytest.raises(SourceError, match=r"\(10, 10\) \(expected the size of its image"):
        read_source(ask(folder))[0].load()


def test_a_missing_mask_is_named(tmp_path):
    folder = make_masked_folder(tmp_path / "own")
    (folder / "masks" / "cell_002.png").unlink()
    with pytest.raises(SourceError, match=r"cell_002.png: no such file \(expected .*masks/cell_002.png\)"):
        read_source(ask(folder))


def test_a_folder_of_classes_shows_cells_or_fields_as_the_task_asks(tmp_path):
    folder = make_class_folders(tmp_path / "own")
    cell, field = read_source(ask(folder))[0], read_source(ask(folder, "screening"))[0]
    assert (cell.framing, cell.cell_type, cell.field_class) == (Framing.CROP, "lymphocyte", None)
    assert (field.framing, field.field_class) == (Framing.FIELD, "lymphocyte")


@pytest.mark.parametrize(
    ("split_by", "groups"), [("subfolder", {"s1", "s2"}), ("prefix", {"p", "q"}), ("column", {"x", "y"})]
)
def test_a_person_says_what_a_slide_is(tmp_path, split_by, groups):
    rows = []
    for kind, slide, prefix, named in (("a", "s1", "p", "x"), ("b", "s2", "q", "y")):
        save(tmp_path / "own" / kind / slide / f"{prefix}_01.png", draw_crop()[0])
        rows.append((f"{kind}/{slide}/{prefix}_01.png", named))
    save_table(tmp_path / "own" / "labels.csv", ("image", "slide"), rows)
    assert {sample.group for sample in read_source(ask(tmp_path / "own", split_by=split_by))} == groups


def test_an_image_without_a_slide_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"lymphocyte_000.png: belongs to no slide \(expected a folder for each"):
        read_source(ask(make_class_folders(tmp_path / "own"), split_by="subfolder"))


def test_folders_that_are_divided_already_stay_so(tmp_path):
    for part in ("train", "test"):
        make_class_folders(tmp_path / "own" / part, count=2)
    samples = read_source(ask(tmp_path / "own"))
    assert {(sample.group.split("/")[0], sample.split) for sample in samples} == {("train", None), ("test", "test")}
    assert {sample.cell_type for sample in samples} == {"lymphocyte", "monocyte"}


def test_simulated_fields_bring_every_cell_with_its_instance(tmp_path):
    export_fields(tmp_path / "sim", fields=2, seed=3, um_per_px=0.25, height=160, width=240)
    samples = read_source(ask(tmp_path / "sim", um_per_px=None))
    assert len(samples) == 2
    assert samples[0].um_per_px == 0.25
    for sample in samples:
        pixels = sample.load()
        assert {box.instance for box in sample.boxes} == set(np.unique(pixels.instances).tolist()) - {0}


def test_a_field_of_the_leukaemia_set_is_stretched_and_its_corner_hidden_in_every_class(tmp_path):
    for kind in ("benign", "pro_b"):
        save(tmp_path / "all4_fields" / kind / "0021.png", np.full((224, 224, 3), 200, np.uint8))
    samples = read_source(ask(tmp_path / "all4_fields", "screening", um_per_px=None))
    assert [sample.field_class for sample in samples] == ["benign", "pro_b"]
    for sample in samples:
        pixels = sample.load()
        assert pixels.image.shape == (224, 299, 3)
        assert pixels.hidden[-1, -1]
        assert pixels.hidden[190, 253]
        assert not pixels.hidden[:180].any()


def test_a_repeated_image_joins_the_group_of_the_first(tmp_path):
    rng = np.random.default_rng(5)
    one, other = (np.repeat(np.repeat(rng.integers(0, 255, (16, 16, 3), np.uint8), 8, 0), 8, 1) for _ in range(2))
    paths = [tmp_path / f"{name}.png" for name in ("first", "other", "again")]
    for path, picture in zip(paths, (one, other, np.clip(one.astype(int) + 9, 0, 255).astype(np.uint8)), strict=True):
        save(path, picture)
    assert find_duplicates(paths) == {paths[2]: paths[0]}


def test_a_folder_of_ones_own_needs_a_scale(tmp_path):
    folder = make_class_folders(tmp_path / "own")
    with pytest.raises(SourceError, match=r"no scale \(expected --um-per-px X"):
        read_source(ask(folder, um_per_px=None))
    (folder / "scale.json").write_text(json.dumps({"um_per_px": 0.3}))
    assert read_source(ask(folder, um_per_px=None))[0].um_per_px == 0.3
    (folder / "scale.json").write_text(json.dumps({"um_per_px": -1}))
    with pytest.raises(SourceError, match=r"um_per_px: -1.0 \(expected more than 0"):
        read_source(ask(folder))


def test_a_folder_of_no_known_kind_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"no such folder \(expected a folder of images\)"):
        read_source(ask(tmp_path / "missing"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"nothing to learn from \(expected images/ with boxes.csv"):
        read_source(ask(tmp_path / "empty"))


def test_a_table_that_lacks_a_column_or_value_is_refused(tmp_path):
    folder = make_masked_folder(tmp_path / "own")
    save_table(folder / "labels.csv", ("image",), [("images/cell_000.png",)])
    with pytest.raises(SourceError, match=r"no column 'label' \(expected image, label\)"):
        read_source(ask(folder))
    save_table(folder / "labels.csv", ("image", "label"), [("images/cell_000.png",)])
    with pytest.raises(SourceError, match="line 2: wrong number of values"):
        read_source(ask(folder))


def test_blocks_follow_numbers_and_prefixes_end_before_them():
    assert block_by_number("BloodImage_00041") == "00002"
    assert prefix_of("slide A_0012") == "slide A"
    blocks = block_by_order([f"c{n}" for n in range(200)])
    assert blocks["c19"] == "00000"
    assert blocks["c20"] == "00001"
    assert len(set(block_by_order([f"c{n}" for n in range(9)]).values())) == 9
    with pytest.raises(SourceError, match="no number in the file name"):
        block_by_number("cell")


@pytest.mark.real_data
def test_the_real_folders_are_read_whole(real_images):
    counts = {"rpi_fields": 341, "pbc_cells": 4380, "bccd_fields": 367, "zheng_cells": 300}
    for name, count in counts.items():
        samples = read_source(ask(real_images / name, um_per_px=None))
        assert len(samples) == count, name
        assert len({sample.id for sample in samples}) == count
