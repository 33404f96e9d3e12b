"""The shortcut audit: a model that reads cells passes, one that reads the background is caught."""

from dataclasses import replace

import numpy as np
import pytest

from tests.drawn_models import SHAPE, look_up
from tests.measured_shards import TINY, UM_PER_PX, write_measured
from training.audit import AuditRequest, audit_model
from training.audit_journal import JOURNAL_FILE, AuditJournal, make_key
from training.audit_plan import plan_audit
from training.audit_read import Answer, read_answers
from training.audit_scenes import OriginalsError, choose_pictures, open_originals, prepare_altered, set_scene
from training.audit_score import score_answers
from training.description import read_description
from training.drafting import draft_manifest
from training.tfrecords import read_examples

BLANKED, COVERED, KEPT = (
    "background only: cells blanked with plasma",
    "background only: cells covered with other background",
    "cells only: the rest in the picture's own plasma",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_measured(tmp_path_factory.mktemp("data") / "prepared")


@pytest.fixture(scope="module")
def screening_data(tmp_path_factory):
    return write_measured(tmp_path_factory.mktemp("screening") / "prepared", screening=True)


SHORT = tuple(one for one in plan_audit() if one.name in ("untouched", BLANKED, COVERED, KEPT))


def request(folder, pictures=6):
    return AuditRequest(pictures, 7, {}, folder, "model", SHORT)


def draft(task="differential"):
    return draft_manifest(replace(TINY, task=task), SHAPE, UM_PER_PX)


def by_name(audit):
    return {row.name: row for row in audit.sources["drawn"].rows}


def test_a_model_that_reads_cells_says_nothing_without_them(data, tmp_path):
    rows = by_name(audit_model(data, "test", look_up, draft(), request(tmp_path)))
    assert rows["untouched"].macro_accuracy.value == 1
    assert rows[KEPT].macro_accuracy.value == 1
    assert rows[BLANKED].answered.value == 0
    assert rows[COVERED].accuracy.value == 0
    assert rows[BLANKED].answered_accuracy.value is None


def test_a_model_that_reads_the_background_is_caught(screening_data):
    examples = [mark(one) for one in read_examples(screening_data, "test")]
    scores = {}
    for alteration in (one for one in SHORT if one.name in (BLANKED, KEPT)):
        answers = []
        for example in examples:
            picture = set_scene(example, UM_PER_PX, None)
            altered = alteration.alter(picture.scene, np.random.default_rng(1))
            prepared = prepare_altered(altered, picture, UM_PER_PX, shows_hidden=False)
            answers += read_answers(peek(prepared), prepared, example, draft("screening"))
        scores[alteration.name] = score_answers(alteration, answers)
    assert scores[BLANKED].answered.value == 0  # no cell is left to be found
    assert scores[BLANKED].told_macro_accuracy.value == 1  # and yet the map knows
    assert scores[KEPT].macro_accuracy.value < 0.5


def mark(example):
    """Give every picture of a class the same spot in its corner, far from its cell."""
    example.image[:3, :3] = 200 + example.field_class
    return example


def peek(prepared):
    """Finds the cells, but names them by the spot in the corner."""
    outputs = look_up(prepared)
    types = np.full_like(outputs.cell_type, -5)
    types[..., (int(prepared.image[1, 1, 0]) - 200) % len(TINY.classes)] = 5
    return replace(outputs, cell_type=types)


def test_an_interrupted_audit_goes_on_where_it_stopped(data, tmp_path):
    asked = []

    def count(prepared):
        asked.append(1)
        return look_up(prepared)

    whole = audit_model(data, "test", count, draft(), request(tmp_path))
    assert len(asked) == 4 * 6
    journal = tmp_path / JOURNAL_FILE
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join([*lines[:2], lines[2][:40]]))  # the power went while the third was written
    again = audit_model(data, "test", count, draft(), request(tmp_path))
    assert len(asked) == 6 * 6
    assert again.sources == whole.sources
    audit_model(data, "test", count, draft(), request(tmp_path))
    assert len(asked) == 6 * 6
    audit_model(data, "test", count, draft(), replace(request(tmp_path), subject="another model"))
    assert len(asked) == 10 * 6


def test_a_journal_keeps_what_it_is_given(tmp_path):
    answers = [Answer(1, -1, 2, "slide", "a.png")]
    AuditJournal(tmp_path / "journal").note(make_key("a", 1), answers)
    assert AuditJournal(tmp_path / "journal").find(make_key("a", 1)) == answers
    assert AuditJournal(tmp_path / "journal").find(make_key("a", 2)) is None


def test_pictures_are_chosen_evenly_over_classes_and_each_cell_once(data):
    examples = list(read_examples(data, "test"))
    (chosen,) = choose_pictures(examples, 6, 1).values()
    kinds = {one.id: int(one.box_class[0]) for one in examples}
    assert sorted(kinds[name] for _, name in chosen) == [0, 0, 1, 1, 2, 2]
    assert chosen == choose_pictures(examples, 6, 1)["drawn"]
    same = [replace(one, box_cell=("one cell",)) for one in examples]
    assert len(choose_pictures(same, 6, 1)["drawn"]) == 1


def test_a_hidden_corner_stays_hidden_whatever_the_lamp(data):
    example = next(read_examples(data, "test"))
    example.image[-20:, -20:], example.target[-20:, -20:, 0] = 235, 255
    picture = set_scene(example, UM_PER_PX, None)
    cast = np.clip(picture.scene.image * np.array([0.8, 0.9, 1.0]), 0, 255).astype(np.uint8)
    prepared = prepare_altered(cast, picture, UM_PER_PX, shows_hidden=False)
    assert (prepared.image[-18:, -18:] == 235).all()
    assert not picture.scene.near[-10:, -10:].any()


def test_no_audit_is_made_where_no_picture_is_asked_for(data, tmp_path):
    assert audit_model(data, "test", look_up, draft(), request(tmp_path, 0)).sources == {}


def test_originals_of_an_unknown_source_are_refused(data, tmp_path):
    with pytest.raises(OriginalsError, match=r"no such source \(expected one of: drawn\)"):
        open_originals({"other": tmp_path}, read_description(data))
