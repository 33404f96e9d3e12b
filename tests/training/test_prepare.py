"""`leukoscope-train prepare`: whole folders or none, splits that share no slide, and one line where it refuses."""

import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from contract.settings_files import INSTALL_ROOT
from device.smear.export import export_fields
from tests.drawn_cells import draw_crop, make_boxed_folder, make_class_folders, make_masked_folder, save
from training.description import DescriptionError, fingerprint_files, read_description
from training.prepare import Plan, PreparationError, prepare_data
from training.prepare_command import CommandError, prepare_command
from training.sample import SPLITS
from training.sources.request import SourceError, SourceRequest
from training.tfrecords import read_examples
from training.vocabulary import VocabularyError


def plan_for(out, *folders, **further):
    requests = tuple(SourceRequest(folder.name, folder, "differential", 0.25) for folder in folders)
    return Plan(requests, out, 0.25, "differential", **further)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    base = tmp_path_factory.mktemp("sources")
    export_fields(base / "sim", fields=8, seed=3, um_per_px=0.25, height=160, width=240)
    folders = (make_class_folders(base / "crops"), make_masked_folder(base / "masked"), base / "sim")
    prepare_data(plan_for(base / "out", *folders, make_boxed_folder(base / "boxed")))
    return base / "out"


def test_every_picture_is_in_one_split_and_no_group_in_two(prepared):
    seen = {split: list(read_examples(prepared, split)) for split in SPLITS}
    assert sum(len(examples) for examples in seen.values()) == 16 + 8 + 8 + 6
    assert all(seen.values())
    groups = [{(example.source, example.group) for example in seen[split]} for split in SPLITS]
    assert not groups[0] & groups[1] | groups[0] & groups[2] | groups[1] & groups[2]


def test_the_description_counts_what_was_written(prepared):
    description = read_description(prepared)
    assert description.classes == ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")
    assert description.um_per_px == 0.25
    for source in description.sources:
        for split in SPLITS:
            examples = [example for example in read_examples(prepared, split) if example.source == source.name]
            assert len(examples) == (source.counts[split].images if split in source.counts else 0)
            assert {example.group for example in examples} == set(source.groups.get(split, ()))
    assert [source.name for source in description.sources if source.simulated] == ["sim"]
    boxed = {source.name: source for source in description.sources}["boxed"]
    assert boxed.counts["train"].cells == {"lymphocyte": 2, "monocyte": 2}
    assert boxed.counts["train"].distinct_cells == {"lymphocyte": 1, "monocyte": 1}


def test_the_same_folders_give_the_same_bytes(tmp_path):
    folder = make_class_folders(tmp_path / "crops")
    for name in ("one", "two"):
        prepare_data(plan_for(tmp_path / name, folder))
    shards = sorted(path.name for path in (tmp_path / "one").glob("*.tfrecord"))
    assert shards
    for shard in shards:
        assert (tmp_path / "one" / shard).read_bytes() == (tmp_path / "two" / shard).read_bytes()


def test_an_unreadable_image_is_named_and_leaves_nothing_behind(tmp_path):
    folder = make_class_folders(tmp_path / "crops")
    (folder / "monocyte" / "monocyte_003.png").write_bytes(b"no image")
    result = CliRunner().invoke(prepare_command, [str(folder), "--out", str(tmp_path / "out"), "--um-per-px", "0.25"])
    assert "monocyte_003.png: not an image" in str(result.exception)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crops"]


class Interrupter:
    """A teacher at whose first picture a person presses Ctrl-C."""

    def tissue(self, prepared):
        raise KeyboardInterrupt


def test_an_interrupted_preparation_leaves_the_earlier_folder_whole(tmp_path):
    folder, out = make_class_folders(tmp_path / "crops"), tmp_path / "out"
    prepare_data(plan_for(out, folder))
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(KeyboardInterrupt):
        prepare_data(plan_for(out, folder, replace=True, teacher=Interrupter()))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert not (tmp_path / "out.partial").exists()


def test_an_earlier_folder_is_replaced_only_when_asked(tmp_path):
    folder = make_class_folders(tmp_path / "crops")
    prepare_data(plan_for(tmp_path / "out", folder))
    with pytest.raises(PreparationError, match=r"out: exists already \(expected a new folder, or --replace\)"):
        prepare_data(plan_for(tmp_path / "out", folder))
    save(folder / "monocyte" / "monocyte_900.png", draw_crop(9)[0])
    counts = prepare_data(plan_for(tmp_path / "out", folder, replace=True)).sources[0].counts
    assert sum(count.images for count in counts.values()) == 17


