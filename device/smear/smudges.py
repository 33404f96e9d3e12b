"""What a smudge looks like: a nucleus crushed when the smear was made, swollen, frayed and pale, without cytoplasm."""

import cv2
import numpy as np

from device.smear.canvas import Canvas, Plane, canvas_for, wobbly_outline
from device.smear.sprites import Sprite
from device.smear.stain import Stain
from device.smear.truth import BACKGROUND, NUCLEUS

RADIUS_UM = (4.5, 8.0)
"""Smallest and largest mean radius; a smudge lies flatter and wider than the nucleus that it was."""

_REACH = 1.9
_FRAY_UM = 1.0
_STRAND_UM = 5.0


def smudge_radius_um(seed: int) -> float:
    """Tell how big a smudge will be drawn.

    Args:
        seed: the smudge's own.

    Returns:
        Its mean radius in micrometres.
    """
    return float(np.random.default_rng(seed).uniform(*RADIUS_UM))


def draw_smudge(seed: int, um_per_px: float, stain: Stain) -> Sprite:
    """Draw one smudge.

    Args:
        seed: the smudge's own; the same seed gives the same smudge.
        um_per_px: scale.
        stain: of the slide.

    Returns:
        The sprite; its tissue is nucleus only.
    """
    radius, rng = smudge_radius_um(seed), np.random.default_rng((seed, 2))
    canvas = canvas_for(radius * _REACH, um_per_px)
    tilt = float(rng.uniform(0, np.pi))
    outline = wobbly_outline(rng, radius, rng.uniform(0.10, 0.22), rng.uniform(1.05, 1.6), tilt=tilt)
    # what frays is carried off by the spreading: strands move the soft edge in and out
    strands = _draw_strands(rng, canvas, tilt)
    soft = canvas.blur(canvas.fill(outline), _FRAY_UM) + np.float32(0.14) * (strands + canvas.noise(rng, 2.0))
    body = canvas.blur(np.asarray(np.clip((soft - 0.35) * 1.5, 0, 1), np.float32), 0.3)
    clouds = np.clip(1 + 0.13 * strands + 0.16 * canvas.noise(rng, 3.5), 0.4, 1.6).astype(np.float32)
    chromatin = canvas.finish(body * clouds) * np.float32(rng.uniform(0.34, 0.62))
    there = canvas.finish(body)
    tissue = np.where(there >= 0.5, NUCLEUS, BACKGROUND).astype(np.uint8)
    return Sprite(chromatin[..., np.newaxis] * stain.nucleus, there * np.float32(0.3), tissue)


def _draw_strands(rng: np.random.Generator, canvas: Canvas, tilt: float) -> Plane:
    """Draw noise drawn out along the smear, of about mean 0 and deviation 1."""
    along = round(_STRAND_UM / canvas.step_um) | 1
    line = np.zeros((along, along), np.float32)
    middle, reach = along // 2, np.array([np.cos(tilt), np.sin(tilt)]) * (along // 2)
    (x0, y0), (x1, y1) = np.rint(middle - reach).astype(int), np.rint(middle + reach).astype(int)
    cv2.line(line, (int(x0), int(y0)), (int(x1), int(y1)), 1.0)
    drawn = cv2.filter2D(canvas.noise(rng, 0.7), -1, line / line.sum())
    return np.asarray(drawn / max(float(drawn.std()), 1e-6), np.float32)
