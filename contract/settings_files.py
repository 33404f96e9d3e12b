"""How settings are read: defaults from the shipped `leukoscope.toml`, a user's file laid over them, nothing unknown."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from contract.failures import Refusal
from contract.settings import Settings

INSTALL_ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds contract/, bundles/ and leukoscope.toml, in a checkout as in an installed package."""

DEFAULTS = INSTALL_ROOT / "leukoscope.toml"


class SettingsError(Refusal):
    """A settings file is unreadable, holds an unknown key or a value of the wrong kind. Mend the line it names."""


def load_settings(*paths: Path | None) -> Settings:
    """Read the defaults and lay files over them, each over those before.

    Args:
        paths: TOML files with any part of the settings; None: no file. None at all: the defaults alone.

    Returns:
        The settings.

    Raises:
        SettingsError: unreadable, not TOML, an unknown key, or a value of the wrong kind; the line names file and key.
    """
    merged = _read_toml(DEFAULTS)
    settings = _validate(merged, DEFAULTS)
    for path in paths:
        if path is not None:
            merged = _lay_over(merged, _read_toml(path))
            settings = _validate(merged, path)
    return settings


def read_values(path: Path) -> dict[str, Any]:
    """Read what a settings file says, and nothing that it leaves out.

    Args:
        path: a TOML file.

    Returns:
        Value by dotted name, "device.fps".

    Raises:
        SettingsError: unreadable, or not TOML.
    """
    return dict(_flatten(_read_toml(path)))


def _flatten(table: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{before}{key}.")
        else:
            yield before + key, value


def _validate(merged: dict[str, Any], source: Path) -> Settings:
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise SettingsError(f"{source}: {key}: unknown setting (expected one of those in {DEFAULTS})") from error
        if first["type"] == "value_error":  # a rule of our own, whose sentence says what was expected
            raise SettingsError(f"{source}: {key}: {first['ctx']['error']}") from error
        raise SettingsError(f"{source}: {key}: {first['input']!r} ({_expectation(first['msg'])})") from error


def _expectation(message: str) -> str:
    return message.replace("Input should be", "expected", 1)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror} (expected a readable settings file)") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error} (expected TOML)") from error


def _lay_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        inner = merged.get(key)
        merged[key] = _lay_over(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
