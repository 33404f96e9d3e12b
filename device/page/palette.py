"""How cell types are marked on the page: colour, short name and shape; colours are those that draw the picture."""

import json
from collections.abc import Sequence
from typing import TypedDict

from contract.cell_types import APART, DIFFERENTIAL_ORDER, UNIDENTIFIED
from device.drawing.palette import BLACK, style_of
from device.page.review_keys import order_types


class Mark(TypedDict):
    """How a type is marked beside its colour.

    `short` is its short name, `ink` what is read on its colour, black or white, `shape` a place in the list of shapes
    (static/shapes.js): the same on every page, whatever order a person has chosen.
    """

    short: str
    ink: str
    shape: int


def describe_palette(classes: Sequence[str]) -> dict[str, Mark]:
    """Give what a style sheet cannot hold of each type.

    Args:
        classes: of the bundle.

    Returns:
        Its mark by type.
    """
    shapes = tuple(dict.fromkeys((*order_types(classes), *_list_names(classes))))
    styles = {name: style_of(name, classes) for name in shapes}
    return {
        name: Mark(short=style.short, ink="black" if style.ink == BLACK else "white", shape=shapes.index(name))
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
