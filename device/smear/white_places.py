"""Where white cells lie: thrown at random, some in touching pairs, none on top of another."""

from functools import lru_cache

import numpy as np

from contract.cell_types import SMUDGE
from device.smear.crowding import Crowding
from device.smear.places import TILE_UM, PlacedWhiteCell, Tile, tile_rng, tiles_around
from device.smear.smudges import smudge_radius_um
from device.smear.white_cells import cell_radius_um

LEAST_GAP = 0.95  # of the sum of radii: closer cells would overlap rather than touch


class WhitePlaces:
    """The white cells of one slide, tile by tile.

    Args:
        seed: of the slide.
        crowding: how many, of which types.
    """

    def __init__(self, seed: int, crowding: Crowding) -> None:
        self._seed = seed
        self._crowding = crowding
        self._types = tuple(crowding.mix)
        weights = np.array([crowding.mix[cell_type] for cell_type in self._types])
        self._weights = weights / weights.sum()
        self._thrown_in = lru_cache(maxsize=256)(self._throw)
        self.in_tile = lru_cache(maxsize=256)(self._thin)

    def near(self, tile: Tile) -> list[PlacedWhiteCell]:
        """List the white cells of a tile and its neighbours."""
        return [cell for beside in tiles_around(tile) for cell in self.in_tile(beside)]

    def _thin(self, tile: Tile) -> tuple[PlacedWhiteCell, ...]:
        """Of two cells on top of each other the one with the higher seed stays away, whatever happens to the other."""
        around = [cell for beside in tiles_around(tile) for cell in self._thrown_in(beside)]
        return tuple(cell for cell in self._thrown_in(tile) if not any(_gives_way(cell, other) for other in around))

    def _throw(self, tile: Tile) -> tuple[PlacedWhiteCell, ...]:
        rng = tile_rng(self._seed, 1, tile)
        thrown: list[PlacedWhiteCell] = []
        for _ in range(rng.poisson(self._crowding.white_per_mm2 * TILE_UM**2 * 1e-6)):
            x_um, y_um = (np.array(tile) + rng.random(2)) * TILE_UM
            first = self._make(rng, tile, len(thrown), float(x_um), float(y_um))
            thrown.append(first)
            if rng.random() < self._crowding.touching:
                thrown.append(self._make_partner(rng, tile, len(thrown), first))
        return tuple(thrown)

    def _make(self, rng: np.random.Generator, tile: Tile, index: int, x_um: float, y_um: float) -> PlacedWhiteCell:
        number = (tile[0] & 0xFFFF) << 24 | (tile[1] & 0xFFFF) << 8 | index
        seed, cell_type = int(rng.integers(2**31)), str(rng.choice(self._types, p=self._weights))
        # not asked where there are none: the same seed goes on making the same slide
        if self._crowding.smudge and rng.random() < self._crowding.smudge:
            return PlacedWhiteCell(x_um, y_um, seed, number, SMUDGE, smudge_radius_um(seed))
        return PlacedWhiteCell(x_um, y_um, seed, number, cell_type, cell_radius_um(seed, cell_type))

    def _make_partner(
        self, rng: np.random.Generator, tile: Tile, index: int, first: PlacedWhiteCell
    ) -> PlacedWhiteCell:
        partner = self._make(rng, tile, index, first.x_um, first.y_um)
        apart_um = (first.radius_um + partner.radius_um) * rng.uniform(LEAST_GAP + 0.01, 1.02)
        turn = rng.uniform(0, 2 * np.pi)
        x_um, y_um = first.x_um + apart_um * np.cos(turn), first.y_um + apart_um * np.sin(turn)
        return PlacedWhiteCell(float(x_um), float(y_um), partner.seed, partner.id, partner.cell_type, partner.radius_um)


def _gives_way(cell: PlacedWhiteCell, other: PlacedWhiteCell) -> bool:
    if (cell.seed, cell.id) <= (other.seed, other.id):
        return False
    distance_um = np.hypot(cell.x_um - other.x_um, cell.y_um - other.y_um)
    return bool(distance_um < LEAST_GAP * (cell.radius_um + other.radius_um))
