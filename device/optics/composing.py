"""How a correction is made of what was measured."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from device.optics.correction import Correction
from device.optics.grids import Grid, spread_grid
from device.optics.kept import Kept
from device.optics.measurement import Kind
from device.optics.white_balance import Levels, find_flat_gains, find_gains


def make_correction(in_force: Mapping[Kind, Kept]) -> Correction | None:
    """Put dark frame, flat field and white balance together as they are stored.

    Args:
        in_force: the newest measurement of each kind; a scale among them plays no part.

    Returns:
        The correction; None where none of the three was measured.

    Raises:
        ShelfError: a measurement is damaged.
    """
    parts = [in_force[kind] for kind in ("dark", "flat", "white") if kind in in_force]
    if not parts:
        return None
    dark, flat, white = (in_force.get(kind) for kind in ("dark", "flat", "white"))
    sized = flat or dark
    return combine(
        "+".join(part.name for part in parts),
        (sized.facts.height, sized.facts.width) if sized else None,
        level=np.asarray(dark.read_arrays()["level"], np.uint8) if dark else None,
        light=np.asarray(flat.read_arrays()["light"], np.float32) if flat else None,
        plasma=np.asarray(white.read_arrays()["plasma"], np.float32) if white else None,
    )


def combine(
    identity: str,
    shape: tuple[int, int] | None,
    *,
    level: NDArray[np.uint8] | None = None,
    light: Grid | None = None,
    plasma: Levels | None = None,
) -> Correction:
    """Put measured arrays together.

    Args:
        identity: of the correction.
        shape: (H, W) of the pictures it holds for; None only where neither level nor light is given.
        level: (H, W, 3) of the dark frame.
        light: (h, w, 3) of the flat field.
        plasma: (3,) of white balance.

    Returns:
        The correction.
    """
    gain = None if plasma is None else find_gains(plasma)
    if light is not None and shape is not None:
        flat = find_flat_gains(spread_grid(light, *shape))
        gain = flat if gain is None else flat * gain
    return Correction(identity, shape, level, gain)
