"""How a judged field becomes rows: one for the field, one for each of its cells, in plain types."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement

from contract.cell import Cell
from contract.stored_features import write_features
from contract.tables import CELL_FRACTIONS, field
from device.frame import Frame
from device.keeping.pictures import Picture
from device.preclassification import Judged, Prediction, StagePosition

Row = dict[str, Any]


def make_field_row(
    slide_id: str, prediction: Prediction, position: StagePosition | None, picture: Picture | None = None
) -> Row:
    """Write down a field of view.

    Args:
        slide_id: the slide it belongs to.
        prediction: the frame and what the bundle said of it.
        position: where it lies on the slide; None where that is not known.
        picture: that was kept of it; None: none.

    Returns:
        The columns of `field` but for identity and sequence.
    """
    frame, field_class = prediction.frame, prediction.field_class
    height, width = frame.image.shape[:2]
    return {
        "slide_id": slide_id,
        "frame_seq": frame.seq,
        "frame_sha256": frame.digest,
        "captured_at": frame.captured_at,
        "height": height,
        "width": width,
        "um_per_px": frame.um_per_px,
        "bundle_id": prediction.bundle_id,
        "rejected": prediction.rejected,
        "field_class": field_class.name if field_class else None,
        "field_confidence": field_class.confidence if field_class else None,
        "field_probabilities": field_class.probabilities if field_class else None,
        "quality": asdict(frame.quality),
        "infer_ms": prediction.infer_ms,
        "stage_x_um": position.x_um if position else None,
        "stage_y_um": position.y_um if position else None,
        "stage_region": position.region if position else None,
        "simulated": frame.simulated,
        "optics": frame.optics or None,
        "picture_path": picture.path if picture else None,
        "picture_sha256": picture.sha256 if picture else None,
    }


def make_verdict_rows(judged: Judged) -> list[Row]:
    """Write down what changed of cells that are stored.

    Args:
        judged: with one verdict or more.

    Returns:
        For each verdict the columns of `verdict` but for identity and sequence.
    """
    decided_at = judged.prediction.frame.captured_at
    return [asdict(verdict) | {"decided_at": decided_at} for verdict in judged.verdicts]


def is_frame(slide_id: str, frame: Frame) -> ColumnElement[bool]:
    """Return the condition on `field` that holds for this very frame only: its number starts again with each run."""
    same = (field.c.slide_id == slide_id) & (field.c.frame_seq == frame.seq)
    return same & (field.c.frame_sha256 == frame.digest) & (field.c.captured_at == frame.captured_at)


def make_cell_rows(field_id: str, cells: Sequence[Cell], counted: Sequence[bool], network: str) -> list[Row]:
    """Write down the cells of a field.

    Args:
        field_id: the field they lie in.
        cells: in the order of the prediction.
        counted: for each cell, whether it enters the differential.
        network: sha256 of the model that gave the features; empty: not known.

    Returns:
        For each cell the columns of `cell` but for identity and sequence.
    """
    return [_make_cell_row(field_id, cell, counts, network) for cell, counts in zip(cells, counted, strict=True)]


def _make_cell_row(field_id: str, cell: Cell, counts: bool, network: str) -> Row:
    x0, y0, x1, y1 = cell.box
    return {
        "field_id": field_id,
        "x0": x0,
        "y0": y0,
        "x1": x1,
        "y1": y1,
        "contour": cell.contour,
        "cell_type": cell.cell_type,
        "confidence": cell.confidence,
        "probabilities": cell.probabilities,
        "candidates": cell.candidates,
        "nucleus_fraction": cell.nucleus_fraction,
        "area_um2": cell.area_um2,
        "touches_border": cell.touches_border,
        "counted": counts,
        **{name: getattr(cell.shape, name) for name in ("diameter_um", *CELL_FRACTIONS, "nucleus_lobes")},
        "attributes": {group: asdict(reading) for group, reading in cell.attributes.items()},
        "features": write_features(cell.features, network),
    }
