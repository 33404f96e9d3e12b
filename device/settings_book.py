"""Which settings hold and where each comes from.

    leukoscope.toml  <  --config FILE  <  what was changed on the page (DATA_DIR/settings.toml)  <  the command line

The page lies over the file, because a person who changes something there wants it to hold; the command line lies over
the page, because it is typed for one start, and is how one gets out of a page setting that keeps the program from
starting.
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from contract.settings import DEFAULTS, Settings, SettingsError, load_settings, read_values
from device.options import PLACES, lay_over
from device.page_settings import AT_ONCE, PAGE_SETTINGS, check_change, read_page_settings, write_page_settings

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


class SettingsBook:
    """Reads the settings of a device from all their places, and keeps what is changed on the page; any thread may ask.

    Attributes:
        started: what the program was started with; None until `begin`.

    Args:
        config: the user's file; None: none was given.
        options: of the command line, by name; None as a value: not given.
    """

    def __init__(self, config: Path | None = None, options: Mapping[str, Any] | None = None) -> None:
        self._config = config
        self._options = {name: value for name, value in (options or {}).items() if value is not None}
        self.started: Layered | None = None
        self._changed: dict[str, Any] = {}
        self._lock = threading.Lock()

    def read(self, data_dir: Path | None = None) -> Layered:
        """Read what holds at the next start.

        Args:
            data_dir: the device's data folder; None: where the settings say.

        Returns:
            The settings.

        Raises:
            SettingsError: a file or an option cannot be used; the line names it.
        """
        if data_dir is None:
            data_dir = Path(lay_over(load_settings(self._config), self._options).device.data_dir)
        changed = data_dir / PAGE_SETTINGS
        in_file = read_values(self._config) if self._config else {}
        on_page = read_page_settings(data_dir)
        settings = load_settings(self._config, changed if on_page else None)
        origins: dict[str, Origin] = dict.fromkeys(in_file, "file")
        origins |= dict.fromkeys(on_page, "page")
        origins |= {".".join(("device", *PLACES[name])): "command line" for name in self._options}
        return Layered(lay_over(settings, self._options), origins)

    def begin(self) -> Settings:
        """Read the settings that the program starts with.

        Raises:
            SettingsError: a file or an option cannot be used; the line names it.
        """
        self.started = self.read()
        return self.started.settings

    def find(self, key: str, otherwise: Any) -> Any:
        """Give what holds now of a setting that takes effect at once.

        Args:
            key: dotted name.
            otherwise: what held at the start.
        """
        with self._lock:
            return self._changed.get(key, otherwise)

    def change(self, changes: Mapping[str, Any], data_dir: Path) -> None:
        """Keep changes made on the page: all of them, or none.

        Args:
            changes: value by dotted name; None: back to what it is without the page.
            data_dir: the device's data folder.

        Raises:
            SettingsError: one may not be changed there, or does not fit; nothing has changed.
            OutputError: the file cannot be written.
        """
        with self._lock:
            for key, value in changes.items():
                check_change(key, value)
            values = read_page_settings(data_dir) | dict(changes)
            kept = {key: value for key, value in values.items() if value is not None}
            self._rehearse(kept)
            write_page_settings(data_dir, kept)
            settings = self.read(data_dir).settings.model_dump()
            self._changed |= {key: find_value(settings, key) for key in AT_ONCE & changes.keys()}

    def _rehearse(self, values: dict[str, Any]) -> None:
        """Read the file as the next start will, before there is one."""
        with TemporaryDirectory(prefix="leukoscope-") as folder:
            write_page_settings(Path(folder), values)
            try:
                self.read(Path(folder))
            except SettingsError as error:
                raise SettingsError(str(error).replace(f"{folder}{os.sep}{PAGE_SETTINGS}: ", "")) from error


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
