"""What a white cell of each type looks like: body, nucleus with chromatin, granules, vacuoles, in the slide's stain."""

from dataclasses import dataclass

import numpy as np

from device.smear.canvas import Canvas, Plane, canvas_for, wobbly_outline
from device.smear.cytoplasm import Density, cover_with_granules, fill_cytoplasm
from device.smear.nuclei import draw_nucleus
from device.smear.sprites import Sprite
from device.smear.stain import Stain, Tint
from device.smear.truth import BACKGROUND, CYTOPLASM, NUCLEUS


@dataclass(frozen=True, slots=True)
class _Kind:
    """What distinguishes one type.

    Attributes:
        diameter_um: smallest and largest.
        roughness: of the outline, see `wobbly_outline`.
        elongation: of the outline, on average.
        clump_um: size of chromatin clumps.
        clump_depth: their contrast.
        nucleus_strength: density of the nucleus, 1 for the neutrophil's.
        cytoplasm: which density of the stain its cytoplasm takes.
        mottle: unevenness of the cytoplasm.
    """

    diameter_um: tuple[float, float]
    roughness: float
    elongation: float
    clump_um: float
    clump_depth: float
    nucleus_strength: float
    cytoplasm: str
    mottle: float


_KINDS = {
    "neutrophil": _Kind((12.0, 14.0), 0.03, 1.10, 0.75, 0.27, 1.0, "neutral_cytoplasm", 0.12),
    "eosinophil": _Kind((12.0, 16.0), 0.03, 1.10, 0.8, 0.27, 0.9, "grey_cytoplasm", 0.15),
    "basophil": _Kind((10.0, 14.0), 0.045, 1.10, 1.0, 0.16, 0.85, "basic_cytoplasm", 0.2),
    "lymphocyte": _Kind((8.0, 12.0), 0.035, 1.10, 0.75, 0.22, 1.0, "blue_cytoplasm", 0.12),
    "monocyte": _Kind((15.0, 20.0), 0.09, 1.16, 0.55, 0.30, 0.8, "grey_cytoplasm", 0.2),
}
_LEANS_SMALL = frozenset({"lymphocyte", "monocyte"})  # small lymphocytes are the rule, monocytes over 17 um are rare


def cell_radius_um(seed: int, cell_type: str) -> float:
    """Tell how big a cell will be drawn, so that it can be placed before it is drawn.

    Args:
        seed: the cell's own.
        cell_type: one of `contract.cell_types.DIFFERENTIAL_ORDER`.

    Returns:
        Its mean radius in micrometres.
    """
    low, high = _KINDS[cell_type].diameter_um
    share = np.random.default_rng(seed).random() ** (1.8 if cell_type in _LEANS_SMALL else 1.0)
    return float(low + (high - low) * share) / 2


def draw_white_cell(seed: int, cell_type: str, um_per_px: float, stain: Stain) -> Sprite:
    """Draw one white cell.

    Args:
        seed: the cell's own; the same seed gives the same cell.
        cell_type: one of `contract.cell_types.DIFFERENTIAL_ORDER`.
        um_per_px: scale.
        stain: of the slide.

    Returns:
        The sprite with its tissue mask.
    """
    kind, radius = _KINDS[cell_type], cell_radius_um(seed, cell_type)
    rng = np.random.default_rng((seed, 1))
    canvas = canvas_for(radius * 1.5, um_per_px)
    body = _draw_body(rng, canvas, kind, radius)
    inner = canvas.blur(body, 0.2) > 0.6  # a nucleus never reaches through the membrane
    nucleus = np.asarray(draw_nucleus(rng, canvas, cell_type, radius) * inner, np.float32)
    density = _stain_cytoplasm(rng, canvas, kind, stain, body)
    density = fill_cytoplasm(rng, canvas, cell_type, stain, radius, density, np.clip(body - nucleus, 0, 1))
    density = _lay_nucleus(rng, canvas, kind, stain, density, nucleus)
    if cell_type == "basophil":
        density = cover_with_granules(rng, canvas, stain, radius, density, body)
    outside, inside = canvas.finish(body), canvas.finish(nucleus)
    tissue = np.where(inside >= 0.5, NUCLEUS, np.where(outside >= 0.5, CYTOPLASM, BACKGROUND))
    return Sprite(density, outside * np.float32(0.8), tissue.astype(np.uint8))


def _draw_body(rng: np.random.Generator, canvas: Canvas, kind: _Kind, radius_um: float) -> Plane:
    elongation = 1 + (kind.elongation - 1) * rng.random() * 2
    body = canvas.fill(wobbly_outline(rng, radius_um, kind.roughness, elongation))
    # Blurred and steepened again: corners go round, the seam stays about 0.5 um soft.
    return np.asarray(np.clip((canvas.blur(body, 0.25) - 0.5) * 1.6 + 0.5, 0, 1), np.float32)


def _stain_cytoplasm(rng: np.random.Generator, canvas: Canvas, kind: _Kind, stain: Stain, body: Plane) -> Density:
    uneven = 1 + kind.mottle * (canvas.noise(rng, 0.6) + 0.8 * canvas.noise(rng, 2.5))
    tint: Tint = getattr(stain, kind.cytoplasm) * np.exp(rng.normal(0, 0.08, 3)).astype(np.float32)
    return np.asarray(canvas.finish(body * np.clip(uneven, 0.3, 2))[..., None] * tint, np.float32)


def _lay_nucleus(
    rng: np.random.Generator, canvas: Canvas, kind: _Kind, stain: Stain, density: Density, nucleus: Plane
) -> Density:
    clumps = np.tanh(1.5 * canvas.noise(rng, kind.clump_um)) + 0.7 * canvas.noise(rng, kind.clump_um / 2.5)
    rim = np.clip(nucleus - canvas.blur(nucleus, 0.3), 0, 1)
    amount = 1 + kind.clump_depth * (clumps + 0.4 * canvas.noise(rng, 3.0)) + 0.9 * rim
    chromatin = np.clip(amount * kind.nucleus_strength * rng.normal(1, 0.06), 0.15, 2)
    below = density * (1 - canvas.finish(nucleus)[..., None])
    return np.asarray(below + canvas.finish(nucleus * chromatin)[..., None] * stain.nucleus, np.float32)
