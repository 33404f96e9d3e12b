"""Which settings the program starts with, and how a change made on the page is kept.

A page setting that keeps the program from starting is left out (`device.settings.trial`).
"""

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contract.settings import Settings
from contract.settings_files import SettingsError
from device.settings.layers import Layered, SettingsLayers, find_value
from device.settings.page import (
    AT_ONCE,
    HELD_SETTINGS,
    PAGE_SETTINGS,
    check_change,
    read_page_settings,
    write_page_settings,
)
from device.settings.trial import LeftOut, SettingsTrial


class SettingsBook:
    """Reads the settings of a device from all their places, and keeps what is changed on the page; any thread may ask.

    Attributes:
        started: what the program was started with; None until `begin`.

    Args:
        config: the user's file; None: none was given.
        options: of the command line, by name; None as a value: not given.
    """

    def __init__(self, config: Path | None = None, options: Mapping[str, Any] | None = None) -> None:
        self._layers = SettingsLayers(config, options)
        self.started: Layered | None = None
        self._trial: SettingsTrial | None = None
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
        return self._layers.lay(data_dir or self._layers.find_data_dir(), PAGE_SETTINGS)

    def begin(self) -> Settings:
        """Read the settings that the program starts with.

        Raises:
            SettingsError: a file or an option cannot be used; the line names it.
        """
        self.started = self.read()
        return self.started.settings

    def begin_trial(self) -> Settings:
        """Read the settings that the program starts with, and leave out what of the page it did not come up with.

        Raises:
            SettingsError: a file or an option cannot be used, and not one of the page; the line names it.
        """
        data_dir = self._layers.find_data_dir()
        self._trial = SettingsTrial(data_dir, self._layers.keys_of_options)
        try:
            self.read(data_dir)
        except SettingsError as error:
            self._layers.lay(data_dir, None)  # raises where the page is not to blame
            self._trial.set_aside(str(error), self._read_usable(data_dir))
        else:
            self._trial.forget_file()
        self._trial.begin()
        try:
            return self.begin()
        except SettingsError as error:  # what was held once does not fit any more either
            self._trial.set_aside(str(error), {})
            return self.begin()

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Changes made on the page that a start left out, until somebody sets them again or gives them up."""
        return self._trial.left_out if self._trial else ()

    def is_on_trial(self, *beginnings: str) -> bool:
        """Say whether this start tries a setting whose name begins so.

        Args:
            beginnings: of dotted names.
        """
        return self._trial is not None and self._trial.tries(beginnings)

    def prove(self) -> None:
        """Note that a picture was finished: the program has come up."""
        if self._trial:
            self._trial.prove()

    def leave_out(self, why: str) -> Settings | None:
        """Give the settings to start with instead of those that were refused.

        Args:
            why: the start was refused.

        Returns:
            They are without what was on trial; None: nothing was.
        """
        if self._trial is None or not self._trial.refuse(why):
            return None
        return self.begin()

    def put_back(self) -> None:
        """Note that the start was refused without what was left out, too."""
        if self._trial:
            self._trial.put_back()

    def end(self) -> None:
        """Note that the program was told to stop."""
        if self._trial:
            self._trial.end()

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
            if self._trial:
                self._trial.forget(changes)
            settings = self.read(data_dir).settings.model_dump()
            self._changed |= {key: find_value(settings, key) for key in AT_ONCE & changes.keys()}

    def _read_usable(self, data_dir: Path) -> dict[str, Any]:
        """Give what the program last came up with, if that can still be used."""
        try:
            self._layers.lay(data_dir, HELD_SETTINGS)
            return read_page_settings(data_dir, HELD_SETTINGS)
        except SettingsError:
            return {}

    def _rehearse(self, values: dict[str, Any]) -> None:
        """Read the file as the next start will, before there is one."""
        with TemporaryDirectory(prefix="leukoscope-") as folder:
            write_page_settings(Path(folder), values)
            try:
                self.read(Path(folder))
            except SettingsError as error:
                raise SettingsError(str(error).replace(f"{folder}{os.sep}{PAGE_SETTINGS}: ", "")) from error
