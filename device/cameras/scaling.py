"""How large a pixel of the opened camera is."""

import logging
from collections.abc import Iterable, Iterator
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from device.cameras.source import Absence, Shot, Source, SourceError, leave_out_absences
from device.optics.setting import Optics
from device.scale import estimate_from_fields

FIELDS = 4
"""Pictures that are measured: some 200 red cells; the spread between people is then the larger error."""

UNKNOWN = 0.0
"""Scale of a camera that is away when the program starts, where only its pictures can tell it."""

log = logging.getLogger(__name__)


def find_um_per_px(
    source: Source, set_um_per_px: float, measured_um_per_px: float | None = None, patient: bool = False
) -> float:
    """Find the scale: what the pictures say, else what was measured here, else the setting, else red cells.

    Args:
        source: the opened camera; its first pictures are taken, unless it is away and the scale is known without.
        set_um_per_px: what the settings say; 0: not measured.
        measured_um_per_px: what was measured on this camera (`leukoscope optics scale`); None: nothing was.
        patient: a camera that is away is waited for: its scale may be found later.

    Returns:
        Micrometres per pixel; `UNKNOWN` where the camera is away, nobody knows, and it is waited for.

    Raises:
        SourceError: the camera gives no picture, and it is needed.
        ScaleError: nobody knows the scale and too few red cells are in view.
    """
    shots = source.shots()
    first = next(shots, None)
    if first is None:
        raise SourceError(f"{source.name}: gives no picture (expected at least one)")
    told = None if isinstance(first, Absence) else first.um_per_px
    for known, why in ((told, "as the pictures say"), (measured_um_per_px, "as was measured here")):
        if known is not None:
            if set_um_per_px > 0 and set_um_per_px != known:
                log.warning("um_per_px: %g is set, but %g is used, %s", set_um_per_px, known, why)
            return known
    if set_um_per_px > 0:
        return set_um_per_px
    if isinstance(first, Absence):
        if patient:
            return UNKNOWN
        raise SourceError(f"{source.name}: {source.trouble} (expected a picture to tell its scale by)")
    pictures = leave_out_absences(chain([first], shots))
    return _estimate(shot.image for shot in islice(pictures, FIELDS))


def hold_until_scaled(shots: Iterator[Shot | Absence], optics: Optics) -> Iterator[Shot | Absence]:
    """Measure the scale by the first pictures of a camera that was away when the program started.

    Args:
        shots: of the source.
        optics: whose scale is set, where it is `UNKNOWN`.

    Yields:
        The shots; while the scale is unknown, pictures are held back until there are enough to measure it by.

    Raises:
        ScaleError: too few red cells are in view.
    """
    held: list[NDArray[np.uint8]] = []
    for shot in shots:
        if isinstance(shot, Absence) or shot.um_per_px or optics.setting.um_per_px != UNKNOWN:
            yield shot
            continue
        held.append(shot.image)
        if len(held) == FIELDS:
            optics.set_scale(_estimate(held))
            yield shot


def _estimate(fields: Iterable[NDArray[np.uint8]]) -> float:
    estimate = estimate_from_fields(fields)
    log.warning(
        "um_per_px: %.4f +- %.4f, estimated from %d red cells; a stage micrometer is better (--um-per-px)",
        estimate.um_per_px,
        estimate.error,
        estimate.red_cells,
    )
    return estimate.um_per_px
