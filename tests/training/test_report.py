"""The report: one page with every part, that needs no other file, and that says how often was looked."""

import base64
import json
import re
from dataclasses import replace

import cv2
import numpy as np
import pytest

from contract.notice import RESEARCH_USE
from tests.drawn_models import SHAPE, look_up, turn_wrong
from tests.measured_shards import TINY, UM_PER_PX, write_measured
from training.audit_journal import JOURNAL_FILE
from training.description import read_description
from training.drafting import draft_manifest
from training.evaluate_fitted import evaluate_as_fitted
from training.evaluate_report import ReportRequest, Subject, report_evaluation
from training.mistakes import find_mistakes, show_mistakes
from training.operating import FALSE_ALARMS
from training.outsiders import OutsiderFolder
from training.report import METRICS_FILE, to_json
from training.report_sources import list_sources
from training.tfrecords import read_examples

SECTIONS = ("sites", "data", "reading", "naming-drawn", "masks", "audit", "outsiders", "mistakes")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_measured(tmp_path_factory.mktemp("data") / "prepared")


def measure(data, model, task="differential", classes=TINY.classes):
    manifest = draft_manifest(replace(TINY, task=task, classes=classes), SHAPE, UM_PER_PX)
    return evaluate_as_fitted(data, "test", manifest, model, FALSE_ALARMS)


def report(data, out, evaluation, model, outsiders=(), pictures=2):
    request = ReportRequest(out, data, pictures, 7, {}, outsiders, "leukoscope-train evaluate")
    subject = Subject("drawn", "key", "looked-up colours", [("made of", "colours")], model)
    page = report_evaluation(evaluation, subject, request).read_text()
    return page, json.loads((out / METRICS_FILE).read_text())


@pytest.fixture(scope="module")
def told(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    strange = out / "strange"
    strange.mkdir()
    cv2.imwrite(str(strange / "noise.png"), np.random.default_rng(1).integers(0, 255, (64, 64, 3)))
    folder = OutsiderFolder("noise", strange, UM_PER_PX)
    return report(data, out, measure(data, turn_wrong), turn_wrong, [folder])


def test_every_part_is_there_and_can_be_reached(told):
    page, _ = told
    for section in SECTIONS:
        assert f'id="{section}"' in page
        assert f'href="#{section}"' in page
    assert page.count(RESEARCH_USE) == 2
    assert "made of" in page


def test_the_page_needs_no_other_file_and_no_network(told):
    page, _ = told
    assert not re.search(r"https?:|<script|<link", page)
    sources = re.findall(r'<img alt="[^"]+" src="([^"]{30})[^"]*"', page)
    assert len(sources) > 10
    assert all(re.match("data:image/(png|jpeg);base64,", source) for source in sources)


def test_programs_read_the_same_figures(told):
    page, metrics = told
    audit = metrics["audit"]["drawn"]["rows"]
    assert len(audit) == 19
    assert metrics["outsiders"][0]["safe"]["value"] == 1
    assert metrics["details"]["drawn"]["cells"]["classes"]["basophil"]["recall"]["value"] == 0
    quality = metrics["details"]["drawn"]["panoptic_cells"]["quality"]["value"]
    assert f"{quality:.3f}" in page
    assert metrics["mistakes"][0]["truth"] != metrics["mistakes"][0]["called"]


def test_a_split_that_was_looked_at_before_is_said_to_be(data, tmp_path):
    evaluation = measure(data, look_up)
    first, _ = report(data, tmp_path, evaluation, look_up, pictures=0)
    again, metrics = report(data, tmp_path, evaluation, look_up, pictures=0)
    assert "for the first time" in first
    assert "<b>1 time before</b>" in again
    assert metrics["looked_before"] == 1
    assert "everything of known class that was found was called rightly" in again
    assert not (tmp_path / JOURNAL_FILE).exists()


def test_screening_gets_alarms_and_agreement_with_colour(tmp_path):
    # only the place of a class among the classes says what it is called
    classes = ("benign", "early_pre_b", "pre_b")
    data = write_measured(tmp_path / "prepared", screening=True, classes=classes)
    page, metrics = report(data, tmp_path, measure(data, look_up, "screening", classes), look_up)
    alarm = metrics["details"]["drawn"]["alarm"]
    assert alarm["area"]["value"] == 1
    assert alarm["points"][0]["recall"]["value"] == 1
    assert metrics["details"]["drawn"]["agreement"]["miou"]["value"] > 0.5
    assert 'id="alarm"' in page
    assert "Agreement with masks made from colour" in page


def test_the_worst_mistakes_are_shown_surest_first_with_their_evidence(data):
    evaluation = measure(data, turn_wrong)
    mistakes = find_mistakes(evaluation.seen, evaluation.manifest, most=5)
    assert len(mistakes) == 5
    assert [one.confidence for one in mistakes] == sorted((one.confidence for one in mistakes), reverse=True)
    (card, *_) = show_mistakes(mistakes, read_examples(data, "test"), evaluation.manifest)
    assert (card.truth, card.named) != (card.called, False)
    assert "N:C" in card.evidence
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(card.picture), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[1] > picture.shape[0] > 100  # the cell twice, with and without outlines
    assert find_mistakes(measure(data, look_up).seen, evaluation.manifest) == []


def test_a_source_nothing_of_which_was_trained_on_stands_first_as_another_site(data):
    description = read_description(data)
    (known,) = description.sources
    counts = {split: count for split, count in known.counts.items() if split != "train"}
    other = known.model_copy(update={"name": "abroad", "counts": counts})
    lines = list_sources(description.model_copy(update={"sources": (known, other)}), measure(data, look_up))
    assert [line.name for line in lines] == ["abroad", "drawn"]
    assert [line.standing for line in lines] == ["nothing: another site", "other groups of it"]
    assert lines[0].scores is None
    assert lines[1].holds["train"].startswith("36 pictures in")


def test_what_is_no_number_becomes_null():
    assert to_json({"a": (float("nan"), 1.5)}) == {"a": [None, 1.5]}
