"""Which cells lie where on an endless virtual slide."""

from device.smear.crowding import Crowding
from device.smear.places import Placed, PlacedWhiteCell, tiles_over
from device.smear.red_places import RedPlaces
from device.smear.white_places import WhitePlaces


class Population:
    """The cells of one slide, made tile by tile where somebody looks, always the same for the same seed.

    Rectangles are x0, y0, x1, y1 in micrometres, half-open; a cell is in one if its centre is.

    Args:
        seed: of the slide.
        crowding: how many cells of what kind.
    """

    def __init__(self, seed: int, crowding: Crowding) -> None:
        self._whites = WhitePlaces(seed, crowding)
        self._reds = RedPlaces(seed, crowding, self._whites)

    def white_cells(self, x0: float, y0: float, x1: float, y1: float) -> list[PlacedWhiteCell]:
        """List the white cells in a rectangle, ordered by number."""
        cells = [cell for tile in tiles_over(x0, y0, x1, y1) for cell in self._whites.in_tile(tile)]
        return sorted((cell for cell in cells if _is_in(cell, x0, y0, x1, y1)), key=lambda cell: cell.id)

    def red_cells(self, x0: float, y0: float, x1: float, y1: float) -> list[Placed]:
        """List the red cells in a rectangle."""
        cells = (cell for tile in tiles_over(x0, y0, x1, y1) for cell in self._reds.in_tile(tile))
        return [cell for cell in cells if _is_in(cell, x0, y0, x1, y1)]

    def platelets(self, x0: float, y0: float, x1: float, y1: float) -> list[Placed]:
        """List the platelets in a rectangle."""
        cells = (cell for tile in tiles_over(x0, y0, x1, y1) for cell in self._reds.platelets_in(tile))
        return [cell for cell in cells if _is_in(cell, x0, y0, x1, y1)]


def _is_in(cell: Placed, x0: float, y0: float, x1: float, y1: float) -> bool:
    return x0 <= cell.x_um < x1 and y0 <= cell.y_um < y1
