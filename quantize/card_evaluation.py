"""How what was measured of a finished bundle comes onto its card: shortcuts, other lamps, outsiders."""

import json
from pathlib import Path
from typing import Any

from contract.bundle import Bundle, load_bundle
from contract.failures import Refusal
from contract.seal import seal
from quantize.card import TEMPLATES
from training.report import METRICS_FILE, render

HEADING = "## Measured on the finished bundle"
CARD = "card.md"


class CardEvaluationError(Refusal):
    """An evaluation is missing, or is about another bundle. Run `leukoscope-quantize evaluate` on this one."""

    exit_code = 4


def add_evaluation(folder: Path, evaluation: Path) -> Bundle:
    """Write an evaluation onto the card of the bundle it is about, and seal the bundle again.

    Args:
        folder: of the bundle.
        evaluation: folder that `leukoscope-quantize evaluate` wrote.

    Returns:
        The bundle with its new card, and so with another short hash; its model is the same.

    Raises:
        CardEvaluationError: there is no evaluation, or it is about another bundle.
        BundleError, SealError: the bundle is broken.
    """
    bundle = load_bundle(folder)
    told = _read(evaluation / METRICS_FILE)
    if told.get("model") != bundle.bundle_id:
        raise CardEvaluationError(f"{evaluation}: about {told.get('model')} (expected {bundle.bundle_id})")
    section = render("evaluation.md", TEMPLATES, told=told, heading=HEADING)
    card = (folder / CARD).read_text(encoding="utf-8").partition(HEADING)[0].rstrip("\n")
    seal(folder, bundle.manifest, {CARD: f"{card}\n\n{section.strip()}\n".encode()})
    return load_bundle(folder)


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CardEvaluationError(f"{path}: {error} (expected what `leukoscope-quantize evaluate` wrote)") from error
    return dict(told)
