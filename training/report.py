"""What an evaluation leaves behind: metrics.json for programs, report.html for people, side by side."""

import base64
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

from contract.bundle import Manifest
from contract.notice import RESEARCH_USE
from training.audit import Audit
from training.description import Description
from training.evaluate import Evaluation
from training.figures import Drawn
from training.mistakes import MistakeCard
from training.outsider_scores import OutsiderScores
from training.report_sources import list_sources

METRICS_FILE = "metrics.json"
REPORT_FILE = "report.html"
FOLDERS = re.compile(r"(?<![\w.])(?:\.{0,2}/)+(?:[^\s/=]+/)*")
"""Everything before the last part of an absolute path, or of one that climbs."""

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, eq=False)
class ReportParts:
    """Everything a report tells.

    Attributes:
        evaluation: what was measured.
        description: of the prepared data.
        audit: shortcut audit, perhaps nothing.
        outsiders: folders of what the model does not know.
        mistakes: worst first within each source.
        figures: as drawn.
        made: how: command, name of model and data, whose outputs, for programs and people.
        facts: what else a reader should know of the model, label and value.
        looked_before: how often the split was evaluated into this folder before.
    """

    evaluation: Evaluation
    description: Description
    audit: Audit
    outsiders: Sequence[OutsiderScores]
    mistakes: Sequence[MistakeCard]
    figures: Sequence[Drawn]
    made: Mapping[str, Any]
    facts: Sequence[tuple[str, str]]
    looked_before: int


def write_metrics(folder: Path, parts: ReportParts) -> Path:
    """Write metrics.json.

    Args:
        folder: existing.
        parts: what is told.

    Returns:
        The file.
    """
    told = tell_evaluation(parts.evaluation) | dict(parts.made)
    told |= {
        "looked_before": parts.looked_before,
        "audit": to_json(parts.audit.sources),
        "outsiders": to_json(parts.outsiders),
        "mistakes": [{k: v for k, v in to_json(one).items() if k != "picture"} for one in parts.mistakes],
    }
    path = folder / METRICS_FILE
    _write_whole(path, json.dumps(told, indent=2, allow_nan=False) + "\n")
    return path


def tell_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    """Give an evaluation as JSON values: notice, split, classes, confidence, sources, details, shortcut baselines."""
    told = to_json(
        {
            "notice": RESEARCH_USE,
            "split": evaluation.split,
            "classes": evaluation.manifest.classes,
            "confidence": describe_confidence(evaluation.manifest),
            "sources": evaluation.scores,
            "details": evaluation.details,
            "shortcut": evaluation.shortcuts,
        }
    )
    return dict(told)


def write_report(folder: Path, parts: ReportParts) -> Path:
    """Write one HTML page that holds every figure and picture and needs no other file.

    Args:
        folder: existing.
        parts: what is told.

    Returns:
        The file.
    """
    figures: dict[str, list[tuple[str, str]]] = {}
    for one in parts.figures:
        kind = "jpeg" if one.path.suffix == ".jpg" else "png"
        picture = f"data:image/{kind};base64,{base64.b64encode(one.path.read_bytes()).decode()}"
        figures.setdefault(one.section, []).append((one.caption, picture))
    page = render(
        "report.html",
        TEMPLATES,
        parts=parts,
        evaluation=parts.evaluation,
        made=parts.made,
        figures=figures,
        sources=list_sources(parts.description, parts.evaluation),
        notice=RESEARCH_USE,
    )
    _write_whole(folder / REPORT_FILE, page)
    return folder / REPORT_FILE


def render(name: str, templates: Path, **values: Any) -> str:
    """Fill in a template; an unknown name in it is an error, and HTML is escaped.

    Args:
        name: file in the folder of templates.
        templates: the folder.
        values: what it speaks of.

    Returns:
        The text.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=jinja2.select_autoescape(("html",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(**values)


def tell_command(program: str, arguments: Sequence[str]) -> str:
    """Say how a program was called, without the folders above what was named: they are nobody's business elsewhere.

    Args:
        program: its name.
        arguments: as given.

    Returns:
        One line.
    """
    return " ".join([program, *(FOLDERS.sub("", argument) for argument in arguments)])


def describe_confidence(manifest: Manifest) -> dict[str, Any]:
    """Give the fitted numbers of a manifest as JSON values."""
    names = ("cell", "field", "conformal", "confidence_fitted_on")
    return {name: value for name, value in manifest.model_dump(mode="json").items() if name in names}


def to_json(value: Any) -> Any:
    """Turn records into JSON values; what is not a number becomes null.

    Args:
        value: dataclasses, mappings, sequences and plain values, nested.

    Returns:
        The same as dicts, lists and plain values.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return to_json(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): to_json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write_whole(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
