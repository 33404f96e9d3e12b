"""On-site calibration from beginning to end, with a real network: from a folder, from reviews, and back."""

import csv
import itertools
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import numpy as np
import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from contract.bundle import load_bundle
from contract.failures import Refusal
from contract.image import encode_png, read_rgb
from contract.matching import match_boxes
from contract.settings_files import load_settings
from contract.tables import cell
from device.bundles.choice import choose_bundle
from device.bundles.switch import rollback
from device.calibration.calibrating import CalibratingError, run_calibration
from device.calibration.gathered import gather_folder, gather_reviews
from device.calibration.network_head import pool_again, read_network_head
from device.calibration.reviewed import find_reviewed
from device.commands.calibrate_command import calibrate_command
from device.frame import make_frame
from device.keeping.captures import Captures
from device.keeping.store import DATABASE_NAME, Store
from device.network.classifier import Classifier
from device.preclassification import Annotated, Judged
from device.smear.crowding import BALANCED_MIX, Crowding
from device.smear.slide import VirtualSlide
from tests.device.calibration.counted import count_reviewed
from tests.made_records import QUALITY, leave_uncounted, open_slide

UM_PER_PX = 0.15
NOW = {"seq": 1, "captured_at": datetime.now(UTC), "simulated": True}
FIELDS = 32
CROWDING = Crowding(white_per_mm2=2400.0, touching=0.0, mix=BALANCED_MIX)
# another stain: every type here looks as the network has learnt the next one
SWAP = {
    "basophil": "lymphocyte",
    "lymphocyte": "basophil",
    "eosinophil": "monocyte",
    "monocyte": "eosinophil",
    "neutrophil": "neutrophil",
}


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """Drawn fields with the boxes of whole white cells: (image, truth, box)."""
    folder = tmp_path_factory.mktemp("labelled")
    (folder / "images").mkdir()
    cells = []
    for number in range(FIELDS):
        image, truth = VirtualSlide(number, CROWDING).render(0.0, 0.0, 360, 560, UM_PER_PX)
        name = f"images/field_{number:02d}.png"
        (folder / name).write_bytes(encode_png(image))
        cells += [(name, one.cell_type, one.box) for one in truth.cells if not one.touches_border]
    return folder, cells


