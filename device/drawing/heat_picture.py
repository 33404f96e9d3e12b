"""The picture of a heat map: the cell as it is and, beside it, with what speaks for and against its likeliest class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.cell import Cell
from contract.notice import RESEARCH_USE
from device.drawing.heat_map import Heat
from device.drawing.lettering import FONT
from device.drawing.overlay import describe_cell
from device.drawing.palette import BLACK, BLUE, VERMILION, WHITE

PANEL_PX = 288
"""Side of a panel: two beside each other fit a 7-inch screen."""

AROUND = 0.25
"""How much of the field is shown around a cell, as a share of its larger side."""

STRONGEST = 0.7
"""How far the strongest evidence covers the cell's own colours; more would hide what it points at."""

GAP = ((0, 0), (0, 4), (0, 0))
LINE_PX = 18
TEXT_SCALE = 0.42
LEGEND_PX = 34


def draw_heat_map(
    image: NDArray[np.uint8], cell: Cell, heats: Sequence[Heat], evidence: str, um_per_px: float
) -> NDArray[np.uint8]:
    """Draw a cell as it is and, beside it, what speaks for its likeliest class in orange and against it in blue.

    Each heat has its own scale, written under it, so that weak evidence is seen too.

    Args:
        image: (H, W, 3) uint8 RGB, the field.
        cell: in it.
        heats: what to lay over the cell, a panel each.
        evidence: the cell's evidence in words.
        um_per_px: size of a field pixel, for the scale bar.

    Returns:
        RGB picture: panels in a row, legends, name, evidence and the notice for research use under them.
    """
    view = _View.around(cell.box)
    plain = view.cut(image)
    inside = view.fill(cell.contour)
    panels = [_with_legend(_outline(plain, cell, view), _draw_scale_bar(um_per_px, view.zoom))]
    for heat in heats:
        values = view.sample(heat)
        limit = max(float(np.abs(values[inside]).max(initial=0.0)), 1e-6)
        tinted = _tint(plain, values / limit, inside)
        panels.append(_with_legend(_outline(tinted, cell, view), _draw_legend(heat.title, limit)))
    row = np.concatenate([np.pad(panel, GAP, constant_values=255) for panel in panels], axis=1)
    return np.concatenate([row, _write(f"{describe_cell(cell)}: {evidence}", row.shape[1])])


