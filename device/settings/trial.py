"""Settings changed on the page are on trial until the program has finished a picture with them.

    settings.toml        what was changed on the page: what the next start uses
    settings_held.toml   with what of it the program last finished a picture
    settings_trial.json  whether a start is under way with something else; what was left out of settings.toml, and why

What a start does not come up with is taken out of the first file, so that no change made on the page leaves the
laboratory without an instrument. A start that was refused is followed by another at once; one that hung or crashed is
found out by the next.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from contract.settings_files import SettingsError
from device.settings.page import AT_ONCE, HELD_SETTINGS, PAGE_SETTINGS, Value, read_page_settings, write_page_settings
from device.staging import OutputError, write_whole

TRIAL_RECORD = "settings_trial.json"

DAMAGED_SETTINGS = "settings_damaged.toml"
"""A file of the page that could not be read is kept under this name."""

IMPATIENT_S = 60.0
"""Whoever ends a start sooner has changed their mind; the service manager waits longer (TimeoutStartSec)."""

log = logging.getLogger(__name__)


class LeftOut(BaseModel):
    """A change made on the page that a start left out.

    Attributes:
        key: dotted name; `PAGE_SETTINGS` where the file as a whole could not be used.
        value: that was wanted; None: what it is without the page.
        why: in the words of the start that was refused; empty: it ended without a word.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    value: Value | None
    why: str


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    trying: bool = False
    left_out: tuple[LeftOut, ...] = ()


class SettingsTrial:
    """Keeps the books of what is on trial; any thread may ask.

    Args:
        data_dir: the device's data folder.
        spared: dotted names that the command line sets: this start says nothing about the page's values of these.
    """

    def __init__(self, data_dir: Path, spared: Iterable[str]) -> None:
        self._data_dir = data_dir
        self._spared = AT_ONCE | frozenset(spared)
        self._lock = threading.Lock()
        self._record = _read_record(data_dir / TRIAL_RECORD)
        self._on_trial: dict[str, Any] = {}
        self._taken_out: dict[str, Any] = {}
        self._began = monotonic()

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Changes that were left out, until somebody sets them again or gives them up."""
        return self._record.left_out

    def set_aside(self, why: str, values: Mapping[str, Any]) -> None:
        """Put a file of the page that cannot be used out of the way.

        Args:
            why: it cannot be used.
            values: take its place.
        """
        with self._lock:
            with suppress(OSError):  # it stays, and is told of at every start
                (self._data_dir / PAGE_SETTINGS).replace(self._data_dir / DAMAGED_SETTINGS)
            self._write_settings(values)
            self._note(trying=False, left_out=(LeftOut(key=PAGE_SETTINGS, value=None, why=why),))

    def begin(self) -> None:
        """Begin a start: leave out what the last one did not come up with, and note what this one tries."""
        with self._lock:
            self._on_trial = self._find_untried()
            if self._record.trying and self._on_trial:
                self._take_out("")
            self._note(trying=bool(self._on_trial))
            self._began = monotonic()

    def tries(self, beginnings: tuple[str, ...]) -> bool:
        """Say whether something is on trial whose name begins so."""
        return any(key.startswith(beginnings) for key in self._on_trial)

    def prove(self) -> None:
        """Note that a picture was finished: what was on trial holds."""
        with self._lock:
            self._taken_out = {}
            if not self._on_trial:
                return
            held = self._read_held() | self._on_trial
            self._on_trial = {}
            self._write_settings(held, HELD_SETTINGS)
            self._note(trying=False)

    def refuse(self, why: str) -> bool:
        """Leave out what is on trial; False: nothing is.

        Args:
            why: the start was refused.
        """
        with self._lock:
            if not self._on_trial:
                return False
            self._taken_out = dict(self._on_trial)
            self._take_out(why)
            self._note(trying=False)
            return True

    def put_back(self) -> None:
        """Take what was just left out up again: the start was refused without it too, so it was not to blame."""
        with self._lock:
            if not self._taken_out:
                return
            self._write_settings(read_page_settings(self._data_dir) | self._taken_out)
            self._forget(self._taken_out)
            self._taken_out = {}

    def end(self) -> None:
        """Note that a start was ended before its first picture, which says nothing if it was ended early."""
        with self._lock:
            if self._on_trial and monotonic() - self._began < IMPATIENT_S:
                self._note(trying=False)

    def forget(self, keys: Iterable[str]) -> None:
        """Note that somebody has set these anew: the next start tries them.

        Args:
            keys: dotted names.
        """
        with self._lock:
            self._note(trying=False)
            self._forget({*keys, PAGE_SETTINGS})

    def forget_file(self) -> None:
        """Note that the file of the page can be used (again)."""
        with self._lock:
            self._forget((PAGE_SETTINGS,))

    def _find_untried(self) -> dict[str, Any]:
        """Value by name of what differs from what was held; None: it is no more set on the page."""
        wanted, held = read_page_settings(self._data_dir), self._read_held()
        keys = (wanted.keys() | held.keys()) - self._spared
        return {key: wanted.get(key) for key in sorted(keys) if wanted.get(key) != held.get(key)}

    def _take_out(self, why: str) -> None:
        held = self._read_held()
        kept = read_page_settings(self._data_dir) | {key: held.get(key) for key in self._on_trial}
        self._write_settings(kept)
        left_out = tuple(LeftOut(key=key, value=value, why=why) for key, value in self._on_trial.items())
        self._forget(self._on_trial)
        self._note(left_out=(*self._record.left_out, *left_out))
        self._on_trial = {}

    def _read_held(self) -> dict[str, Any]:
        try:
            return read_page_settings(self._data_dir, HELD_SETTINGS)
        except SettingsError as error:
            log.warning("%s; without it", error)
            return {}

    def _write_settings(self, values: Mapping[str, Any], name: str = PAGE_SETTINGS) -> None:
        kept = {key: value for key, value in values.items() if value is not None}
        with _as_well_as_can_be():
            write_page_settings(self._data_dir, kept, name)

    def _forget(self, keys: Iterable[str]) -> None:
        self._note(left_out=tuple(one for one in self._record.left_out if one.key not in set(keys)))

    def _note(self, **changes: Any) -> None:
        record = self._record.model_copy(update=changes)
        if record == self._record:
            return
        self._record = record
        with _as_well_as_can_be(), write_whole(self._data_dir / TRIAL_RECORD) as file:
            file.write(record.model_dump_json())


def _read_record(path: Path) -> _Record:
    try:
        return _Record.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return _Record()
    except (OSError, ValidationError) as error:
        log.warning("%s: %s; begun anew", path, type(error).__name__)
        return _Record()


@contextmanager
def _as_well_as_can_be() -> Iterator[None]:
    """A disk that cannot be written to must not be what keeps the program from starting or from going on."""
    try:
        yield
    except OutputError as error:
        log.warning("what is on trial is not kept: %s", error)
