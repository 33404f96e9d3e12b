"""The settings that may be changed on the page, and the file in the data folder that holds what was changed there."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import StrictBool, StrictFloat, StrictInt, StrictStr

from contract.settings_files import DEFAULTS, SettingsError, read_values
from device.staging import write_whole

PAGE_SETTINGS = "settings.toml"
"""In the data folder: what was changed on the page."""

HELD_SETTINGS = "settings_held.toml"
"""In the data folder: with what of it the program last finished a picture (`device.settings.trial`)."""

Value = StrictBool | StrictInt | StrictFloat | StrictStr
"""What a setting that is changed on the page can be."""

CAMERA = "device.camera"

CHANGEABLE = frozenset(
    {
        *("device.name", "device.operator", CAMERA, "device.fps"),
        *(f"device.sensor.{key}" for key in ("exposure_us", "analogue_gain", "red_gain", "blue_gain")),
        *(f"device.sensor.{key}" for key in ("width_px", "height_px", "configuration", "usb_format")),
        *(f"device.page.{key}" for key in ("jpeg_quality", "max_fps", "session_idle_min", "session_hours")),
        *(
            f"device.counting.{key}"
            for key in ("target", "same_cell_um", "still_um", "interval_width_percent", "resume_h")
        ),
        *(f"device.quality.{key}" for key in ("min_mean_luminance", "max_mean_luminance", "max_saturated_fraction")),
        *(f"device.quality.{key}" for key in ("min_contrast", "min_focus", "min_cover", "max_cover", "max_overlap")),
        *("device.drift.max_lamp_change", "device.drift.max_colour_change"),
        *("device.quality.max_stain_distance", "device.calibration.min_cells_per_class"),
        *("device.calibration.max_cells_per_class", "device.calibration.named_accuracy"),
    }
)
"""By name, so that what a later version adds stays out until somebody has thought about it. Never a path, an address,
the password file or what the disk needs: who can sign in must not be able to lead the program elsewhere."""

AT_ONCE = frozenset({"device.operator", "device.counting.target"})
"""These hold from the next slide on; the others from the next start."""

_CAMERA = re.compile(r"simulated(:\d{1,9})?|picamera2(:\d)?|usb(:\d{1,2})?")
_LINE = re.compile(r"[^\x00-\x1f\x7f]{0,64}")
_HEADS = {
    PAGE_SETTINGS: "# Changed on the page; lies over the settings file and below the command line.\n",
    HELD_SETTINGS: "# With these changes of the page the program last finished a picture. Written by the program.\n",
}


def read_page_settings(data_dir: Path, name: str = PAGE_SETTINGS) -> dict[str, Any]:
    """Read what was changed on the page.

    Args:
        data_dir: the device's data folder.
        name: `PAGE_SETTINGS` or `HELD_SETTINGS`.

    Returns:
        Value by dotted name; empty where nothing was changed.

    Raises:
        SettingsError: the file is damaged, or holds what is not changed on the page.
    """
    path = data_dir / name
    if not path.exists():
        return {}
    values = read_values(path)
    for key, value in values.items():
        try:
            check_change(key, value)
        except SettingsError as error:
            raise SettingsError(f"{path}: {error}; mend the line or delete it") from error
    return values


def check_change(key: str, value: object) -> None:
    """Look whether the page may set this at all; whether the value fits, the model of the settings says.

    Args:
        key: dotted name.
        value: wanted; None: back to what it is without the page.

    Raises:
        SettingsError: it may not.
    """
    if key not in CHANGEABLE:
        raise SettingsError(f"{key[:80]}: not changed on the page (expected in a settings file, see {DEFAULTS.name})")
    if key == CAMERA and isinstance(value, str) and not _CAMERA.fullmatch(value):
        raise SettingsError(f"{key}: {value[:80]!r} (expected simulated[:SEED], picamera2[:N] or usb[:N] on the page)")
    if isinstance(value, str) and not _LINE.fullmatch(value):
        raise SettingsError(f"{key}: {value[:80]!r} (expected one line of at most 64 characters)")


def write_page_settings(data_dir: Path, values: Mapping[str, Any], name: str = PAGE_SETTINGS) -> None:
    """Keep what was changed on the page; after a cut of power the file is the old one or the new one.

    Args:
        data_dir: the device's data folder.
        values: by dotted name, all of them, already checked.
        name: `PAGE_SETTINGS` or `HELD_SETTINGS`.

    Raises:
        OutputError: it cannot be written.
    """
    tables: dict[str, Any] = {}
    for key in sorted(values):
        *sections, last = key.split(".")
        table = tables
        for section in sections:
            table = table.setdefault(section, {})
        table[last] = values[key]
    with write_whole(data_dir / name) as file:
        file.write(_HEADS[name])
        file.write(tomli_w.dumps(tables))
