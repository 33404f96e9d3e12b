"""What a person sees of a prediction: outlines, names and what must be said beside them, on a copy of the frame."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.cell import Cell, FieldClass, Point
from contract.cell_types import SMUDGE, UNIDENTIFIED
from contract.notice import RESEARCH_USE
from device.drawing.lettering import Box, Lettering
from device.drawing.palette import BLACK, VERMILION, WHITE, TypeStyle, style_of
from device.preclassification import Mark, Prediction

SIMULATED = "SIMULATED"
TICK = "    "  # room behind a name


def draw_overlay(prediction: Prediction, marks: Sequence[Mark | None] = ()) -> NDArray[np.uint8]:
    """Draw a prediction on a copy of its frame.

    Cells have a solid outline in their type's colour and a label with name and confidence; nuclei a dashed one. A
    rejected field carries its reason instead of cells. The notice for research use is always there.

    Args:
        prediction: with its frame, which stays as it is.
        marks: for each cell which of the slide's it is; one in the count has a tick behind its name; empty: not known.

    Returns:
        (H, W, 3) uint8 RGB of the frame's size.
    """
    canvas = prediction.frame.view.copy()
    classes = _classes_of(prediction)
    lettering = Lettering(canvas)
    cells, marks = ((), ()) if prediction.rejected is not None else (prediction.cells, marks)
    # Outlines first: no cell at the edge may cover what has to be read.
    for cell in cells:
        _outline_cell(canvas, cell, style_of(cell.cell_type, classes), lettering.line)
    taken = [lettering.write_band(RESEARCH_USE)]
    if prediction.frame.simulated:
        taken.append(lettering.write_tag(SIMULATED, "right", VERMILION, BLACK))
    if prediction.rejected is not None:
        lettering.write_tag(f"Not analysed: {prediction.rejected}", "left", BLACK, WHITE)
    elif prediction.field_class is not None:
        taken.append(_write_field_class(lettering, prediction.field_class, classes))
    counted = [mark is not None and mark.in_count for mark in marks] or [False] * len(cells)
    for cell, ticked in zip(cells, counted, strict=True):
        style = style_of(cell.cell_type, classes)
        taken.append(_label_cell(lettering, cell, style, taken, TICK if ticked else ""))
        if ticked:
            _draw_tick(canvas, taken[-1], style)
    return canvas


def describe_cell(cell: Cell) -> str:
    """Say in a few words what a cell is called and how surely.

    Args:
        cell: as the bundle reads it.

    Returns:
        `neutrophil 98 %`, or `? NEU/EOS 48 %` where it is unidentified.
    """
    if cell.cell_type == SMUDGE:
        return style_of(SMUDGE).name  # how sure the network is of the likeliest type says nothing of a smudge
    if cell.cell_type == UNIDENTIFIED:
        # Three of five types say little more than "?"; a long label would hide the next cell.
        candidates = "/".join(style_of(name).short for name in cell.candidates[:3])
        return f"? {candidates} {cell.confidence:.0%}"
    return f"{style_of(cell.cell_type).name} {cell.confidence:.0%}"


def _write_field_class(lettering: Lettering, field_class: FieldClass, classes: Sequence[str]) -> Box:
    style = style_of(field_class.name, classes)
    likeliest = max(field_class.probabilities, key=field_class.probabilities.__getitem__)
    name = f"? {style_of(likeliest).name}" if field_class.name == UNIDENTIFIED else style.name
    return lettering.write_tag(f"Field: {name} {field_class.confidence:.0%}", "left", style.rgb, style.ink)


def _classes_of(prediction: Prediction) -> tuple[str, ...]:
    return tuple(prediction.cells[0].probabilities) if prediction.cells else ()


def _outline_cell(canvas: NDArray[np.uint8], cell: Cell, style: TypeStyle, line: int) -> None:
    outline = [np.array(cell.contour, np.int32)]
    # A dark casing keeps the colour readable on plasma as on nuclei.
    cv2.polylines(canvas, outline, True, BLACK, line + 2, cv2.LINE_AA)
    cv2.polylines(canvas, outline, True, style.rgb, line, cv2.LINE_AA)
    for nucleus in cell.nucleus_contours:
        cv2.polylines(canvas, [np.array(nucleus, np.int32)], True, BLACK, 1, cv2.LINE_AA)
        cv2.polylines(canvas, _cut_dashes(nucleus, 5.0 * line), False, WHITE, 1, cv2.LINE_AA)


def _cut_dashes(contour: Sequence[Point], dash_px: float) -> list[NDArray[np.int32]]:
    points = np.array([*contour, contour[0]], np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    count = 2 * max(1, round(along[-1] / (2 * dash_px)))
    at = np.linspace(0, along[-1], 3 * count + 1)
    x, y = np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])
    fine = np.rint(np.stack([x, y], axis=1)).astype(np.int32)
    return [fine[start : start + 4] for start in range(0, 3 * count, 6)]


def _label_cell(lettering: Lettering, cell: Cell, style: TypeStyle, taken: Sequence[Box], room: str) -> Box:
    text = describe_cell(cell) + room
    place = lettering.find_place(text, cell.box, taken)
    return lettering.write(text, place, style.rgb, style.ink)


def _draw_tick(canvas: NDArray[np.uint8], label: Box, style: TypeStyle) -> None:
    height = label[3] - label[1]
    corner = np.array((label[2] - height, label[1]))
    points = np.rint(corner + np.array([(0.2, 0.55), (0.42, 0.75), (0.8, 0.28)]) * height).astype(np.int32)
    cv2.polylines(canvas, [points], False, style.ink, max(1, height // 14), cv2.LINE_AA)