def write_boxes(folder, drawn, swap=SWAP, keep=lambda label, number: True):
    """Write boxes.csv for drawn cells under the names that hold here."""
    source, cells = drawn
    if not (folder / "images").exists():
        folder.mkdir(exist_ok=True)
        (folder / "images").symlink_to(source / "images")
    numbers = itertools.count()
    with (folder / "boxes.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("image", "slide", "label", "x", "y", "width", "height"))
        for image, label, (x0, y0, x1, y1) in cells:
            if keep(label, next(numbers)):
                slide = f"S-{int(image[-6:-4]) % 4}"
                table.writerow((image, slide, swap[label], x0, y0, x1 - x0, y1 - y0))
    return folder


def settings_for(data_dir, **more):
    device = load_settings().device
    recorder = device.recorder.model_copy(update={"min_free_mb": 0})
    return device.model_copy(update={"data_dir": str(data_dir), "threads": 1, "recorder": recorder} | more)


def from_folder(folder, settings):
    return lambda classifier, network: gather_folder(folder, UM_PER_PX, classifier, network, settings.quality, 100)


def calibrate(bundle, gather, settings, *, dry_run=False):
    lines = []
    outcome = run_calibration(bundle, gather, settings, "scope 3", dry_run=dry_run, tell=lines.append)
    return outcome, lines


@pytest.fixture
def bundle(tiny_bundle):
    return load_bundle(tiny_bundle)


def test_the_networks_own_head_is_read_off_the_network(bundle, smear_field):
    """What is put together from kept features names a cell as the network did."""
    with Classifier(bundle, 1) as classifier:
        network = read_network_head(classifier)
        found = classifier.predict(make_frame(smear_field[0], QUALITY, UM_PER_PX, **NOW)).cells
    assert found
    for one in found:
        pooled = pool_again(one.features, one.area_um2, one.nucleus_fraction, network)
        told = np.array(list(one.probabilities.values()))
        assert bundle.manifest.classes[int(pooled.logits.argmax())] == bundle.manifest.classes[int(told.argmax())]


def test_a_folder_of_labelled_cells_makes_a_better_bundle_and_one_command_goes_back(bundle, drawn, tmp_path):
    folder, settings = write_boxes(tmp_path / "labelled", drawn), settings_for(tmp_path / "data")
    outcome, _ = calibrate(bundle, from_folder(folder, settings), settings)
    made = outcome.calibration
    assert made.after.macro_accuracy.value > made.before.macro_accuracy.value + 0.2
    assert made.gains
    installed = load_bundle(choose_bundle("", tmp_path / "data").folder)
    assert installed.manifest.fitted_here == "scope 3"
    assert installed.manifest.files["model.tflite"] == bundle.manifest.files["model.tflite"]
    assert installed.manifest.files["selftest.npz"] == bundle.manifest.files["selftest.npz"]
    card = (installed.folder / "card.md").read_text(encoding="utf-8")
    assert "calibrated on scope 3" in card
    assert "macro accuracy" in card
    assert (bundle.folder / "card.md").read_text(encoding="utf-8") in card
    assert "For research use only" in card
    back = rollback(tmp_path / "data", threads=1)
    assert back.manifest.fitted_here is None


def test_a_calibrated_bundle_names_cells_it_had_not_seen(bundle, drawn, tmp_path):
    early = write_boxes(tmp_path / "early", drawn, keep=lambda _, number: number % 2 == 0)
    settings = settings_for(tmp_path / "data")
    outcome, _ = calibrate(bundle, from_folder(early, settings), settings)
    assert outcome.installed is not None
    source, cells = drawn
    right = [[], []]
    for at, used in enumerate((bundle, outcome.installed)):
        with Classifier(used, 1) as classifier:
            for image, label, box in cells[1::2]:
                found = classifier.predict(make_frame(read_rgb(source / image), QUALITY, UM_PER_PX, **NOW)).cells
                (match,) = match_boxes([one.box for one in found], [box])
                if match is not None:
                    told = found[match].probabilities
                    right[at].append(max(told, key=told.get) == SWAP[label])
    assert np.mean(right[1]) > np.mean(right[0]) + 0.2


def test_what_is_not_better_changes_nothing(bundle, drawn, tmp_path):
    """Once calibrated, a bundle that is shown as many cells of the same kind again stays."""
    half = [write_boxes(tmp_path / str(at), drawn, keep=lambda _, n, at=at: n % 2 == at) for at in (0, 1)]
    settings = settings_for(tmp_path / "data")
    first, _ = calibrate(bundle, from_folder(half[0], settings), settings)
    again, _ = calibrate(first.installed, from_folder(half[1], settings), settings)
    assert not again.calibration.gains
    assert again.installed is None
    assert choose_bundle("", tmp_path / "data").folder.name == first.installed.folder.name


def test_cells_that_a_bundle_was_fitted_on_cannot_judge_it(bundle, drawn, tmp_path):
    folder, settings = write_boxes(tmp_path / "labelled", drawn), settings_for(tmp_path / "data")
    first, _ = calibrate(bundle, from_folder(folder, settings), settings)
    with pytest.raises(CalibratingError, match="0 cells named since it was calibrated"):
        calibrate(first.installed, from_folder(folder, settings), settings)


def test_a_dry_run_changes_nothing(bundle, drawn, tmp_path):
    folder, settings = write_boxes(tmp_path / "labelled", drawn), settings_for(tmp_path / "data")
    outcome, _ = calibrate(bundle, from_folder(folder, settings), settings, dry_run=True)
    assert outcome.calibration.gains
    assert outcome.installed is None
    assert not (tmp_path / "data").exists()


def test_the_command_tells_before_and_after(tiny_bundle, drawn, tmp_path):
    folder = write_boxes(tmp_path / "labelled", drawn)
    options = ["--um-per-px", "0.15", "--name", "scope 3", "--bundle", str(tiny_bundle), "--data-dir", str(tmp_path)]
    done = CliRunner().invoke(calibrate_command, [str(folder), *options], catch_exceptions=False)
    assert done.exit_code == 0
    for word in ("before", "after", "macro accuracy", "better:", "leukoscope bundle rollback"):
        assert word in done.output


def test_the_command_names_the_class_that_has_too_few_cells(tiny_bundle, drawn, tmp_path):
    basophils = itertools.count()
    folder = write_boxes(
        tmp_path / "labelled", drawn, keep=lambda label, _: SWAP[label] != "basophil" or next(basophils) < 3
    )
    options = ["--um-per-px", "0.15", "--bundle", str(tiny_bundle), "--data-dir", str(tmp_path)]
    with pytest.raises(Refusal, match=r"basophil \d \(expected 5 or more") as refused:
        CliRunner().invoke(calibrate_command, [str(folder), *options], catch_exceptions=False)
    assert refused.value.exit_code == 4


@pytest.mark.parametrize("arguments", [[], ["somewhere", "--from-reviews"], ["somewhere", "--um-per-px", "0"]])
def test_the_command_wants_one_source_and_a_scale(arguments):
    assert CliRunner().invoke(calibrate_command, arguments).exit_code == 2


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("images/a.png,virus,1,1,5,5", "line 2: label 'virus'"),
        ("../../etc/passwd,monocyte,1,1,5,5", "expected a picture in the folder"),
        ("images/a.png,monocyte,1,1,0,5", "expected a size above 0"),
        ("images/a.png,monocyte,x,1,5,5", "x 'x'"),
        ("images/a.png,monocyte,1,1", "width None"),
    ],
)
def test_a_wrong_line_is_named(bundle, tmp_path, line, what):
    (tmp_path / "boxes.csv").write_text(f"image,label,x,y,width,height\n{line}\n", encoding="utf-8")
    settings = settings_for(tmp_path / "data")
    with pytest.raises(Refusal, match=what):
        calibrate(bundle, from_folder(tmp_path, settings), settings)


