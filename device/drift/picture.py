"""Drift as a picture: one panel for light, focus, cover and stain each, with limits and calibrations."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.notice import RESEARCH_USE
from contract.settings import QualitySettings
from device.drift.summary import Drift, Spread

WIDTH, HEIGHT, MARGIN, HEAD = 1200, 260, 70, 34
INK, FAINT, LIMIT, CALIBRATION = (30, 30, 30), (205, 205, 205), (170, 60, 0), (0, 90, 160)
LAMP = {"red": (213, 94, 0), "green": (0, 130, 90), "blue": (0, 114, 178)}
"""Okabe and Ito's, dark enough for thin lines on white; each line also bears its name."""

FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, slots=True)
class Panel:
    """What one panel shows.

    Attributes:
        title: with its unit.
        colours: of the lines, by measure.
        limits: levels drawn as lines.
    """

    title: str
    colours: dict[str, tuple[int, int, int]]
    limits: tuple[float, ...]


def draw_drift(drift: Drift, limits: QualitySettings) -> NDArray[np.uint8]:
    """Draw the panels below each other.

    Args:
        drift: as read.
        limits: of a field's quality.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    panels = (
        Panel("empty plasma, grey levels", LAMP, ()),
        Panel("focus, % of luminance", {"focus": INK}, (limits.min_focus,)),
        Panel("cover, share of the field", {"cover": INK}, (limits.min_cover, limits.max_cover)),
        Panel("stain, distance from the training data", {"stain": INK}, (limits.max_stain_distance,)),
    )
    canvas = np.full((HEAD + HEIGHT * len(panels), WIDTH, 3), 255, np.uint8)
    head = f"{drift.camera}: median and quartiles by {drift.step}. {RESEARCH_USE}"
    cv2.putText(canvas, head, (12, 22), FONT, 0.5, INK, 1, cv2.LINE_AA)
    for row, panel in enumerate(panels):
        _draw_panel(canvas[HEAD + row * HEIGHT : HEAD + (row + 1) * HEIGHT], drift, panel)
    return canvas


def _draw_panel(canvas: NDArray[np.uint8], drift: Drift, panel: Panel) -> None:
    spreads = [one for stretch in drift.stretches for name in panel.colours if (one := stretch.spreads.get(name))]
    levels = [*panel.limits, *(one.low for one in spreads), *(one.high for one in spreads)] or [0.0]
    plot = _Plot(canvas, drift, (min(levels), max(levels)))
    cv2.putText(canvas, panel.title, (MARGIN, 16), FONT, 0.45, INK, 1, cv2.LINE_AA)
    plot.draw_frame()
    for level in panel.limits:
        plot.draw_level(level)
    plot.draw_calibrations()
    for place, (name, colour) in enumerate(panel.colours.items()):
        found = [(stretch.at.timestamp(), stretch.spreads.get(name)) for stretch in drift.stretches]
        plot.draw_line([(at, one) for at, one in found if one], colour)
        if len(panel.colours) > 1:
            cv2.putText(canvas, name, (WIDTH - 200 + 60 * place, 16), FONT, 0.45, colour, 1, cv2.LINE_AA)


class _Plot:
    """One panel's axes."""

    def __init__(self, canvas: NDArray[np.uint8], drift: Drift, levels: tuple[float, float]) -> None:
        self._canvas, self._drift = canvas, drift
        moments = [stretch.at.timestamp() for stretch in drift.stretches] or [0.0]
        self._first, self._last = min(moments), max(moments)
        spare = 0.06 * (levels[1] - levels[0]) or 1.0
        self._low, self._high = levels[0] - spare, levels[1] + spare

    def draw_frame(self) -> None:
        top_left, bottom_right = (MARGIN, 26), (WIDTH - 20, HEIGHT - 26)
        cv2.rectangle(self._canvas, top_left, bottom_right, FAINT, 1)
        for level in np.linspace(self._low, self._high, 4)[1:-1]:
            self._write(f"{level:.3g}", 8, self._y(float(level)) + 4)
        for stretch in (self._drift.stretches[:1] + self._drift.stretches[-1:])[:2]:
            x = self._x(stretch.at.timestamp())
            self._write(f"{stretch.at:%Y-%m-%d %H:%M}", min(x, WIDTH - 150), HEIGHT - 8)

    def draw_level(self, level: float) -> None:
        y = self._y(level)
        for x in range(MARGIN, WIDTH - 20, 14):
            cv2.line(self._canvas, (x, y), (x + 7, y), LIMIT, 1)
        self._write(f"limit {level:g}", WIDTH - 110, y - 4, LIMIT)

    def draw_calibrations(self) -> None:
        for one in self._drift.calibrations:
            x = self._x(one.at.timestamp())
            if MARGIN <= x <= WIDTH - 20:
                cv2.line(self._canvas, (x, 26), (x, HEIGHT - 26), CALIBRATION, 1)
                self._write(one.kind.removeprefix("optics_"), x + 3, 38, CALIBRATION)

    def draw_line(self, points: Sequence[tuple[float, Spread]], colour: tuple[int, int, int]) -> None:
        places = [(self._x(at), self._y(one.median)) for at, one in points]
        for (at, one), place in zip(points, places, strict=True):
            cv2.line(self._canvas, (self._x(at), self._y(one.low)), (self._x(at), self._y(one.high)), colour, 1)
            cv2.circle(self._canvas, place, 3, colour, -1, cv2.LINE_AA)
        cv2.polylines(self._canvas, [np.array(places, np.int32).reshape(-1, 1, 2)], False, colour, 1, cv2.LINE_AA)

    def _write(self, words: str, x: int, y: int, colour: tuple[int, int, int] = INK) -> None:
        cv2.putText(self._canvas, words, (x, y), FONT, 0.4, colour, 1, cv2.LINE_AA)

    def _x(self, at: float) -> int:
        share = (at - self._first) / ((self._last - self._first) or 1.0)
        return MARGIN + 10 + round(share * (WIDTH - MARGIN - 40))

    def _y(self, level: float) -> int:
        return HEIGHT - 26 - round((level - self._low) / (self._high - self._low) * (HEIGHT - 52))