def test_what_a_power_cut_left_is_not_mistaken_for_data(tmp_path):
    folder = make_class_folders(tmp_path / "crops")
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "train-00099.tfrecord").write_bytes(b"cut")
    prepare_data(plan_for(tmp_path / "out", folder))
    assert not (tmp_path / "out" / "train-00099.tfrecord").exists()
    assert not (tmp_path / "out.partial").exists()


def test_the_fingerprint_changes_with_a_byte_and_not_with_the_place(tmp_path):
    folders = [make_class_folders(tmp_path / name, count=1) for name in ("a", "b")]
    prints = [fingerprint_files(folder, list(folder.rglob("*.png"))) for folder in folders]
    assert prints[0] == prints[1]
    picture = folders[1] / "monocyte" / "monocyte_000.png"
    picture.write_bytes(picture.read_bytes() + b"\0")
    assert fingerprint_files(folders[1], list(folders[1].rglob("*.png"))) != prints[0]


def test_sources_without_two_classes_are_refused(tmp_path):
    folder = make_class_folders(tmp_path / "crops", classes=("monocyte",))
    with pytest.raises(VocabularyError, match=r"classes: monocyte \(expected two or more"):
        prepare_data(plan_for(tmp_path / "out", folder))


def test_the_command_prints_what_it_made(tmp_path):
    crops, boxed = make_class_folders(tmp_path / "crops"), make_boxed_folder(tmp_path / "boxed")
    options = ["--out", str(tmp_path / "out"), "--um-per-px", "0.25", "--hold-out", "pi:A,C"]
    result = CliRunner().invoke(prepare_command, [str(crops), f"pi={boxed}", *options], catch_exceptions=False)
    assert "classes: lymphocyte, monocyte; working scale 0.25 um/px" in result.output
    description = read_description(tmp_path / "out")
    assert {source.name: source.groups.get("test") for source in description.sources}["pi"] == ("A", "C")
    assert "--hold-out pi:A,C" in description.command
    assert "--replace" not in description.command


def test_two_sources_of_one_name_are_refused(tmp_path):
    for place in ("x", "y"):
        make_class_folders(tmp_path / place / "crops")
    sources = [str(tmp_path / place / "crops") for place in ("x", "y")]
    result = CliRunner().invoke(prepare_command, [*sources, "--out", str(tmp_path / "out")])
    assert isinstance(result.exception, CommandError)
    assert "a second source called crops (expected another name: NAME=" in str(result.exception)


def test_screening_names_fields_at_its_own_scale(tmp_path):
    folder = make_class_folders(tmp_path / "fields", classes=("benign", "pre_b"))
    out = tmp_path / "out"
    arguments = [str(folder), "--out", str(out), "--task", "screening", "--um-per-px", "0.45"]
    CliRunner().invoke(prepare_command, arguments, catch_exceptions=False)
    assert read_description(out).um_per_px == 0.45
    example = next(read_examples(out, "train"))
    assert example.field_class in (0, 1)
    assert example.image.shape == (144, 144, 3)


def test_a_description_of_another_kind_is_refused(tmp_path):
    with pytest.raises(DescriptionError, match=r"dataset\.json: No such file"):
        read_description(tmp_path)
    (tmp_path / "dataset.json").write_text(json.dumps({"task": "differential"}))
    with pytest.raises(DescriptionError, match=r"dataset\.json: classes: Field required"):
        read_description(tmp_path)


def test_a_missing_folder_is_one_line_and_exit_code_4(tmp_path):
    command = [sys.executable, "-c", "from training.cli import main; main()"]
    arguments = ["prepare", str(tmp_path / "missing"), "--out", str(tmp_path / "out")]
    ended = subprocess.run([*command, *arguments], capture_output=True, text=True, cwd=INSTALL_ROOT)
    assert ended.returncode == SourceError.exit_code == 4
    assert ended.stderr.splitlines()[-1].endswith("missing: no such folder (expected a folder of images)")
    assert "Traceback" not in ended.stderr


@pytest.mark.real_data
def test_real_slides_are_prepared_with_none_in_two_splits(real_images, tmp_path):
    request = SourceRequest("rpi_fields", real_images / "rpi_fields", "differential")
    description = prepare_data(Plan((request,), tmp_path / "out", 0.25, "differential"))
    groups = description.sources[0].groups
    assert groups["test"] == ("B-42", "E-13", "L-9")
    example = next(read_examples(tmp_path / "out", "test"))
    assert example.image.shape == (360, 576, 3)
    assert np.isin([0, 2, 255], example.target[..., 0]).all()
