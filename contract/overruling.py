"""Where form speaks against a name: two cells that were taken for one, and nuclei crushed in smearing."""

import numpy as np

from contract.bundle import Manifest
from contract.cell_types import SMUDGE, UNIDENTIFIED
from contract.instances import Instance
from contract.later import Later
from contract.morphology import Shape
from contract.naming import Naming

DOUBLE_UM2, DOUBLE_SOLIDITY = 240.0, 0.945
"""Two cells in one outline: larger than nearly every white cell, and dented where they meet.

Measured with wbc5: 3 of 4 pairs of hand-masked cells laid over each other that were found as one; 2 of 1,254 single
cells (Raspberry Pi, PBC and Zheng sets), both monocytes.
"""

SMUDGE_OUTSIDE = 1.25
SMUDGE_UNDECIDED = 0.24
SMUDGE_CIRCULARITY, SMUDGE_ECCENTRICITY = 0.96, 0.4
SMUDGE_UM2 = 75.0
"""A smudge lies whole in the field, has no name, is stranger than most known cells, drawn out and frayed, larger than
a fragment, and nobody can say in it where a nucleus ends.

Measured with wbc5: 52 % of drawn smudges (27 % stay unidentified, 20 % get a type's name); of white cells 1 in 342
boxed on Raspberry Pi fields, 1 in 499 of PBC, none in 291 of Zheng and 122 drawn ones. Debris is called so too: what it
says is "crushed, do not count". No labelled photographs of smudges were at hand.
"""

UNDECIDED_LOGIT = 1.5
"""Difference of nucleus and cytoplasm below which a pixel is neither."""


def overrule(
    naming: Naming, area_um2: float, shape: Later[Shape], instance: Instance, *, whole: bool, manifest: Manifest
) -> str:
    """Say what a cell is called once its form has been looked at.

    Args:
        naming: what the network says.
        area_um2: its area.
        shape: its form, which few cells are asked for.
        instance: the cell on the grid.
        whole: the edge of the field does not cut it; half a cell has another form.
        manifest: of the bundle; smudges are told apart for a differential only.

    Returns:
        The name as it was, `UNIDENTIFIED` for what may be two cells, or `SMUDGE`.
    """
    if not whole:
        return naming.cell_type
    if area_um2 > DOUBLE_UM2 and shape.get().solidity < DOUBLE_SOLIDITY:
        return UNIDENTIFIED
    strange = manifest.task == "differential" and manifest.outside is not None and naming.outside > SMUDGE_OUTSIDE
    unnamed = naming.cell_type == UNIDENTIFIED and area_um2 >= SMUDGE_UM2
    return SMUDGE if strange and unnamed and _is_frayed(shape.get(), instance) else naming.cell_type


def _is_frayed(shape: Shape, instance: Instance) -> bool:
    if shape.circularity >= SMUDGE_CIRCULARITY or shape.eccentricity <= SMUDGE_ECCENTRICITY:
        return False
    undecided = (np.abs(instance.chromatin) < UNDECIDED_LOGIT) & (instance.inside > 0)
    return int(np.count_nonzero(undecided)) > SMUDGE_UNDECIDED * instance.area