@contextmanager
def recorded(bundle, drawn, root, capture=False):
    """Keep the drawn fields in a real store, as the device does; gives the store and (row id, truth) of each cell."""
    source, cells = drawn
    with ExitStack() as opened:
        store = opened.enter_context(Store(root / DATABASE_NAME, "scope 3"))
        classifier = opened.enter_context(Classifier(bundle, 1))
        known = []
        for number, image in enumerate(dict.fromkeys(cell[0] for cell in cells), 1):
            slide_id = open_slide(store, f"S-{number % 4}")
            pixels = read_rgb(source / image)
            prediction = classifier.predict(make_frame(pixels, QUALITY, UM_PER_PX, **NOW | {"seq": number}))
            counted = (True,) * len(prediction.cells)
            field_id = store.add_field(slide_id, Judged(prediction, None, counted, True))
            if capture:
                Captures(store, 0).save(slide_id, Annotated(leave_uncounted(prediction), b"jpeg"), "op")
            there = [(label, box) for name, label, box in cells if name == image]
            matches = match_boxes([one.box for one in prediction.cells], [box for _, box in there])
            with store.readers.connect() as connection:
                rows = connection.execute(select(cell.c.id).where(cell.c.field_id == field_id).order_by(cell.c.seq))
                ids = list(rows.scalars())
            known += [(ids[at], SWAP[label]) for (label, _), at in zip(there, matches, strict=True) if at is not None]
        yield store, known


def from_reviews(store, settings, operators=()):
    return lambda classifier, network: gather_reviews(
        store.readers, store.path.parent, classifier, network, settings.quality, 100, operators
    )


def test_what_technicians_confirmed_and_corrected_makes_a_better_bundle(bundle, drawn, tmp_path):
    settings = settings_for(tmp_path)
    with recorded(bundle, drawn, tmp_path) as (store, known):
        for cell_id, truth in known:
            store.add_review(cell_id, operator="anna", new_type=truth)
        counts = count_reviewed(find_reviewed(store.readers, bundle.manifest.classes), bundle.manifest.classes)
        assert sum(map(sum, counts.values())) == len(known)
        outcome, lines = calibrate(bundle, from_reviews(store, settings), settings)
        assert outcome.installed is not None
        assert "corrected" in lines[0]
        with pytest.raises(Refusal, match="labelled cells: basophil 0"):
            calibrate(bundle, from_reviews(store, settings, ("somebody else",)), settings)


def test_only_the_newest_word_of_a_person_counts(bundle, drawn, tmp_path):
    with recorded(bundle, drawn, tmp_path) as (store, known):
        cell_id = known[0][0]
        for name in ("monocyte", "basophil", "artefact"):
            store.add_review(cell_id, operator="anna", new_type=name)
        assert find_reviewed(store.readers, bundle.manifest.classes) == ()
        store.add_review(cell_id, operator="anna", new_type="monocyte")
        (found,) = find_reviewed(store.readers, bundle.manifest.classes)
        assert found.new_type == "monocyte"


def test_corrections_alone_are_refused(bundle, drawn, tmp_path):
    settings = settings_for(tmp_path)
    with recorded(bundle, drawn, tmp_path) as (store, known):
        with store.readers.connect() as connection:
            called = {row.id: row.cell_type for row in connection.execute(select(cell.c.id, cell.c.cell_type))}
        for cell_id, truth in known:
            if called[cell_id] != truth:
                store.add_review(cell_id, operator="anna", new_type=truth)
        with pytest.raises(Refusal, match="all corrected"):
            calibrate(bundle, from_reviews(store, settings), settings)


def test_cells_that_another_network_saw_are_looked_at_again_in_captures(bundle, drawn, tmp_path):
    settings = settings_for(tmp_path)
    with recorded(bundle, drawn, tmp_path, capture=True) as (store, known):
        for cell_id, truth in known:
            store.add_review(cell_id, operator="anna", new_type=truth)
        with store._engine.begin() as connection:  # as if an older network had seen them
            connection.execute(update(cell).values(features="0" * 12 + ":AAA="))
        outcome, lines = calibrate(bundle, from_reviews(store, settings), settings, dry_run=True)
    assert f"{len(known)} looked at again in captures" in lines[0]
    assert outcome.calibration.gains


def test_cells_that_another_network_saw_and_nobody_captured_are_left_out(bundle, drawn, tmp_path):
    settings = settings_for(tmp_path)
    with recorded(bundle, drawn, tmp_path) as (store, known):
        for cell_id, truth in known:
            store.add_review(cell_id, operator="anna", new_type=truth)
        with store._engine.begin() as connection:
            connection.execute(update(cell).values(features=None))
        with pytest.raises(Refusal, match="basophil 0"):
            calibrate(bundle, from_reviews(store, settings), settings)
