"""What a platelet looks like: 2 to 3 um, a violet granular middle in a pale seam."""

import numpy as np

from device.smear.canvas import canvas_for, wobbly_outline
from device.smear.sprites import Sprite
from device.smear.stain import Stain


def draw_platelet(seed: int, um_per_px: float, stain: Stain) -> Sprite:
    """Draw one platelet.

    Args:
        seed: the platelet's own.
        um_per_px: scale.
        stain: of the slide.

    Returns:
        A sprite without tissue: a platelet is not a white cell.
    """
    rng = np.random.default_rng(seed)
    radius = rng.uniform(1.0, 1.6)
    canvas = canvas_for(3.0, um_per_px)
    body = canvas.blur(canvas.fill(wobbly_outline(rng, radius, 0.16, rng.uniform(1, 1.5))), 0.15)
    middle = canvas.blur(canvas.fill(wobbly_outline(rng, radius * 0.65, 0.2, rng.uniform(1, 1.4))), 0.2)
    grain = np.clip(1 + 0.45 * canvas.noise(rng, 0.45), 0.2, 1.8)
    amount = canvas.finish(body * 0.3 + middle * grain * 0.75) * np.float32(rng.uniform(0.6, 1.25))
    phase = canvas.finish(body) * np.float32(0.5)
    return Sprite(amount[..., None] * stain.platelet, phase, np.zeros(phase.shape, np.uint8))
