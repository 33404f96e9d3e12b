"""The places that settings come from, one over the other.

    leukoscope.toml  <  --config FILE  <  what was changed on the page (DATA_DIR/settings.toml)  <  the command line

The page lies over the file, because a person who changes something there wants it to hold; the command line lies over
the page, because it is typed for one start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from contract.settings import Settings
from contract.settings_files import DEFAULTS, load_settings, read_values
from device.settings.options import PLACES, lay_over
from device.settings.page import read_page_settings

Origin = Literal["default", "file", "page", "command line"]


@dataclass(frozen=True, slots=True)
class Layered:
    """Settings with their origins.

    Attributes:
        settings: that hold.
        origins: by dotted name; a name that is missing is at its default.
    """

    settings: Settings
    origins: Mapping[str, Origin]


class SettingsLayers:
    """Lays the places over each other.

    Attributes:
        keys_of_options: dotted names that the command line sets.

    Args:
        config: the user's file; None: none was given.
        options: of the command line, by name; None as a value: not given.
    """

    def __init__(self, config: Path | None, options: Mapping[str, Any] | None) -> None:
        self._config = config
        self._options = {name: value for name, value in (options or {}).items() if value is not None}
        self.keys_of_options = tuple(".".join(("device", *PLACES[name])) for name in self._options)

    def find_data_dir(self) -> Path:
        """Give the device's data folder, of which the page has no say.

        Raises:
            SettingsError: the user's file or an option cannot be used; the line names it.
        """
        return Path(lay_over(load_settings(self._config), self._options).device.data_dir)

    def lay(self, data_dir: Path, name: str | None) -> Layered:
        """Read all places.

        Args:
            data_dir: the device's data folder.
            name: of the page's file in it; None: without the page.

        Returns:
            The settings that hold.

        Raises:
            SettingsError: a file or an option cannot be used; the line names it.
        """
        in_file = read_values(self._config) if self._config else {}
        on_page = read_page_settings(data_dir, name) if name else {}
        settings = load_settings(self._config, data_dir / name if name and on_page else None)
        origins: dict[str, Origin] = dict.fromkeys(in_file, "file")
        origins |= dict.fromkeys(on_page, "page")
        origins |= dict.fromkeys(self.keys_of_options, "command line")
        return Layered(lay_over(settings, self._options), origins)


def find_value(settings: Mapping[str, Any], key: str) -> Any:
    """Look a setting up by its dotted name.

    Args:
        settings: as `Settings.model_dump` gives them.
        key: "device.fps".

    Returns:
        Its value.
    """
    found: Any = settings
    for part in key.split("."):
        found = found[part]
    return found


@cache
def list_defaults() -> dict[str, Any]:
    """Give every setting's default by dotted name, in the order of the shipped file."""
    return read_values(DEFAULTS)
