"""From a run to a bundle: convert, prove, fit confidence on int8 outputs, pack; or refuse."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from contract.bundle import Bundle, Manifest, load_bundle
from contract.fitting import fit_temperature
from contract.notice import RESEARCH_USE
from contract.seal import seal
from contract.settings import QuantizeSettings
from device.network.classifier import Classifier
from quantize.card import CardFacts, write_card
from quantize.convert import FLOAT32, FORMATS, INT8
from quantize.describe import describe_stain
from quantize.formats import Comparison, compare_formats
from quantize.gates import Gate, judge_gates, require_gates
from quantize.layers import find_costliest
from quantize.making import Made, make_files
from quantize.opened import Opened, open_for_quantizing
from quantize.pack import staging_folder
from quantize.parity import Parity, compare
from quantize.selftest_data import describe_coverage
from quantize.timing import measure_files
from quantize.turns import Turn, observe_turns
from training.confidence import Fitting, choose_sources
from training.crossed import CrossedScores, score_crossed
from training.evaluate import Evaluation, evaluate, watch
from training.forward import run_float
from training.observe import SeenImage, observe
from training.report import tell_evaluation, to_json
from training.tabulate import tabulate_cells, tabulate_fields

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
        compared: test pictures on which the formats are compared for the card; 0: they are not.
        turns: runs that were trained without some of the slides, on which confidence is fitted in place of the
            validation split.
    """

    run: Path
    data: Path
    name: str
    version: str
    out: Path
    command: str
    confidence_from: frozenset[str] = frozenset()
    compared: int = 0
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """What was measured of a bundle.

    Attributes:
        parity: with the float network.
        gates: verdicts.
        evaluation: of the int8 file on the test split.
        comparison: with other formats; None: not asked for.
        crossed: slides left out in turn; None: not asked for.
    """

    parity: Parity
    gates: tuple[Gate, ...]
    evaluation: Evaluation
    comparison: Comparison | None
    crossed: CrossedScores | None


def build_bundle(request: BuildRequest, settings: QuantizeSettings) -> tuple[Bundle, Proof]:
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
    opened = open_for_quantizing(request.run, request.data, request.name, request.version)
    turns = observe_turns(request.turns, opened.description, settings)
    crossed = tuple(image for images in turns.values() for image in images)
    fitting = Fitting(settings.named_accuracy, choose_sources(opened.description, request.confidence_from), crossed)
    with staging_folder(request.out) as folder:
        _say("1/5 converting to int8 and to float")
        made = make_files(opened, settings, FORMATS if request.compared else (FLOAT32, INT8))
        seal(folder, opened.draft, {"model.tflite": made.files[INT8], "selftest.npz": made.selftest.content})
        _say("2/5 the int8 file on validation and test pictures, in the device's runtime")
        with Classifier(load_bundle(folder), threads=1) as classifier:
            evaluation = evaluate(
                request.data, TEST, opened.draft, classifier.outputs, opened.description, fitting, WHOSE
            )
        _say("3/5 the float network on validation and test pictures")
        proof = _prove(request, settings, opened, made, evaluation, fitting)
        if turns:
            proof = replace(proof, crossed=score_crossed(turns, opened.draft, settings.named_accuracy))
        _finish(folder, request, opened, made, proof)
    return load_bundle(request.out), proof


def _prove(
    request: BuildRequest,
    settings: QuantizeSettings,
    opened: Opened,
    made: Made,
    evaluation: Evaluation,
    fitting: Fitting,
) -> Proof:
    floats, temperature = _observe_float(opened, fitting)
    _say("4/5 holding the difference against the gates")
    image = made.representative.canvases[0]
    files = measure_files(made.files[INT8], made.files[FLOAT32], image)
    fitted = evaluation.manifest.field or evaluation.manifest.cell
    # both sides at one temperature where it was fitted on slides that only the runs left in turn have not seen
    temperatures = (fitted.temperature if fitting.crossed else temperature, fitted.temperature)
    parity = compare(floats, evaluation.seen, files, opened.draft.classes, temperatures)
    gates = judge_gates(parity, settings.gates)
    require_gates(gates)
    comparison = None
    if request.compared:
        _say("5/5 comparing formats")
        comparison = compare_formats(made.files, opened.draft, request.data, request.compared, image)
    return Proof(parity, gates, evaluation, comparison, None)


def _observe_float(opened: Opened, fitting: Fitting) -> tuple[list[SeenImage], float]:
    """Test pictures through the float network, and the temperature fitted on its own validation outputs."""
    draft = opened.draft
    outputs_of = run_float(opened.record.model, opened.weights, draft, exact=True)
    chosen = (one for one in watch(opened.data, "val", "float") if one.source in fitting.sources)
    judged = observe(chosen, outputs_of, draft)
    things = (tabulate_cells if draft.field is None else tabulate_fields)(judged, len(draft.classes))
    seen = observe(watch(opened.data, TEST, "float"), outputs_of, draft)
    return seen, fit_temperature(things.logits, things.truth)


def _finish(folder: Path, request: BuildRequest, opened: Opened, made: Made, proof: Proof) -> None:
    told = describe_stain(request.data, proof.evaluation.manifest.um_per_px)
    manifest: Manifest = proof.evaluation.manifest.model_copy(update={"stain": told and told.stain})
    covers = describe_coverage(manifest.classes, made.selftest)
    shown = made.representative
    report = {
        "notice": RESEARCH_USE,
        "command": request.command,
        "parity": proof.parity,
        "gates": proof.gates,
        "self_test": covers,
        "representative": {"sources": shown.sources, "classes": shown.classes, "extremes": shown.extremes},
        "layers": made.layers,
        "formats": proof.comparison,
        "slides_left_out_in_turn": proof.crossed,
        "int8": tell_evaluation(proof.evaluation),
    }
    card = CardFacts(
        manifest=manifest,
        description=opened.description,
        evaluation=proof.evaluation,
        parity=proof.parity,
        gates=proof.gates,
        comparison=proof.comparison,
        crossed=proof.crossed,
        costliest=find_costliest(made.layers),
        representative=shown,
        selftest=covers,
        command=request.command,
        data_name=request.data.name,
        stain=told.section if told else "",
    )
    texts = {"parity.json": json.dumps(to_json(report), indent=2) + "\n", "card.md": write_card(card)}
    seal(folder, manifest, {name: text.encode() for name, text in texts.items()})


def _say(step: str) -> None:
    tqdm.write(step, file=sys.stderr)
