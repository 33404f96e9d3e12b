"""How a prediction is written as one line of JSON, for scripts: documented, and kept stable."""

import json
from dataclasses import asdict
from typing import Any

from contract.cell import Cell, FieldClass
from contract.evidence import describe_evidence, describe_learning
from contract.notice import RESEARCH_USE
from device.preclassification import Prediction


def write_line(
    name: str, prediction: Prediction, attributes_learned_from: str | None = None, fitted_here: str | None = None
) -> str:
    """Bring a prediction into the documented form.

    Args:
        name: relative path of the image.
        prediction: of it.
        attributes_learned_from: in words, the pictures that taught the attributes, as the manifest says.
        fitted_here: microscope on whose cells confidence was fitted, as the manifest says; None: elsewhere.

    Returns:
        One JSON object and a line feed; keys in a fixed order, more may follow, none goes.
    """
    height, width = prediction.frame.image.shape[:2]
    line = {
        "image": name,
        "height": height,
        "width": width,
        "bundle": prediction.bundle_id,
        "rejected": prediction.rejected,
        "field": None if prediction.field_class is None else _describe_field(prediction.field_class),
        "cells": [_describe_cell(cell) for cell in prediction.cells],
        "um_per_px": round(prediction.frame.um_per_px, 6),
        "notice": RESEARCH_USE,
        "confidence_fitted_here": fitted_here,
        "attributes_note": describe_learning(attributes_learned_from) if _shows_attributes(prediction) else None,
    }
    return json.dumps(line, ensure_ascii=False) + "\n"


def _describe_field(field: FieldClass) -> dict[str, Any]:
    return {
        "class": field.name,
        "confidence": round(field.confidence, 6),
        "probabilities": _round_all(field.probabilities),
    }


def _describe_cell(cell: Cell) -> dict[str, Any]:
    return {
        "box": list(cell.box),
        "cell_type": cell.cell_type,
        "confidence": round(cell.confidence, 6),
        "probabilities": _round_all(cell.probabilities),
        "candidates": list(cell.candidates),
        "nucleus_fraction": round(cell.nucleus_fraction, 6),
        "area_um2": round(cell.area_um2, 2),
        "touches_border": cell.touches_border,
        "shape": {key: round(value, 4) for key, value in asdict(cell.shape).items()},
        "attributes": {
            group: {"value": reading.value, "probability": round(reading.probability, 6)}
            for group, reading in cell.attributes.items()
        },
        "evidence": describe_evidence(cell),
        "outside": round(cell.outside, 4),
    }


def _shows_attributes(prediction: Prediction) -> bool:
    return any(cell.attributes for cell in prediction.cells)


def _round_all(probabilities: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in probabilities.items()}
