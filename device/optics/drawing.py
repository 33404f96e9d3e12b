"""Pictures of what was measured, before and after, for people: drawn with OpenCV alone."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from device.optics.grids import Grid
from device.optics.ruled_lines import Ruling

Picture = NDArray[np.uint8]

PANEL_PX = 360
"""Width of one of two pictures side by side."""

CURVES_PX = 150
GAP = 16
TOP = 28
PAPER, INK, SOFT = (255, 255, 255), (30, 30, 30), (190, 190, 190)
CHANNELS = (("red", (200, 40, 40)), ("green", (20, 130, 40)), ("blue", (40, 70, 210)))
FONT, FONT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.42


def draw_pair(before: Picture, after: Picture, titles: tuple[str, str] = ("before", "after")) -> Picture:
    """Put two pictures side by side.

    Args:
        before: (H, W, 3) uint8 RGB.
        after: the same size.
        titles: above each, ASCII.

    Returns:
        (h, 2 * PANEL_PX + 3 * GAP, 3) uint8.
    """
    panels = [_shrink(picture) for picture in (before, after)]
    height = panels[0].shape[0]
    sheet = _make_sheet(TOP + height + GAP)
    for panel, left, title in zip(panels, _lefts(), titles, strict=True):
        sheet[TOP : TOP + height, left : left + PANEL_PX] = panel
        _write(sheet, title, (left, TOP - 9))
    return sheet


def draw_shading(before: Picture, after: Picture, light: tuple[Grid, Grid], titles: tuple[str, str]) -> Picture:
    """Put a field before and after side by side, and below each the light along the diagonals.

    Args:
        before: (H, W, 3) uint8 RGB.
        after: the same size.
        light: (h, w, 3) levels of the light before and after.
        titles: above each picture, ASCII.

    Returns:
        (h, 2 * PANEL_PX + 3 * GAP, 3) uint8.
    """
    pictures = draw_pair(before, after, titles)
    curves = _make_sheet(CURVES_PX + TOP + 2 * GAP)  # names of curves may stand below the lowest
    profiles = [_follow_diagonals(grid) for grid in light]
    low, high = _find_range(profiles)
    for profile, left in zip(profiles, _lefts(), strict=True):
        _draw_curves(curves, profile, (left, TOP), (low, high))
        _write(curves, "light along the diagonals, % of the centre", (left, TOP - 9))
    return np.concatenate([pictures, curves])


def draw_scale(picture: Picture, um_per_px: float, title: str, ruling: Ruling | None = None) -> Picture:
    """Draw a picture with a bar of 10 um, and the lines of a ruling where one was found.

    Args:
        picture: (H, W, 3) uint8 RGB.
        um_per_px: the scale that was found.
        title: ASCII.
        ruling: the lines that were found.

    Returns:
        The picture before and after, side by side.
    """
    drawn = picture.copy()
    thick = max(1, round(picture.shape[1] / 480))
    if ruling is not None:
        _draw_lines(drawn, ruling, thick)
    height, width = picture.shape[:2]
    length = min(round(10 / um_per_px), width // 2)
    start, end = (width // 20, height - height // 12), (width // 20 + length, height - height // 12)
    cv2.line(drawn, start, end, PAPER, 7 * thick)
    cv2.line(drawn, start, end, INK, 3 * thick)
    return draw_pair(picture, drawn, ("seen", title))


def _draw_lines(drawn: Picture, ruling: Ruling, thick: int) -> None:
    height, width = drawn.shape[:2]
    angle = np.radians(ruling.angle_deg)
    across, along = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    for number in range(ruling.first, ruling.last + 1):
        foot = middle + across * (ruling.start_px + number * ruling.period_px)
        ends = [tuple(round(value) for value in foot + sign * 2 * height * along) for sign in (-1, 1)]
        cv2.line(drawn, ends[0], ends[1], (213, 94, 0), thick, cv2.LINE_AA)


def _shrink(picture: Picture) -> Picture:
    height = round(PANEL_PX * picture.shape[0] / picture.shape[1])
    how = cv2.INTER_AREA if picture.shape[1] >= PANEL_PX else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(picture, (PANEL_PX, height), interpolation=how), np.uint8)
    return small & np.uint8(0xFC)  # without the two bits of noise the file is half as large, and looks the same


def _make_sheet(height: int) -> Picture:
    return np.full((height, 2 * PANEL_PX + 3 * GAP, 3), PAPER, np.uint8)


def _lefts() -> tuple[int, int]:
    return GAP, PANEL_PX + 2 * GAP


def _write(sheet: Picture, text: str, place: tuple[int, int], ink: Sequence[int] = INK) -> None:
    cv2.putText(sheet, text, place, FONT, FONT_SCALE, tuple(ink), 1, cv2.LINE_AA)


def _follow_diagonals(grid: Grid) -> NDArray[np.float32]:
    """(n, 3) levels along both diagonals, averaged, in percent of the centre."""
    # Finer than the grid, or the curves would have its steps.
    grid = np.asarray(cv2.resize(grid, None, fx=8, fy=8, interpolation=cv2.INTER_LINEAR), np.float32)
    height, width = grid.shape[:2]
    count = 200
    rows = np.rint(np.linspace(0, height - 1, count)).astype(int)
    columns = np.rint(np.linspace(0, width - 1, count)).astype(int)
    line = (grid[rows, columns] + grid[rows, columns[::-1]]) / 2
    centre = line[count // 2 - 2 : count // 2 + 2].mean(axis=0)
    return np.asarray(100 * line / np.maximum(centre, 1e-6), np.float32)


def _find_range(profiles: Sequence[NDArray[np.float32]]) -> tuple[int, int]:
    low, high = min(float(one.min()) for one in profiles), max(float(one.max()) for one in profiles)
    return int(np.floor(min(low, 95) / 10) * 10), int(np.ceil(max(high, 105) / 10) * 10)


def _draw_curves(sheet: Picture, profile: NDArray[np.float32], place: tuple[int, int], limits: tuple[int, int]) -> None:
    (left, top), (low, high) = place, limits
    inset, room = 34, 46
    width = PANEL_PX - inset - room

    def to_y(percent: float) -> int:
        return round(top + CURVES_PX * (high - percent) / (high - low))

    step = 10 if high - low <= 60 else 20
    for percent in range(-(-low // step) * step, high + 1, step):
        cv2.line(sheet, (left + inset, to_y(percent)), (left + inset + width, to_y(percent)), SOFT, 1)
        _write(sheet, str(percent), (left, to_y(percent) + 4))
    x = left + inset + np.linspace(0, width, len(profile))
    names: list[int] = []
    for channel, (_, colour) in enumerate(CHANNELS):
        points = np.stack([x, [to_y(value) for value in profile[:, channel]]], axis=1)
        cv2.polylines(sheet, [np.rint(points).astype(np.int32)], False, colour, 2, cv2.LINE_AA)
    for channel in np.argsort(-profile[-1]):
        name, colour = CHANNELS[channel]
        y = max([to_y(float(profile[-1, channel])) + 4, *(taken + 14 for taken in names)])
        names.append(y)
        _write(sheet, name, (left + inset + width + 4, y), colour)
