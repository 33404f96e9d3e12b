"""Which piece of a slide a field shows, pixel for pixel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """A field on the slide's own grid of pixels, so that cells never jitter against each other while the stage moves.

    Attributes:
        left: x of the field's first column on the grid.
        top: y of its first row.
        height: in pixels.
        width: in pixels.
        um_per_px: spacing of the grid.
    """

    left: int
    top: int
    height: int
    width: int
    um_per_px: float

    def around_um(self, margin_um: float) -> tuple[float, float, float, float]:
        """Give the field as a rectangle x0, y0, x1, y1 in micrometres, with a margin on each side."""
        return (
            self.left * self.um_per_px - margin_um,
            self.top * self.um_per_px - margin_um,
            (self.left + self.width) * self.um_per_px + margin_um,
            (self.top + self.height) * self.um_per_px + margin_um,
        )

    def overlap(self, x_um: float, y_um: float, side_px: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Find where a square picture of a cell lies.

        Args:
            x_um: centre of the cell on the slide.
            y_um: centre of the cell on the slide.
            side_px: side of its picture, odd.

        Returns:
            Rows and columns of the field it covers, and the rows and columns of the picture that these show.
        """
        x0 = round(x_um / self.um_per_px) - self.left - side_px // 2
        y0 = round(y_um / self.um_per_px) - self.top - side_px // 2
        rows, columns = _clip(y0, side_px, self.height), _clip(x0, side_px, self.width)
        shown = slice(rows.start - y0, rows.stop - y0), slice(columns.start - x0, columns.stop - x0)
        return (rows, columns), shown


def _clip(start: int, side: int, length: int) -> slice:
    low = min(max(start, 0), length)
    return slice(low, max(low, min(start + side, length)))
