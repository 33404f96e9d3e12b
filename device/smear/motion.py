"""How the virtual stage moves: row after row by a machine, or as a hand does it."""

from dataclasses import dataclass
from typing import Protocol, Self


@dataclass(frozen=True, slots=True)
class Moment:
    """What happened while the shutter was open.

    Attributes:
        travel_um: (x, y) way of the stage.
        defocus_um: blur radius (Gaussian sigma) beside that of the microscope.
    """

    travel_um: tuple[float, float] = (0.0, 0.0)
    defocus_um: float = 0.0


class Path(Protocol):
    """Where the stage is at which moment, and how sharp."""

    def position_um(self, elapsed_s: float) -> tuple[float, float]:
        """Tell where the field's top left corner lies, seconds after the start."""

    def moment(self, elapsed_s: float) -> Moment:
        """Tell what happens during an exposure that ends then."""


@dataclass(frozen=True, slots=True)
class StagePath:
    """A serpentine over an endless slide; always sharp, as by a motor.

    Attributes:
        step_x_um: way from field to field; less than a field's width, so that a cell cut here is whole there.
        step_y_um: way from row to row.
        fields_per_row: before it turns back.
        dwell_s: rest on each field.
        travel_s: time of one move; a technician's hand takes about a second.
    """

    step_x_um: float = 110.0
    step_y_um: float = 70.0
    fields_per_row: int = 12
    dwell_s: float = 1.5
    travel_s: float = 1.2

    @classmethod
    def at_pace(cls, pace: int) -> Self:
        """Make the usual path, so many times as fast; 1 or more."""
        usual = cls()
        return cls(dwell_s=usual.dwell_s / pace, travel_s=usual.travel_s / pace)

    def position_um(self, elapsed_s: float) -> tuple[float, float]:
        """Tell where the field's top left corner lies.

        Args:
            elapsed_s: seconds since the start, 0 or more.

        Returns:
            (x, y) in micrometres, at (0, 0) in the beginning; moves start and stop smoothly.
        """
        stop, since = divmod(elapsed_s, self.dwell_s + self.travel_s)
        x0, y0 = self.stop_um(int(stop))
        x1, y1 = self.stop_um(int(stop) + 1)
        gone = min(max((since - self.dwell_s) / self.travel_s, 0.0), 1.0)
        eased = gone * gone * (3 - 2 * gone)
        return x0 + (x1 - x0) * eased, y0 + (y1 - y0) * eased

    def moment(self, elapsed_s: float) -> Moment:
        """Tell what happens during an exposure: nothing that blurs."""
        return Moment()

    def rests(self, elapsed_s: float) -> bool:
        """Tell whether the stage stands still at that moment."""
        return elapsed_s % (self.dwell_s + self.travel_s) <= self.dwell_s

    def stop_um(self, stop: int) -> tuple[float, float]:
        """Tell where the n-th rest lies."""
        row, column = divmod(stop, self.fields_per_row)
        if row % 2:
            column = self.fields_per_row - 1 - column
        return column * self.step_x_um, row * self.step_y_um
