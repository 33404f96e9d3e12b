"""The colours of cell types as a style sheet, made from the one palette that also draws the picture."""

import json
from collections.abc import Sequence

from contract.cell_types import APART, DIFFERENTIAL_ORDER, UNIDENTIFIED
from device.drawing.palette import BLACK, style_of


def describe_palette(classes: Sequence[str]) -> dict[str, dict[str, str]]:
    """Give what a style sheet cannot hold: each type's short name, and whether black or white ink is read on it.

    Args:
        classes: of the bundle.

    Returns:
        `short` and `ink` by type.
    """
    styles = {name: style_of(name, classes) for name in _list_names(classes)}
    return {
        name: {"short": style.short, "ink": "black" if style.ink == BLACK else "white"}
        for name, style in styles.items()
    }


def write_palette(classes: Sequence[str]) -> str:
    """Write a rule for each type that can stand on the page.

    Args:
        classes: of the bundle.

    Returns:
        CSS that sets `--type` where `data-type` names the type.
    """
    return "".join(
        f"[data-type={json.dumps(name)}] {{ --type: {style_of(name, classes).hex}; }}\n"
        for name in _list_names(classes)
    )


def _list_names(classes: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*classes, *DIFFERENTIAL_ORDER, UNIDENTIFIED, *APART)))
