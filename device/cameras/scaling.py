"""How large a pixel of the opened camera is."""

import logging
from itertools import chain, islice

from device.cameras.source import Source, SourceError
from device.scale import estimate_from_fields

FIELDS = 4
"""Pictures that are measured: some 200 red cells; the spread between people is then the larger error."""

log = logging.getLogger(__name__)


def find_um_per_px(source: Source, set_um_per_px: float, measured_um_per_px: float | None = None) -> float:
    """Find the scale: what the pictures say, else what was measured here, else the setting, else red cells.

    Args:
        source: the opened camera; its first pictures are taken.
        set_um_per_px: what the settings say; 0: not measured.
        measured_um_per_px: what was measured on this camera (`leukoscope optics scale`); None: nothing was.

    Returns:
        Micrometres per pixel.

    Raises:
        SourceError: the camera gives no picture.
        ScaleError: nobody knows the scale and too few red cells are in view.
    """
    shots = source.shots()
    first = next(shots, None)
    if first is None:
        raise SourceError(f"{source.name}: gives no picture (expected at least one)")
    for known, why in ((first.um_per_px, "as the pictures say"), (measured_um_per_px, "as was measured here")):
        if known is not None:
            if set_um_per_px > 0 and set_um_per_px != known:
                log.warning("um_per_px: %g is set, but %g is used, %s", set_um_per_px, known, why)
            return known
    if set_um_per_px > 0:
        return set_um_per_px
    estimate = estimate_from_fields(shot.image for shot in islice(chain([first], shots), FIELDS))
    log.warning(
        "um_per_px: %.4f +- %.4f, estimated from %d red cells; a stage micrometer is better (--um-per-px)",
        estimate.um_per_px,
        estimate.error,
        estimate.red_cells,
    )
    return estimate.um_per_px
