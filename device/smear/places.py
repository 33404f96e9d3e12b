"""What a place on the slide is, and the tiles by which an endless slide is made piece by piece."""

from dataclasses import dataclass

import numpy as np

TILE_UM = 48.0  # wider than the biggest cell, so that only neighbouring tiles can disturb each other
Tile = tuple[int, int]
"""(column, row); negative ones too."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell's place on the slide: centre in micrometres, and the seed it is drawn from."""

    x_um: float
    y_um: float
    seed: int


@dataclass(frozen=True, slots=True)
class PlacedWhiteCell(Placed):
    """A white cell's place, with its number on the slide, type and mean radius."""

    id: int
    cell_type: str
    radius_um: float


def tile_rng(seed: int, stream: int, tile: Tile) -> np.random.Generator:
    """Give a tile its own random numbers.

    Args:
        seed: of the slide.
        stream: what they are for; different streams are independent.
        tile: which.

    Returns:
        The generator, always in the same state.
    """
    column, row = tile
    return np.random.default_rng((seed, stream, column & 0xFFFFFFFF, row & 0xFFFFFFFF))


def tiles_over(x0: float, y0: float, x1: float, y1: float) -> list[Tile]:
    """List the tiles whose cells may lie in a rectangle in micrometres.

    Cells may have been pushed over a tile's edge, hence one more tile on each side.
    """
    columns = range(int(np.floor(x0 / TILE_UM)) - 1, int(np.floor(x1 / TILE_UM)) + 2)
    rows = range(int(np.floor(y0 / TILE_UM)) - 1, int(np.floor(y1 / TILE_UM)) + 2)
    return [(column, row) for row in rows for column in columns]


def tiles_around(tile: Tile) -> list[Tile]:
    """List a tile and its eight neighbours."""
    column, row = tile
    return [(column + dx, row + dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
