import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from contract.bundle import load_bundle
from contract.image import ImageError, encode_png, read_label
from contract.settings_files import INSTALL_ROOT, load_settings
from device.predict import InputError, estimate_scale, find_images, predict_images
from device.staging import OutputError

LIMITS = load_settings().device.quality
PROGRAM = """from contract.failures import run_cli
from device.commands.predict_command import predict_command
run_cli(predict_command)
"""


@pytest.fixture
def bundle(tiny_bundle):
    return load_bundle(tiny_bundle)


@pytest.fixture
def folder(tmp_path, smear_field):
    """Two fields and, deeper, a dark one; and a file that is no image."""
    root = tmp_path / "images"
    (root / "b side").mkdir(parents=True)
    image = smear_field[0]
    (root / "z.png").write_bytes(encode_png(image))
    (root / "a.PNG").write_bytes(encode_png(np.ascontiguousarray(image[:300, :400])))
    (root / "b side" / "dark.png").write_bytes(encode_png((image // 10).astype(np.uint8)))
    (root / "notes.txt").write_text("no image")
    (root / ".hidden.png").write_bytes(b"")
    return root


def predict(source, bundle, out, um_per_px=0.15, masks=None, **more):
    return predict_images(find_images(source), bundle, um_per_px, out, masks=masks, limits=LIMITS, threads=1, **more)


def run(*arguments):
    """Run the command as a program and give its exit code and the last line on standard error."""
    command = [sys.executable, "-c", PROGRAM, *(str(argument) for argument in arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=INSTALL_ROOT)
    return ended.returncode, ended.stderr.strip().splitlines()


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_image_gives_one_line_in_the_documented_form(folder, bundle, tmp_path):
    out = tmp_path / "out.jsonl"
    found = predict(folder, bundle, out)
    lines = read_lines(out)
    assert [line["image"] for line in lines] == ["a.PNG", "b side/dark.png", "z.png"]
    assert list(lines[0])[:7] == ["image", "height", "width", "bundle", "rejected", "field", "cells"]
    assert (lines[0]["height"], lines[0]["width"], lines[0]["um_per_px"]) == (300, 400, 0.15)
    assert lines[0]["bundle"] == bundle.bundle_id
    cell = lines[2]["cells"][0]
    wanted = ["box", "cell_type", "confidence", "probabilities", "candidates", "nucleus_fraction"]
    assert list(cell)[:6] == wanted
    assert set(cell["probabilities"]) == set(bundle.manifest.classes)
    assert found == len(lines[0]["cells"]) + len(lines[2]["cells"])


def test_a_rejected_image_says_why_and_keeps_its_probabilities(folder, bundle, tmp_path):
    predict(folder, bundle, tmp_path / "out.jsonl")
    dark = read_lines(tmp_path / "out.jsonl")[1]
    assert dark["rejected"].startswith("too dark: mean luminance")
    for cell in dark["cells"]:
        assert cell["cell_type"] == "unidentified"
        assert set(cell["probabilities"]) == set(bundle.manifest.classes)


def test_a_screening_bundle_fills_the_field(folder, tiny_screening_bundle, tmp_path):
    screening = load_bundle(tiny_screening_bundle)
    predict(folder, screening, tmp_path / "out.jsonl")
    lines = read_lines(tmp_path / "out.jsonl")
    assert list(lines[0]["field"]) == ["class", "confidence", "probabilities"]
    assert lines[0]["cells"] == []
    assert lines[0]["field"]["class"] == "unidentified"  # without a white cell nothing speaks for a class
    assert lines[2]["field"]["class"] in screening.manifest.classes
    assert lines[1]["field"]["class"] == "unidentified"
    assert set(lines[1]["field"]["probabilities"]) == set(screening.manifest.classes)


def test_masks_mirror_the_folder_at_each_image_s_own_size(folder, bundle, tmp_path, smear_field):
    predict(folder, bundle, tmp_path / "out.jsonl", masks=tmp_path / "deep" / "masks")
    written = sorted(
        path.relative_to(tmp_path / "deep" / "masks").as_posix() for path in (tmp_path / "deep").rglob("*.png")
    )
    assert written == ["a.png", "b side/dark.png", "z.png"]
    mask = read_label(tmp_path / "deep" / "masks" / "z.png")
    truth = smear_field[1].tissue
    assert mask.shape == (600, 960)
    assert set(np.unique(mask)) == {0, 1, 2}
    # Mask pixels are 2 um wide in this bundle: rims are coarse, the bodies of cells must agree.
    agreed = ((mask > 0) & (truth > 0)).sum() / ((mask > 0) | (truth > 0)).sum()
    assert agreed > 0.6


def test_two_runs_write_the_same_bytes(folder, bundle, tmp_path):
    for name in ("one", "two"):
        predict(folder, bundle, tmp_path / f"{name}.jsonl", masks=tmp_path / name)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    assert (tmp_path / "one" / "z.png").read_bytes() == (tmp_path / "two" / "z.png").read_bytes()


def test_one_image_is_named_by_its_file(folder, bundle, tmp_path):
    predict(folder / "b side" / "dark.png", bundle, tmp_path / "out.jsonl")
    assert [line["image"] for line in read_lines(tmp_path / "out.jsonl")] == ["dark.png"]


def test_auto_takes_one_scale_from_all_images_together(folder):
    assert estimate_scale(find_images(folder)).um_per_px == pytest.approx(0.15, rel=0.08)


def test_an_unreadable_image_leaves_nothing_behind(folder, bundle, tmp_path):
    (folder / "y.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    with pytest.raises(ImageError, match=r"y\.jpg: not an image"):
        predict(folder, bundle, tmp_path / "deep" / "out.jsonl", masks=tmp_path / "deep" / "masks")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images"]


def test_an_unreadable_image_leaves_earlier_results_as_they_were(folder, bundle, tmp_path):
    out, masks = tmp_path / "out.jsonl", tmp_path / "masks"
    predict(folder, bundle, out, masks=masks)
    before = {path: path.read_bytes() for path in [out, *masks.rglob("*.png")]}
    (folder / "y.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    with pytest.raises(ImageError):
        predict(folder, bundle, out, um_per_px=0.2, masks=masks)
    assert {path: path.read_bytes() for path in [out, *masks.rglob("*.png")]} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "masks", "out.jsonl"]


def test_two_images_that_would_share_a_mask_are_refused(folder, bundle, tmp_path, smear_field):
    cv2.imwrite(str(folder / "z.jpg"), smear_field[0])
    with pytest.raises(InputError, match=r"z.png: its mask z.png is also that of z.jpg"):
        predict(folder, bundle, tmp_path / "out.jsonl", masks=tmp_path / "masks")
    predict(folder, bundle, tmp_path / "out.jsonl")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="no image in it"):
        find_images(tmp_path)


def test_a_folder_in_the_way_of_the_result_is_refused(folder, bundle, tmp_path):
    with pytest.raises(OutputError, match="a folder"):
        predict(folder, bundle, tmp_path)
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(OutputError, match="a file"):
        predict(folder, bundle, tmp_path / "out.jsonl", masks=tmp_path / "taken")
    with pytest.raises(OutputError, match="expected a place that can be written"):
        predict(folder, bundle, tmp_path / "taken" / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


def test_the_command_finds_scale_cells_and_masks(folder, tiny_bundle, tmp_path):
    out = tmp_path / "out.jsonl"
    code, errors = run(
        folder, "--bundle", tiny_bundle, "--um-per-px", "auto", "--out", out, "--masks", tmp_path / "masks"
    )
    assert code == 0, errors
    assert any(line.startswith("um_per_px: 0.15") and "red cells" in line for line in errors)
    assert len(read_lines(out)) == 3
    assert out.stat().st_mode & 0o044 == 0o044  # readable by others, as any result


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere", "--um-per-px", "0.15"], 4, "nowhere: no such file or folder"),
        (["{folder}", "--um-per-px", "broad"], 2, "micrometres per pixel"),
        (["{folder}", "--um-per-px", "-1"], 2, "micrometres per pixel"),
        (["{folder}", "--um-per-px", "0.15", "--bundle", "none-such"], 3, "bundle: 'none-such'"),
        (["{folder}/b side/dark.png", "--um-per-px", "auto", "--bundle", "{broken}"], 3, "model.tflite"),
        (["{folder}", "--config", "{folder}/notes.txt"], 2, "notes.txt"),
    ],
)
def test_bad_input_is_one_line_and_the_right_code(arguments, code, words, folder, tiny_bundle, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in tiny_bundle.iterdir():
        (broken / path.name).write_bytes(path.read_bytes()[: 3000 if path.suffix == ".tflite" else None])
    filled = [argument.format(folder=folder, broken=broken) for argument in arguments]
    if "--bundle" not in filled:
        filled += ["--bundle", str(tiny_bundle)]
    found, errors = run(*filled, "--out", tmp_path / "out.jsonl")
    assert found == code
    assert words in errors[-1]
    assert not any("Traceback" in line for line in errors)
    assert not (tmp_path / "out.jsonl").exists()


def test_each_cell_carries_its_evidence_as_numbers_and_in_words(folder, bundle, tmp_path):
    predict(folder, bundle, tmp_path / "out.jsonl")
    cells = [cell for line in read_lines(tmp_path / "out.jsonl") for cell in line["cells"]]
    assert cells
    for cell in cells:
        assert cell["shape"]["diameter_um"] == pytest.approx(2 * (cell["area_um2"] / np.pi) ** 0.5, rel=1e-3)
        assert 0 < cell["shape"]["circularity"] <= 1
        assert cell["shape"]["nucleus_lobes"] >= 1
        assert cell["attributes"] == {}
        assert f"{cell['shape']['diameter_um']:.1f} um" in cell["evidence"]
    assert read_lines(tmp_path / "out.jsonl")[0]["attributes_note"] is None


def test_each_cell_has_a_heat_map_on_request(folder, bundle, tmp_path):
    predict(folder, bundle, tmp_path / "out.jsonl", heat_maps=tmp_path / "why", cover=True)
    wanted = {
        f"{Path(line['image']).with_suffix('')}_cell{number}.png"
        for line in read_lines(tmp_path / "out.jsonl")
        for number in range(len(line["cells"]))
    }
    assert {path.relative_to(tmp_path / "why").as_posix() for path in (tmp_path / "why").rglob("*.png")} == wanted
    assert wanted
