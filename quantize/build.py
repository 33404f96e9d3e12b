"""From a run to a bundle: convert, prove, fit confidence on int8 outputs, pack; or refuse."""

import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tqdm import tqdm

from contract.bundle import Bundle, Manifest, load_bundle
from contract.notice import RESEARCH_USE
from contract.settings import QuantizeSettings
from device.classifier import Classifier
from device.runtime import check_model, open_interpreter
from quantize.card import CardFacts, write_card
from quantize.convert import Converted, convert
from quantize.gates import Gate, judge_gates, require_gates
from quantize.pack import seal, staging_folder
from quantize.parity import Parity, compare
from quantize.representative import add_extremes, draw_pictures, fill_canvases
from quantize.selftest_data import SelfTest, describe_coverage, make_selftest
from quantize.timing import measure_files
from training.confidence import Fitting, choose_sources
from training.description import Description
from training.drafting import draft_manifest
from training.evaluate import Evaluation, evaluate, open_run, watch
from training.forward import run_float
from training.model import build_model
from training.observe import observe
from training.report import tell_evaluation, to_json
from training.runs import RunRecord

TEST = "test"
WHOSE = "int8 outputs"


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What is to be built.

    Attributes:
        run: made by `leukoscope-train fit`.
        data: made by `leukoscope-train prepare`.
        name: of the bundle.
        version: of the bundle.
        out: folder of the bundle.
        command: that asked for it, for the card.
        confidence_from: sources on which confidence is fitted; empty: all photographs.
    """

    run: Path
    data: Path
    name: str
    version: str
    out: Path
    command: str
    confidence_from: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A bundle with its proof."""

    bundle: Bundle
    parity: Parity
    gates: tuple[Gate, ...]
    evaluation: Evaluation


def build_bundle(request: BuildRequest, settings: QuantizeSettings) -> Built:
    """Build a bundle, or leave nothing.

    Args:
        request: what.
        settings: representative set, seed, named accuracy and gates.

    Returns:
        The bundle as it lies in its folder, and what was measured.

    Raises:
        GateError: the int8 file differs too much from the float network.
        Refusal: run and data do not fit, a split is empty, or the folder cannot be written.
    """
    record, weights, description = open_run(request.run, request.data)
    draft = _draft(request, record, description)
    fitting = Fitting(settings.named_accuracy, request.confidence_from)
    choose_sources(description, fitting.sources)  # refuses before minutes are spent
    with staging_folder(request.out) as folder:
        _say("1/4 converting to int8 and to float32")
        converted = _convert(record, weights, request.data, settings)
        selftest = _test_here(converted, draft, settings.seed)
        seal(folder, draft, {"model.tflite": converted.int8, "selftest.npz": selftest.content})
        _say("2/4 the int8 file on validation and test pictures, in the device's runtime")
        with Classifier(load_bundle(folder), threads=1) as classifier:
            evaluation = evaluate(request.data, TEST, draft, classifier.outputs, description, fitting, WHOSE)
        _say("3/4 the float network on the test pictures")
        floats = observe(watch(request.data, TEST, "float"), run_float(record.model, weights, draft, exact=True), draft)
        _say("4/4 comparing")
        image = next(fill_canvases(draw_pictures(request.data, 8, settings.seed), draft.input_shape))
        parity = compare(floats, evaluation.seen, measure_files(converted.int8, converted.float32, image))
        gates = judge_gates(parity, settings.gates)
        require_gates(gates)
        _finish(folder, request, description, evaluation, parity, gates, selftest)
    return Built(load_bundle(request.out), parity, gates, evaluation)


def _draft(request: BuildRequest, record: RunRecord, description: Description) -> Manifest:
    shape = (record.input_height, record.input_width)
    draft = draft_manifest(record.model, shape, record.um_per_px, request.name, request.version)
    made_with = f"tensorflow {tf.__version__}, keras {keras.__version__}, {platform.machine()}"
    return draft.model_copy(
        update={"data": {one.name: one.fingerprint for one in description.sources}, "made_with": made_with}
    )


def _convert(record: RunRecord, weights: Sequence[Any], data: Path, settings: QuantizeSettings) -> Converted:
    shape = (record.input_height, record.input_width)
    model = build_model(record.model, shape)
    model.set_weights(weights)
    pictures = draw_pictures(data, settings.representative_images, settings.seed)
    canvases = add_extremes(list(fill_canvases(pictures, shape)), settings.seed)
    return convert(model, canvases)


def _test_here(converted: Converted, draft: Manifest, seed: int) -> SelfTest:
    model = open_interpreter(converted.int8)
    check_model(model, draft)
    return make_selftest(model, draft, seed)


def _finish(
    folder: Path,
    request: BuildRequest,
    description: Description,
    evaluation: Evaluation,
    parity: Parity,
    gates: tuple[Gate, ...],
    selftest: SelfTest,
) -> None:
    covers = describe_coverage(evaluation.manifest.classes, selftest)
    report = {
        "notice": RESEARCH_USE,
        "command": request.command,
        "parity": parity,
        "gates": gates,
        "self_test": covers,
        "int8": tell_evaluation(evaluation),
    }
    manifest, data_name = evaluation.manifest, request.data.name
    card = CardFacts(manifest, description, evaluation, parity, gates, covers, request.command, data_name)
    texts = {"parity.json": json.dumps(to_json(report), indent=2) + "\n", "card.md": write_card(card)}
    seal(folder, manifest, {name: text.encode() for name, text in texts.items()})


def _say(step: str) -> None:
    tqdm.write(step, file=sys.stderr)
