"""What the command line lays over the settings."""

from typing import Any

from pydantic import ValidationError

from contract.settings import Settings
from contract.settings_files import SettingsError

PLACES = {
    "bundle": ("bundle",),
    "camera": ("camera",),
    "data_dir": ("data_dir",),
    "fps": ("fps",),
    "host": ("page", "host"),
    "name": ("name",),
    "operator": ("operator",),
    "port": ("page", "port"),
    "threads": ("threads",),
    "um_per_px": ("um_per_px",),
}
"""Where in the section `device` the value of each option belongs."""


def lay_over(settings: Settings, options: dict[str, Any]) -> Settings:
    """Lay options over settings.

    Args:
        settings: as read from files.
        options: value by option name, with underscores; None: not given.

    Returns:
        The settings that hold.

    Raises:
        SettingsError: a value is outside what the setting allows.
    """
    values = settings.model_dump()
    for option, value in options.items():
        if value is None:
            continue
        *sections, key = PLACES[option]
        place = values["device"]
        for section in sections:
            place = place[section]
        place[key] = value
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][-1]).replace("_", "-")
        expected = first["msg"].replace("Input should be", "expected", 1)
        raise SettingsError(f"--{option}: {first['input']!r} ({expected})") from error
