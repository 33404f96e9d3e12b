"""What an evaluation leaves behind: metrics.json for programs, report.html for people, both in the run folder."""

import base64
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from contract.bundle import Manifest
from contract.notice import RESEARCH_USE
from training.evaluate import Evaluation

METRICS_FILE = "metrics.json"
REPORT_FILE = "report.html"
FOLDERS = re.compile(r"(?<![\w.])(?:\.{0,2}/)+(?:[^\s/=]+/)*")
"""Everything before the last part of an absolute path, or of one that climbs."""

TEMPLATES = Path(__file__).parent / "templates"


def write_metrics(run: Path, evaluation: Evaluation, made: Mapping[str, Any]) -> Path:
    """Write metrics.json.

    Args:
        run: run folder.
        evaluation: what was measured.
        made: how: command, run and data.

    Returns:
        The file.
    """
    path = run / METRICS_FILE
    _write_whole(path, json.dumps(tell_evaluation(evaluation) | dict(made), indent=2, allow_nan=False) + "\n")
    return path


def tell_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    """Give an evaluation as JSON values: notice, split, classes, confidence, sources and shortcut baselines."""
    told = to_json(
        {
            "notice": RESEARCH_USE,
            "split": evaluation.split,
            "classes": evaluation.manifest.classes,
            "confidence": describe_confidence(evaluation.manifest),
            "sources": evaluation.scores,
            "shortcut": evaluation.shortcuts,
        }
    )
    return dict(told)


def write_report(run: Path, evaluation: Evaluation, figures: Mapping[str, Path], made: Mapping[str, Any]) -> Path:
    """Write one HTML page that holds every figure and picture and needs no other file.

    Args:
        run: run folder.
        evaluation: what was measured.
        figures: PNG files by caption.
        made: how: command, run and data.

    Returns:
        The file.
    """
    pictures = {caption: base64.b64encode(path.read_bytes()).decode() for caption, path in figures.items()}
    page = render("report.html", TEMPLATES, evaluation=evaluation, pictures=pictures, made=made, notice=RESEARCH_USE)
    _write_whole(run / REPORT_FILE, page)
    return run / REPORT_FILE


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
    names = ("cell", "field", "conformal", "energy_threshold", "confidence_fitted_on")
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
