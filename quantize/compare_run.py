"""compare.json and compare.md: every format of a run's network beside each other."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contract.notice import RESEARCH_USE
from contract.settings import QuantizeSettings
from quantize.convert import FORMATS, INT8, convert
from quantize.formats import Comparison, compare_formats
from quantize.opened import open_for_quantizing
from quantize.slim import slim_file
from training.report import render, to_json

TEMPLATES = Path(__file__).parent / "templates"


def compare_run(run: Path, data: Path, settings: QuantizeSettings, pictures: int) -> Comparison:
    """Convert a run to every format and measure them.

    Args:
        run: made by `leukoscope-train fit`.
        data: made by `leukoscope-train prepare`.
        settings: representative set.
        pictures: test pictures on which accuracy, mIoU and agreement are measured, at most.

    Returns:
        The table.
    """
    opened = open_for_quantizing(run, data)
    canvases = opened.choose_representative(settings).canvases
    files = convert(opened.build_network(), canvases, FORMATS)
    files[INT8] = slim_file(files[INT8])
    return compare_formats(files, opened.draft, data, pictures, canvases[0])


def write_comparison(folder: Path, comparison: Comparison, made: Mapping[str, Any]) -> str:
    """Write compare.json for programs and compare.md for people.

    Args:
        folder: made where needed.
        comparison: measured.
        made: how: command, run and data.

    Returns:
        What compare.md says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told = {"notice": RESEARCH_USE, **made, "comparison": comparison}
    (folder / "compare.json").write_text(json.dumps(to_json(told), indent=2) + "\n", encoding="utf-8")
    page = render("compare.md", TEMPLATES, comparison=comparison, notice=RESEARCH_USE, made=made)
    (folder / "compare.md").write_text(page, encoding="utf-8")
    return page
