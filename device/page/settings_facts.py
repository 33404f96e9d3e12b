"""How a setting is told: what it is, what it may be, why it is so, and where it comes from."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from contract.settings import DeviceSettings
from contract.settings_text import read_texts
from device.page.settings_schemas import Kind, SettingFacts
from device.settings.layers import Layered, find_value, list_defaults
from device.settings.page import AT_ONCE, CHANGEABLE

GROUPS: dict[str, tuple[str, ...]] = {
    "microscope": ("device.name", "device.operator"),
    "camera": ("device.camera", "device.fps", "device.sensor."),
    "optics": ("device.um_per_px", "device.optics."),
    "bundle": ("device.bundle",),
    "counting": ("device.counting.",),
    "quality": ("device.quality.",),
    "drift": ("device.drift.",),
    "calibration": ("device.calibration.",),
    "page": ("device.page.", "device.threads"),
    "records": ("device.data_dir", "device.recorder."),
}
"""What stands together on the page, by the beginning of the name; what fits none of these comes last."""

ELSEWHERE = ("device.reference.",)
"""These have a place of their own on the page."""

_UNITS = {
    "um": "µm",
    "us": "µs",
    "ms": "ms",
    "s": "s",
    "min": "min",
    "hours": "h",
    "px": "px",
    "mb": "MB",
    "percent": "%",
    "um_per_px": "µm/px",
    "fps": "1/s",
    "max_fps": "1/s",
}


def describe_settings(
    now: Mapping[str, Any], started: Mapping[str, str], later: Layered, changed: Mapping[str, Any]
) -> tuple[SettingFacts, ...]:
    """Tell every setting of the device.

    Args:
        now: that the program was started with, as `Settings.model_dump` gives them.
        started: where those came from.
        later: what holds at the next start.
        changed: of those that take effect at once, what holds instead of `now`.

    Returns:
        By group, in the order of the shipped file.
    """
    schema, defaults, texts = _read_schema(), list_defaults(), read_texts()
    next_values = later.settings.model_dump()
    found = []
    for key, default in defaults.items():
        if not key.startswith("device.") or key.startswith(ELSEWHERE):
            continue
        kind, least, most, choices = _describe_type(schema, key.split(".")[1:])
        origin = later.origins.get(key, "default")
        found.append(
            SettingFacts(
                key=key,
                group=_find_group(key),
                value=changed.get(key, find_value(now, key)),
                next=find_value(next_values, key),
                default=default,
                origin=origin if key in changed else started.get(key, "default"),
                next_origin=origin,
                reason=texts[key],
                unit=_find_unit(key),
                kind=kind,
                least=least,
                most=most,
                choices=choices,
                changeable=key in CHANGEABLE,
                at_once=key in AT_ONCE,
            )
        )
    order = [*GROUPS, "other"]
    return tuple(sorted(found, key=lambda setting: order.index(setting.group)))


@cache
def _read_schema() -> dict[str, Any]:
    return DeviceSettings.model_json_schema()


def _find_group(key: str) -> str:
    return next((group for group, names in GROUPS.items() if key.startswith(names)), "other")


def _find_unit(key: str) -> str:
    name = key.rpartition(".")[2]
    ends = [unit for unit in _UNITS if name == unit or name.endswith(f"_{unit}")]
    return _UNITS[max(ends, key=len)] if ends else ""


def _describe_type(
    schema: Mapping[str, Any], path: list[str]
) -> tuple[Kind, float | None, float | None, tuple[str, ...]]:
    part: Mapping[str, Any] = schema
    for name in path:
        part = part["properties"][name]
        if "$ref" in part:
            part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    if "enum" in part:
        return "choice", None, None, tuple(part["enum"])
    least, most = part.get("minimum", part.get("exclusiveMinimum")), part.get("maximum", part.get("exclusiveMaximum"))
    kinds: dict[str, Kind] = {"integer": "whole", "number": "number", "boolean": "switch", "array": "list"}
    return kinds.get(part.get("type", ""), "text"), least, most, ()