@dataclass(frozen=True, slots=True)
class _View:
    """Which square of a field fills a panel: (x, y) of its corner in field pixels, and panel pixels per field pixel."""

    x: float
    y: float
    zoom: float

    @classmethod
    def around(cls, box: tuple[int, int, int, int]) -> "_View":
        x0, y0, x1, y1 = box
        side = max(x1 - x0, y1 - y0) * (1 + 2 * AROUND)
        return cls((x0 + x1 - side) / 2, (y0 + y1 - side) / 2, PANEL_PX / side)

    def cut(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.asarray(self._warp(image, (0.0, 0.0), (1.0, 1.0), cv2.BORDER_CONSTANT, (60.0, 60.0, 60.0)), np.uint8)

    def sample(self, heat: Heat) -> NDArray[np.float32]:
        return np.asarray(self._warp(heat.values, heat.origin, heat.px_per_place, cv2.BORDER_REPLICATE), np.float32)

    def move(self, contour: Sequence[tuple[int, int]]) -> NDArray[np.int32]:
        points = (np.array(contour, np.float64) + 0.5 - (self.x, self.y)) * self.zoom - 0.5
        return np.rint(points).astype(np.int32)

    def fill(self, contour: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
        plane = np.zeros((PANEL_PX, PANEL_PX), np.uint8)
        cv2.fillPoly(plane, [self.move(contour)], 1)
        return plane.astype(bool)

    def _warp(
        self,
        source: NDArray[Any],
        origin: tuple[float, float],
        step: tuple[float, float],
        border: int,
        outside: tuple[float, ...] = (),
    ) -> NDArray[Any]:
        """Sample a source whose pixels are `step` field pixels wide, from `origin` on; centres lie at i + 0.5."""
        factors = [1 / (self.zoom * one) for one in step]
        shifts = [
            (corner + 0.5 / self.zoom - begin) / one - 0.5
            for corner, begin, one in zip((self.x, self.y), origin, step, strict=True)
        ]
        matrix = np.array([[factors[0], 0, shifts[0]], [0, factors[1], shifts[1]]])
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        size = (PANEL_PX, PANEL_PX)
        warped = cv2.warpAffine(source, matrix, size, flags=flags, borderMode=border, borderValue=outside)
        return np.asarray(warped)


def _tint(plain: NDArray[np.uint8], share: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Lay orange over what speaks for the class and blue over what speaks against it, the stronger the denser."""
    colour = np.where(share[..., None] > 0, np.array(VERMILION, np.float32), np.array(BLUE, np.float32))
    # grey below the tint: a purple nucleus must not pass for a colour of the scale
    grey = cv2.cvtColor(cv2.cvtColor(plain, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    cover = (np.clip(np.abs(share), 0, 1) * STRONGEST)[..., None]
    mixed = np.where(inside[..., None], grey * (1 - cover) + colour * cover, plain)
    return np.asarray(np.clip(mixed, 0, 255), np.uint8)


def _outline(panel: NDArray[np.uint8], cell: Cell, view: _View) -> NDArray[np.uint8]:
    drawn = panel.copy()
    cv2.polylines(drawn, [view.move(cell.contour)], True, BLACK, 3, cv2.LINE_AA)
    cv2.polylines(drawn, [view.move(cell.contour)], True, WHITE, 1, cv2.LINE_AA)
    for nucleus in cell.nucleus_contours:
        cv2.polylines(drawn, [view.move(nucleus)], True, BLACK, 1, cv2.LINE_AA)
    return drawn


def _draw_scale_bar(um_per_px: float, zoom: float) -> NDArray[np.uint8]:
    strip = np.full((LEGEND_PX, PANEL_PX, 3), WHITE, np.uint8)
    length = round(5 / um_per_px * zoom)
    cv2.line(strip, (8, 10), (8 + length, 10), BLACK, 3)
    _put(strip, "5 um", (8, 28))
    return strip


def _draw_legend(title: str, limit: float) -> NDArray[np.uint8]:
    strip = np.full((LEGEND_PX, PANEL_PX, 3), WHITE, np.uint8)
    share = np.tile(np.linspace(-1, 1, PANEL_PX - 16, dtype=np.float32), (10, 1))
    strip[4:14, 8:-8] = _tint(np.full((*share.shape, 3), 150, np.uint8), share, np.ones(share.shape, np.bool_))
    _put(strip, f"against {-limit:.1f}", (8, 28))
    right = f"{title} {limit:+.1f}"
    _put(strip, right, (PANEL_PX - 8 - cv2.getTextSize(right, FONT, TEXT_SCALE, 1)[0][0], 28))
    return strip


def _with_legend(panel: NDArray[np.uint8], legend: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.concatenate([panel, legend])


def _write(text: str, width: int) -> NDArray[np.uint8]:
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if cv2.getTextSize(longer, FONT, TEXT_SCALE, 1)[0][0] > width - 16:
            lines.append(line)
            longer = word
        line = longer
    lines += [line, RESEARCH_USE]
    paper = np.full((LINE_PX * len(lines) + 8, width, 3), WHITE, np.uint8)
    for row, words in enumerate(lines):
        _put(paper, words, (8, LINE_PX * (row + 1) - 4))
    return paper


def _put(canvas: NDArray[np.uint8], text: str, place: tuple[int, int]) -> None:
    cv2.putText(canvas, text, place, FONT, TEXT_SCALE, BLACK, 1, cv2.LINE_AA)
