"""What the settings ask of a live camera."""

from contract.settings import SensorSettings
from device.cameras.source import SourceError

USUAL_WIDTH_PX, USUAL_HEIGHT_PX = 1280, 960
"""Asked for where no size is set; the reason stands in leukoscope.toml."""


def ask_size(settings: SensorSettings) -> tuple[int, int]:
    """Give the size to ask for as (width, height), as camera drivers have it."""
    if settings.width_px and settings.height_px:
        return settings.width_px, settings.height_px
    return USUAL_WIDTH_PX, USUAL_HEIGHT_PX


def refuse_settings(settings: SensorSettings, kind: str, *names: str) -> None:
    """Refuse settings that a camera cannot follow, rather than leave them out without a word.

    Args:
        settings: all of them.
        kind: of camera, in words.
        names: what it cannot follow.

    Raises:
        SourceError: one of them is set.
    """
    for name in names:
        value = getattr(settings, name)
        if value:
            raise SourceError(f"device.sensor.{name}: {value} (expected none: {kind} does not know it)")
