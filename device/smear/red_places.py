"""Where red cells and platelets lie: a shaken lattice, drawn into clumps, pushed aside by white cells."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from device.smear.crowding import Crowding
from device.smear.places import TILE_UM, Placed, PlacedWhiteCell, Tile, tile_rng, tiles_around
from device.smear.red_cells import DIAMETER_UM
from device.smear.white_places import WhitePlaces

Centres = NDArray[np.float64]
"""(N, 2) x and y in micrometres."""
_APART_UM = 7.4  # red cells closer than this slide apart by most of what is missing


class RedPlaces:
    """The red cells and platelets of one slide, tile by tile.

    Args:
        seed: of the slide.
        crowding: how many and how clumped.
        whites: where white cells lie, for they come first.
    """

    def __init__(self, seed: int, crowding: Crowding, whites: WhitePlaces) -> None:
        self._seed = seed
        self._crowding = crowding
        self._whites = whites
        rng = np.random.default_rng((seed, 7))
        turn, wavelength_um = rng.uniform(0, 2 * np.pi, 6), rng.uniform(16, 60, 6)
        self._waves = np.stack([np.cos(turn), np.sin(turn)]) * 2 * np.pi / wavelength_um
        self._phases = rng.uniform(0, 2 * np.pi, 6)
        self._drifted_in = lru_cache(maxsize=256)(self._drift)
        self.in_tile = lru_cache(maxsize=64)(self._settle)
        self.platelets_in = lru_cache(maxsize=64)(self._throw_platelets)

    def _settle(self, tile: Tile) -> tuple[Placed, ...]:
        rng = tile_rng(self._seed, 4, tile)
        centres = _push_apart(self._drifted_in(tile), self._drifted_near(tile))
        for cell in self._whites.near(tile):
            if _distances(centres, cell).min(initial=np.inf) < cell.radius_um * 1.1 + DIAMETER_UM / 2:
                centres = _make_room(centres, cell, rng)
        return _place(centres, rng)

    def _throw_platelets(self, tile: Tile) -> tuple[Placed, ...]:
        rng = tile_rng(self._seed, 3, tile)
        count = rng.poisson(self._crowding.platelets_per_mm2 * TILE_UM**2 * 1e-6)
        centres = (np.array(tile) + rng.random((count, 2))) * TILE_UM
        for cell in self._whites.near(tile):
            centres = centres[_distances(centres, cell) > cell.radius_um * 1.25 + 1.5]
        red = self._drifted_near(tile)
        gap = np.hypot(*(centres[:, None] - red[None]).transpose(2, 0, 1)).min(axis=1, initial=np.inf)
        return _place(centres[(gap > 3.8) | (rng.random(len(centres)) < 0.2)], rng)

    def _drifted_near(self, tile: Tile) -> Centres:
        return np.concatenate([self._drifted_in(beside) for beside in tiles_around(tile)])

    def _drift(self, tile: Tile) -> Centres:
        rng = tile_rng(self._seed, 2, tile)
        centres = _lay_lattice(tile, self._crowding.red_spacing_um)
        centres = centres[rng.random(len(centres)) >= self._crowding.red_gaps]
        centres = centres + rng.normal(0, 0.2 * self._crowding.red_spacing_um, centres.shape)
        # Down the slopes of a landscape of six waves: cells gather in its valleys. 2.5 brings a slope to about 1.
        slope = np.sin(centres @ self._waves + self._phases) @ self._waves.T * 2.5
        return np.asarray(centres - self._crowding.clumping_um * slope)


def _lay_lattice(tile: Tile, spacing_um: float) -> Centres:
    """Lay a triangular lattice that goes on without a seam from tile to tile."""
    (left, top), down_um = (np.array(tile) * TILE_UM), spacing_um * np.sqrt(0.75)
    rows = []
    for line in range(int(np.ceil(top / down_um)), int(np.ceil((top + TILE_UM) / down_um))):
        shift = spacing_um * 0.5 * (line % 2)
        first, end = np.ceil((left - shift) / spacing_um), np.ceil((left + TILE_UM - shift) / spacing_um)
        x = np.arange(first, end) * spacing_um + shift
        rows.append(np.stack([x, np.full_like(x, line * down_um)], axis=1))
    return np.concatenate(rows)


def _push_apart(centres: Centres, around: Centres) -> Centres:
    low, high = centres.min(axis=0, initial=np.inf) - _APART_UM, centres.max(axis=0, initial=-np.inf) + _APART_UM
    near = around[((around > low) & (around < high)).all(axis=1)]
    away = centres[:, None] - near[None]
    distance = np.maximum(np.hypot(away[..., 0], away[..., 1]), 1e-9)  # a cell is not pushed by itself: away is 0
    short = np.clip(_APART_UM - distance, 0, None)
    return np.asarray(centres + (away * (0.45 * short / distance)[..., None]).sum(axis=1))


def _make_room(centres: Centres, cell: PlacedWhiteCell, rng: np.random.Generator) -> Centres:
    """Let red cells float aside where a white cell lies; those under its middle are gone."""
    distance = np.maximum(_distances(centres, cell), 1e-6)
    wanted = cell.radius_um + DIAMETER_UM / 2 * rng.uniform(0.85, 1.05, len(centres))
    push = np.where(distance < wanted, wanted / distance - 1, 0.0)
    moved = centres + (centres - (cell.x_um, cell.y_um)) * push[:, None]
    return np.asarray(moved[distance > cell.radius_um * 0.7])


def _distances(centres: Centres, cell: PlacedWhiteCell) -> NDArray[np.float64]:
    return np.asarray(np.hypot(centres[:, 0] - cell.x_um, centres[:, 1] - cell.y_um))


def _place(centres: Centres, rng: np.random.Generator) -> tuple[Placed, ...]:
    return tuple(Placed(float(x), float(y), int(rng.integers(2**31))) for x, y in centres)
