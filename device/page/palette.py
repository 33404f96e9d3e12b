"""The colours of cell types as a style sheet, made from the one palette that also draws the picture."""

import json
from collections.abc import Sequence

from contract.cell_types import DIFFERENTIAL_ORDER, UNIDENTIFIED
from device.palette import style_of


def write_palette(classes: Sequence[str]) -> str:
    """Write a rule for each type that can stand on the page.

    Args:
        classes: of the bundle.

    Returns:
        CSS that sets `--type` where `data-type` names the type.
    """
    names = dict.fromkeys((*classes, *DIFFERENTIAL_ORDER, UNIDENTIFIED))
    return "".join(f"[data-type={json.dumps(name)}] {{ --type: {style_of(name, classes).hex}; }}\n" for name in names)
