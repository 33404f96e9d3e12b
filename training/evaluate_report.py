"""From a measured model to its report: audit, outsiders, mistakes and figures added, everything written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from training.audit import AuditRequest, audit_model
from training.description import Description, read_description
from training.evaluate import Evaluation
from training.figure_set import draw_figures
from training.forward import OutputsOf
from training.looked import note_look
from training.mistakes import find_mistakes, show_mistakes
from training.outsider_scores import OutsiderScores, measure_known, score_outsiders
from training.outsiders import Gate, OutsiderFolder, find_scale, look_at_outsiders
from training.report import ReportParts, tell_command, write_metrics, write_report
from training.sources.request import require_folder
from training.tfrecords import read_examples

FIGURES_FOLDER = "figures"


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What a report adds to an evaluation, and where it goes.

    Attributes:
        out: folder, made where needed.
        data: prepared folder.
        audit_pictures: of each source at most; 0: no audit.
        audit_seed: of the choice of pictures and of every alteration.
        originals: folders of original pictures by source.
        outsiders: folders of what the model does not know.
        command: that asked for it.
    """

    out: Path
    data: Path
    audit_pictures: int
    audit_seed: int
    originals: Mapping[str, Path]
    outsiders: Sequence[OutsiderFolder]
    command: str


@dataclass(frozen=True, slots=True)
class Subject:
    """The model that is reported on.

    Attributes:
        name: of the run or bundle.
        key: tells its weights from all others.
        outputs: whose outputs were read, in words.
        facts: what else a reader should know, label and value.
        outputs_of: the model itself.
        gate: the device's field gate; None: not asked.
    """

    name: str
    key: str
    outputs: str
    facts: Sequence[tuple[str, str]]
    outputs_of: OutputsOf
    gate: Gate | None = None


def check_request(request: ReportRequest) -> None:
    """Refuse a request that would fail after minutes of measuring.

    Raises:
        SourceError: a folder is missing, holds no images, or nobody said its scale.
    """
    for folder in request.outsiders:
        find_scale(folder)
    for originals in request.originals.values():
        require_folder(originals)


def report_evaluation(evaluation: Evaluation, subject: Subject, request: ReportRequest) -> Path:
    """Add to an evaluation what only the report holds, and write metrics.json and report.html.

    Args:
        evaluation: what was measured.
        subject: of which model.
        request: what to add, and where to write.

    Returns:
        The report.

    Raises:
        OriginalsError: a folder of originals does not belong to the data.
        SourceError: a folder is not as expected.
    """
    request.out.mkdir(parents=True, exist_ok=True)
    description = read_description(request.data)
    audit = audit_model(
        request.data,
        evaluation.split,
        subject.outputs_of,
        evaluation.manifest,
        AuditRequest(request.audit_pictures, request.audit_seed, request.originals, request.out, subject.key),
    )
    mistakes = find_mistakes(evaluation.seen, evaluation.manifest)
    tqdm.write("drawing figures")
    parts = ReportParts(
        evaluation=evaluation,
        description=description,
        audit=audit,
        outsiders=_look_outside(evaluation, subject, request.outsiders),
        mistakes=show_mistakes(mistakes, read_examples(request.data, evaluation.split), evaluation.manifest),
        figures=draw_figures(request.out / FIGURES_FOLDER, request.data, evaluation, subject.outputs_of, audit),
        made=_tell_making(subject, request, description),
        facts=subject.facts,
        looked_before=note_look(request.out, evaluation.split, description.created, subject.key),
    )
    write_metrics(request.out, parts)
    return write_report(request.out, parts)


def _look_outside(evaluation: Evaluation, subject: Subject, folders: Sequence[OutsiderFolder]) -> list[OutsiderScores]:
    if not folders:
        return []
    known = measure_known(evaluation.seen, evaluation.manifest)
    scores = []
    for folder in folders:
        seen = look_at_outsiders(folder, subject.outputs_of, evaluation.manifest, subject.gate)
        scores.append(score_outsiders(folder, seen, known, subject.gate is not None))
    return scores


def _tell_making(subject: Subject, request: ReportRequest, description: Description) -> dict[str, Any]:
    return {
        "model": subject.name,
        "outputs": subject.outputs,
        "data": request.data.name,
        "command": request.command,
        "prepared_by": tell_command("", description.command.split()).strip(),
    }
