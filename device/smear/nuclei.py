"""What shape a nucleus has in each type of white cell."""

from collections.abc import Callable

import numpy as np

from device.smear.canvas import Canvas, Plane, Points, wobbly_outline


def draw_nucleus(rng: np.random.Generator, canvas: Canvas, cell_type: str, radius_um: float) -> Plane:
    """Draw where the nucleus of a cell lies.

    Args:
        rng: the cell's own random numbers.
        canvas: of the cell.
        cell_type: one of `contract.cell_types.DIFFERENTIAL_ORDER`.
        radius_um: of the cell.

    Returns:
        (fine_px, fine_px) float32 0..1, soft at the edge.
    """
    return _SHAPES[cell_type](rng, canvas, radius_um)


def _neutrophil(rng: np.random.Generator, canvas: Canvas, radius: float) -> Plane:
    lobes = int(rng.choice([2, 3, 4, 5], p=[0.1, 0.4, 0.35, 0.15]))
    sweep = rng.uniform(0.75, 1.25) * (0.62 + 0.26 * lobes) * np.pi / 1.3
    angle = rng.uniform(0, 2 * np.pi) + np.linspace(0, min(sweep, 1.75 * np.pi), lobes)
    ring = radius * rng.uniform(0.36, 0.52) * rng.uniform(0.85, 1.15, lobes)
    centres = np.stack([ring * np.cos(angle), ring * np.sin(angle)], axis=1) + rng.normal(0, 0.07, 2) * radius
    size = radius * (0.44 - 0.035 * lobes) * rng.uniform(0.85, 1.15, lobes)
    if rng.random() < 0.12:  # a band form: one sausage without waists
        return _smooth(canvas, canvas.stroke(_curve(centres), radius * rng.uniform(0.45, 0.58)))
    return _join_lobes(rng, canvas, centres, size, angle + np.pi / 2, rng.uniform(0.5, 1.5))


def _eosinophil(rng: np.random.Generator, canvas: Canvas, radius: float) -> Plane:
    lobes = 2 if rng.random() < 0.8 else 3
    turn = rng.uniform(0, 2 * np.pi)
    angle = turn + np.linspace(0, rng.uniform(0.62, 0.95) * np.pi * (lobes - 1) / (1 if lobes == 2 else 1.5), lobes)
    centres = radius * rng.uniform(0.44, 0.54) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    size = radius * (0.42 if lobes == 2 else 0.34) * rng.uniform(0.9, 1.1, lobes)
    return _join_lobes(rng, canvas, centres, size, angle + np.pi / 2, rng.uniform(0.5, 1.3))


def _basophil(rng: np.random.Generator, canvas: Canvas, radius: float) -> Plane:
    lobes = int(rng.integers(2, 4))
    angle = rng.uniform(0, 2 * np.pi) + np.linspace(0, np.pi * rng.uniform(0.8, 1.3), lobes)
    centres = radius * 0.36 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _join_lobes(rng, canvas, centres, radius * rng.uniform(0.42, 0.56, lobes), angle, 3.5)


def _lymphocyte(rng: np.random.Generator, canvas: Canvas, radius: float) -> Plane:
    # The bigger the cell, the wider its cytoplasm: small lymphocytes are nearly all nucleus.
    share = np.clip(0.93 - 0.09 * max(0.0, radius - 4.3) - abs(rng.normal(0, 0.03)), 0.68, 0.95)
    turn, gap = rng.uniform(0, 2 * np.pi), radius * (1 - share) * rng.uniform(0.3, 0.9)
    centre = (gap * np.cos(turn), gap * np.sin(turn))
    body = canvas.fill(wobbly_outline(rng, radius * share, 0.045, rng.uniform(1, 1.14), centre))
    if rng.random() < 0.25:
        away = turn + rng.normal(np.pi, 0.5)
        notch = radius * share * 1.2 * np.array([np.cos(away), np.sin(away)]) + np.array(centre)
        dent = canvas.fill(wobbly_outline(rng, radius * 0.36, 0.05, 1.0, (float(notch[0]), float(notch[1]))))
        body = np.maximum(body - dent, 0)
    return _smooth(canvas, body)


def _monocyte(rng: np.random.Generator, canvas: Canvas, radius: float) -> Plane:
    turn = rng.uniform(0, 2 * np.pi)
    axis = np.array([np.cos(turn), np.sin(turn)])
    form = rng.choice(["kidney", "horseshoe", "folded"], p=[0.45, 0.3, 0.25])
    if form == "horseshoe":
        angle = turn + np.linspace(-1, 1, 12) * rng.uniform(1.7, 2.3)
        bow = radius * rng.uniform(0.42, 0.5) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return _smooth(canvas, canvas.stroke(bow, radius * rng.uniform(0.42, 0.52)), 0.5)
    if form == "folded":
        side = np.array([-axis[1], axis[0]]) * radius * 0.34
        centres = np.stack([side, -side, axis * radius * 0.2])
        return _join_lobes(rng, canvas, centres, radius * rng.uniform(0.42, 0.5, 3), np.full(3, turn), 4.0)
    centre = axis * radius * 0.14
    tilt = turn + np.pi / 2
    body = wobbly_outline(
        rng, radius * rng.uniform(0.62, 0.7), 0.09, rng.uniform(1.25, 1.6), (float(centre[0]), float(centre[1])), tilt
    )
    notch = centre - axis * radius * rng.uniform(0.5, 0.62)
    dent = wobbly_outline(rng, radius * rng.uniform(0.2, 0.3), 0.1, 1.2, (float(notch[0]), float(notch[1])), tilt)
    return _smooth(canvas, np.maximum(canvas.fill(body) - canvas.fill(dent), 0), 0.4)


_SHAPES: dict[str, Callable[[np.random.Generator, Canvas, float], Plane]] = {
    "neutrophil": _neutrophil,
    "eosinophil": _eosinophil,
    "basophil": _basophil,
    "lymphocyte": _lymphocyte,
    "monocyte": _monocyte,
}


def _join_lobes(
    rng: np.random.Generator, canvas: Canvas, centres: Points, radii: Points, tilts: Points, bridge_um: float
) -> Plane:
    drawn = canvas.stroke(centres, bridge_um)
    for centre, radius, tilt in zip(centres, radii, tilts, strict=True):
        place = (float(centre[0]), float(centre[1]))
        outline = wobbly_outline(rng, float(radius), 0.09, rng.uniform(1.05, 1.45), place, float(tilt))
        drawn = np.maximum(drawn, canvas.fill(outline))
    return _smooth(canvas, drawn)


def _curve(centres: Points) -> Points:
    along = np.linspace(0, len(centres) - 1, 24)
    knots = np.arange(len(centres))
    return np.stack([np.interp(along, knots, centres[:, axis]) for axis in (0, 1)], axis=1)


def _smooth(canvas: Canvas, drawn: Plane, sigma_um: float = 0.22) -> Plane:
    """Round off corners as surface tension does, then leave a seam of about 0.15 um."""
    soft = canvas.blur(drawn, sigma_um)
    return np.asarray(np.clip((soft - 0.5) * (sigma_um / 0.1) + 0.5, 0, 1), np.float32)
