"""Which of libcamera's controls stand for which settings."""

from collections.abc import Mapping
from typing import Any

from contract.settings import SensorSettings
from device.cameras.source import SourceError

Offered = Mapping[str, tuple[Any, Any, Any]]
"""What a camera offers: smallest, largest and default value by control, as `Picamera2.camera_controls` gives it."""


def choose_controls(offered: Offered, settings: SensorSettings, fps: float) -> dict[str, Any]:
    """Translate settings to controls; what is automatic is left out.

    Args:
        offered: by the configured camera.
        settings: what is asked.
        fps: pictures a second; 0: as the configuration has it.

    Returns:
        Values by control.

    Raises:
        SourceError: the camera does not offer a control that is set, or not with this value.
    """
    controls: dict[str, Any] = {}
    if settings.exposure_us:
        controls["ExposureTime"] = _demand(offered, "ExposureTime", "exposure_us", settings.exposure_us)
    if settings.analogue_gain:
        controls["AnalogueGain"] = _demand(offered, "AnalogueGain", "analogue_gain", settings.analogue_gain)
    if settings.red_gain:
        _demand(offered, "ColourGains", "red_gain", settings.red_gain)
        _demand(offered, "ColourGains", "blue_gain", settings.blue_gain)
        controls["ColourGains"] = (settings.red_gain, settings.blue_gain)
    if fps and "FrameDurationLimits" in offered:
        # A frame is never shorter than its exposure; libcamera would cut the exposure without a word.
        duration_us = max(round(1e6 / fps), settings.exposure_us)
        controls["FrameDurationLimits"] = (duration_us, duration_us)
    return controls


def choose_crop(offered: Offered, settings: SensorSettings) -> tuple[int, ...] | None:
    """Find the part of the sensor that is to be read; None where the settings leave it open.

    Args:
        offered: by the configured camera.
        settings: what is asked.

    Raises:
        SourceError: the camera cannot crop, or the part lies outside its sensor.
    """
    if not settings.crop_px:
        return None
    if "ScalerCrop" not in offered:
        raise SourceError("device.sensor.crop_px: this camera cannot crop (expected none)")
    left, top, width, height = offered["ScalerCrop"][1]
    x, y, crop_width, crop_height = settings.crop_px
    inside = left <= x and top <= y and x + crop_width <= left + width and y + crop_height <= top + height
    if not inside or crop_width == 0 or crop_height == 0:
        within = f"a part of x {left}, y {top}, width {width}, height {height}"
        raise SourceError(f"device.sensor.crop_px: {list(settings.crop_px)} (expected {within})")
    return settings.crop_px


def find_exposure_range(offered: Offered, controls: Mapping[str, Any]) -> tuple[float, float] | None:
    """Find between which exposures the camera may choose, in microseconds.

    Args:
        offered: by the configured camera.
        controls: that were set; a frame of a set duration ends its exposure.

    Returns:
        Shortest and longest; None where it may not choose, or does not tell.
    """
    span = None if "ExposureTime" in controls else _read_range(offered, "ExposureTime")
    if span is None:
        return None
    return span[0], min(span[1], controls.get("FrameDurationLimits", span)[1])


def _read_range(offered: Offered, control: str) -> tuple[float, float] | None:
    smallest, largest, _ = offered.get(control, (None, None, None))
    if not isinstance(smallest, int | float) or not isinstance(largest, int | float):
        return None
    return float(smallest), float(largest)


def _demand(offered: Offered, control: str, setting: str, value: float) -> float:
    if control not in offered:
        raise SourceError(f"device.sensor.{setting}: this camera has no {control} (expected 0)")
    span = _read_range(offered, control)
    if span is not None and span[0] < span[1] and not span[0] <= value <= span[1]:
        raise SourceError(f"device.sensor.{setting}: {value} (expected {span[0]:g} to {span[1]:g} from this camera)")
    return value
