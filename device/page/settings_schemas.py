"""What goes to and fro when settings are looked at and changed."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from device.settings.layers import Origin
from device.settings.page import Value
from device.settings.trial import LeftOut

Shown = Value | tuple[Value, ...]
Kind = Literal["number", "whole", "text", "choice", "switch", "list"]


class SettingFacts(BaseModel):
    """A setting.

    `value` holds now, `next` from the next start on. `reason` is the text beside the default in leukoscope.toml, its
    unit included. Bounds are those of the setting's type; None: none.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    key: str
    group: str
    value: Shown
    next: Shown
    default: Shown
    origin: Origin
    next_origin: Origin
    reason: str
    unit: str
    kind: Kind
    least: float | None
    most: float | None
    choices: tuple[str, ...]
    changeable: bool
    at_once: bool


class SettingsFacts(BaseModel):
    """Every setting of the device, by group in the order of the page; and which changes a start left out, and why."""

    settings: tuple[SettingFacts, ...]
    left_out: tuple[LeftOut, ...]
    file: str
    may_change: bool


class SettingsWish(BaseModel):
    """What shall be another value; null: back to what the settings file or the default says. All of it, or nothing."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    changes: Annotated[dict[str, Value | None], Field(min_length=1, max_length=50)]


class BundleEntry(BaseModel):
    """A bundle that can be chosen; `trouble` says why one cannot."""

    name: str
    version: str
    task: str
    size_mb: float
    since: str
    in_use: bool
    next_start: bool
    trouble: str


class BundleList(BaseModel):
    """Bundles, installed and shipped; another one is used from the next start on.

    `named` is set where a settings file or the command line names the bundle: then no choice here has an effect.
    """

    in_use: str
    why: str
    named: str
    previous: str | None
    bundles: tuple[BundleEntry, ...]


class BundleChoice(BaseModel):
    """Which bundle to use from the next start on."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=128)]
