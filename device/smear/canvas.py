"""How a shape in micrometres becomes pixels: a square drawn finer than the camera sees it, then averaged down."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""(fine_px, fine_px) while drawing, (side_px, side_px) when finished; mostly 0..1."""
Points = NDArray[np.floating[Any]]
"""(N, 2) x and y, or (N,) values, in micrometres from the cell's centre."""
SUPERSAMPLING = 2
_SHIFT = 5  # fractional bits of cv2's drawing: edges at 1/32 of a pixel


@dataclass(frozen=True, slots=True)
class Canvas:
    """A square with the cell's centre in its middle.

    Attributes:
        side_px: side of the finished picture in field pixels, odd so that the centre is a pixel.
        um_per_px: scale of the finished picture.
    """

    side_px: int
    um_per_px: float

    @property
    def fine_px(self) -> int:
        """Side while drawing."""
        return self.side_px * SUPERSAMPLING

    @property
    def step_um(self) -> float:
        """Size of a pixel while drawing."""
        return self.um_per_px / SUPERSAMPLING

    def fill(self, outline_um: Points) -> Plane:
        """Fill a closed outline; (N, 2) x, y in micrometres from the centre. Returns 0..1."""
        plane = np.zeros((self.fine_px, self.fine_px), np.uint8)
        cv2.fillPoly(plane, [self._fixed(outline_um)], 255, cv2.LINE_AA, _SHIFT)
        return _unit(plane)

    def stroke(self, line_um: Points, width_um: float) -> Plane:
        """Draw an open line with round ends; (N, 2) in micrometres. Returns 0..1."""
        plane = np.zeros((self.fine_px, self.fine_px), np.uint8)
        thickness = max(1, round(width_um / self.step_um))
        cv2.polylines(plane, [self._fixed(line_um)], False, 255, thickness, cv2.LINE_AA, _SHIFT)
        return _unit(plane)

    def discs(self, centres_um: Points, radii_um: Points, levels: Points) -> Plane:
        """Draw discs, later over earlier; levels 0..1. Returns 0..1."""
        plane = np.zeros((self.fine_px, self.fine_px), np.uint8)
        radii = np.maximum(1, np.rint(radii_um / self.step_um * (1 << _SHIFT))).astype(int)
        for point, radius, level in zip(self._fixed(centres_um), radii, np.rint(levels * 255), strict=True):
            cv2.circle(plane, (int(point[0]), int(point[1])), int(radius), float(level), -1, cv2.LINE_AA, _SHIFT)
        return _unit(plane)

    def blur(self, plane: Plane, sigma_um: float) -> Plane:
        """Soften by a Gaussian."""
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_um / self.step_um), np.float32)

    def finish(self, plane: Plane) -> Plane:
        """Average down to field pixels: (side_px, side_px)."""
        return np.asarray(cv2.resize(plane, (self.side_px, self.side_px), interpolation=cv2.INTER_AREA), np.float32)

    def noise(self, rng: np.random.Generator, grain_um: float) -> Plane:
        """Draw smooth noise of about mean 0 and deviation 1 whose blobs are about `grain_um` wide."""
        coarse = min(self.fine_px, int(self.fine_px * self.step_um / grain_um) + 3)
        knots = rng.standard_normal((coarse, coarse), dtype=np.float32)
        return np.asarray(cv2.resize(knots, (self.fine_px, self.fine_px), interpolation=cv2.INTER_CUBIC), np.float32)

    def _fixed(self, points_um: Points) -> NDArray[np.int32]:
        pixels = points_um / self.step_um + (self.fine_px - 1) / 2
        return np.asarray(np.rint(pixels * (1 << _SHIFT)), np.int32)


def canvas_for(reach_um: float, um_per_px: float) -> Canvas:
    """Choose a canvas that holds everything within `reach_um` of a cell's centre."""
    return Canvas(2 * int(np.ceil(reach_um / um_per_px)) + 1, um_per_px)


def wobbly_outline(
    rng: np.random.Generator,
    radius_um: float,
    roughness: float,
    elongation: float = 1.0,
    centre_um: tuple[float, float] = (0.0, 0.0),
    tilt: float | None = None,
) -> Points:
    """Draw the outline of something roundish that nature made.

    Args:
        rng: the cell's own random numbers.
        radius_um: mean radius.
        roughness: relative depth of dents and bulges, 0 for a perfect ellipse.
        elongation: long axis over short axis, area kept.
        centre_um: (x, y) of its centre.
        tilt: angle of the long axis in radians; random if None.

    Returns:
        (72, 2) float32, x and y in micrometres.
    """
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    waves = np.arange(2, 8)
    size = rng.standard_normal(6) * roughness * 1.6 / waves
    phase = rng.uniform(0, 2 * np.pi, 6)
    radius = radius_um * (1 + (size[:, None] * np.cos(waves[:, None] * angle + phase[:, None])).sum(axis=0))
    stretch = np.sqrt(elongation)
    x, y = radius * np.cos(angle) * stretch, radius * np.sin(angle) / stretch
    turn = rng.uniform(0, np.pi) if tilt is None else tilt
    points = (x * np.cos(turn) - y * np.sin(turn) + centre_um[0], x * np.sin(turn) + y * np.cos(turn) + centre_um[1])
    return np.stack(points, axis=1).astype(np.float32)


def _unit(plane: NDArray[np.uint8]) -> Plane:
    return np.asarray(plane, np.float32) / np.float32(255)
