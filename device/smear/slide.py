"""A virtual slide: an endless smear of which any field can be photographed."""

from functools import lru_cache, partial

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.cell_types import SMUDGE
from device.smear.blur import blur_moment
from device.smear.crowding import Crowding
from device.smear.look import Look
from device.smear.motion import Moment
from device.smear.optics import develop, expose, make_noise, shade
from device.smear.places import PlacedWhiteCell
from device.smear.plasma import PERIOD_PX, make_plasma
from device.smear.platelets import draw_platelet
from device.smear.population import Population
from device.smear.red_cells import draw_red_cell
from device.smear.smudges import draw_smudge
from device.smear.sprites import Sprite
from device.smear.truth import FieldTruth, locate_cell
from device.smear.view import View
from device.smear.white_cells import draw_white_cell

RED_REACH_UM, PLATELET_REACH_UM, WHITE_REACH_UM = 7.0, 4.0, 16.0
"""No cell is drawn farther than this from its centre."""
_NOISE_SHIFTS_PX = 61


class VirtualSlide:
    """A smear without end; the same seed, crowding and look give the same pixels.

    Drawn cells are kept for the next picture: about 20 MB at 0.15 um/px, what three fields of 960 x 600 px hold.

    Args:
        seed: 0 or more.
        crowding: how many cells of what kind; the demo's if None.
        look: stain and microscope; the demo's if None.
    """

    def __init__(self, seed: int, crowding: Crowding | None = None, look: Look | None = None) -> None:
        self._seed = seed
        self._look = look or Look()
        self._population = Population(seed, crowding or Crowding())
        self._red_cell = lru_cache(maxsize=400)(partial(draw_red_cell, style=self._look.red_cells))
        self._platelet = lru_cache(maxsize=64)(partial(draw_platelet, stain=self._look.stain))
        self._white_cell = lru_cache(maxsize=16)(partial(draw_white_cell, stain=self._look.stain))
        self._smudge = lru_cache(maxsize=16)(partial(draw_smudge, stain=self._look.stain))
        self._light = lru_cache(maxsize=1)(partial(shade, self._look.optics))
        self._noise = lru_cache(maxsize=1)(self._stock_noise)
        self._plasma = make_plasma(np.random.default_rng((seed, 11)))

    def render(
        self,
        x_um: float,
        y_um: float,
        height: int,
        width: int,
        um_per_px: float,
        exposure: int = 0,
        moment: Moment | None = None,
    ) -> tuple[NDArray[np.uint8], FieldTruth]:
        """Photograph a field.

        Args:
            x_um: left edge of the field on the slide, rounded to whole pixels.
            y_um: top edge of the field on the slide, rounded to whole pixels.
            height: of the picture in pixels.
            width: of the picture in pixels.
            um_per_px: scale, > 0.
            exposure: number of the picture, 0 or more; only the sensor's noise depends on it.
            moment: what hand and focus did while the shutter was open; None: nothing.

        Returns:
            The picture, (height, width, 3) uint8 RGB, and the truth about its white cells.
        """
        view = View(round(x_um / um_per_px), round(y_um / um_per_px), height, width, um_per_px)
        phase = self._lay_red_cells(view)
        density = self._stain_ground(view, phase)
        self._lay_platelets(view, density)
        truth = self._lay_white_cells(view, density, phase)
        levels = expose(density, phase, self._light(height, width), self._look.optics, um_per_px)
        if moment is not None:
            levels = blur_moment(levels, moment, um_per_px)
        return develop(levels, self._cut_noise(height, width, exposure), self._look.optics), truth

    def _lay_red_cells(self, view: View) -> NDArray[np.float32]:
        thickness = np.zeros((view.height, view.width), np.float32)
        for cell in self._population.red_cells(*view.around_um(RED_REACH_UM)):
            disc = self._red_cell(cell.seed, view.um_per_px)
            there, shown = view.overlap(cell.x_um, cell.y_um, disc.shape[0])
            thickness[there] += disc[shown]
        return thickness

    def _lay_platelets(self, view: View, density: NDArray[np.float32]) -> None:
        for platelet in self._population.platelets(*view.around_um(PLATELET_REACH_UM)):
            sprite = self._platelet(platelet.seed, view.um_per_px)
            there, shown = view.overlap(platelet.x_um, platelet.y_um, sprite.phase.shape[0])
            density[there] += sprite.density[shown]

    def _lay_white_cells(self, view: View, density: NDArray[np.float32], phase: NDArray[np.float32]) -> FieldTruth:
        maps = FieldTruth((), np.zeros(phase.shape, np.uint8), np.zeros(phase.shape, np.uint16))
        cells = self._population.white_cells(*view.around_um(WHITE_REACH_UM))
        for instance, cell in enumerate(cells, start=1):
            sprite = self._draw(cell, view.um_per_px)
            there, shown = view.overlap(cell.x_um, cell.y_um, sprite.phase.shape[0])
            taken = maps.instances[there] > 0
            density[there] = _press(density[there], sprite, shown, taken)
            phase[there] = np.maximum(phase[there], sprite.phase[shown])
            mine = (sprite.tissue[shown] > 0) & ~taken
            maps.tissue[there][mine] = sprite.tissue[shown][mine]
            maps.instances[there][mine] = instance
        return _locate_all(cells, maps)

    def _draw(self, cell: PlacedWhiteCell, um_per_px: float) -> Sprite:
        if cell.cell_type == SMUDGE:
            return self._smudge(cell.seed, um_per_px)
        return self._white_cell(cell.seed, cell.cell_type, um_per_px)

    def _stain_ground(self, view: View, thickness: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = (np.arange(view.height) + view.top) % PERIOD_PX
        columns = (np.arange(view.width) + view.left) % PERIOD_PX
        plasma = self._plasma[np.ix_(rows, columns)]
        # One pass of OpenCV over both layers: broadcasting over three channels costs numpy four times as long.
        weights = np.stack([self._look.stain.red_cell, np.ones(3, np.float32)], axis=1)
        return np.asarray(cv2.transform(cv2.merge([thickness, plasma]), weights), np.float32)

    def _stock_noise(self, height: int, width: int) -> NDArray[np.int16]:
        rng = np.random.default_rng((self._seed, 13))
        return make_noise(rng, self._look.optics, height + _NOISE_SHIFTS_PX, width + _NOISE_SHIFTS_PX)

    def _cut_noise(self, height: int, width: int, exposure: int) -> NDArray[np.int16]:
        dy, dx = np.random.default_rng((self._seed, 17, exposure)).integers(0, _NOISE_SHIFTS_PX, 2)
        return self._noise(height, width)[dy : dy + height, dx : dx + width]


def _press(
    density: NDArray[np.float32], sprite: Sprite, shown: tuple[slice, slice], taken: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Lay a white cell onto what is there: a red cell's edge under it thins out, another white cell keeps its side."""
    kept = np.where(taken, np.float32(1), 1 - np.float32(0.8) * sprite.phase[shown])
    added = np.where(taken, np.float32(0.15), np.float32(1))
    return np.asarray(density * kept[..., None] + sprite.density[shown] * added[..., None], np.float32)


def _locate_all(cells: list[PlacedWhiteCell], maps: FieldTruth) -> FieldTruth:
    located = (
        locate_cell(cell.id, (cell.x_um, cell.y_um), cell.cell_type, instance, maps)
        for instance, cell in enumerate(cells, start=1)
    )
    return FieldTruth(tuple(cell for cell in located if cell is not None), maps.tissue, maps.instances)
