"""What `leukoscope bundle list` shows."""

from pathlib import Path

from contract.bundle import load_bundle
from contract.failures import Refusal
from device.bundles.choice import choose_bundle
from device.bundles.history import read_history
from device.bundles.shelf import Place, find_installed, find_shipped
from device.bundles.switch import find_previous

HISTORY_LINES = 10

_HEADS = ("", "name", "version", "hash", "task", "size", "")


def list_bundles(named: str, data_dir: Path) -> list[str]:
    """Describe every bundle there is, which one runs and why, and how the active one changed.

    Args:
        named: the setting `device.bundle`; empty: none is named.
        data_dir: the device's data folder.

    Returns:
        Lines; `*` marks the one that runs, `<` the one a rollback goes to.
    """
    try:
        choice = choose_bundle(named, data_dir)
        runs, told = choice.folder, f"runs (*): {choice.folder}, {choice.why}"
    except Refusal as refusal:
        runs, told = None, f"runs: NONE, {refusal}"
    previous = find_previous(data_dir)
    rows = [_HEADS]
    for place in (*find_installed(data_dir), *find_shipped()):
        mark = "*" if place.folder == runs else "<" if place.name == previous else ""
        rows.append((mark, *_describe(place)))
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    back = f"rollback (<): {previous}" if previous else "rollback: no bundle was active before"
    return [*lines, "", told, back, *_tell_history(data_dir)]


def _describe(place: Place) -> tuple[str, str, str, str, str, str]:
    since = f"installed {place.installed_at:%Y-%m-%d %H:%M} UTC" if place.installed_at else "shipped"
    try:
        bundle = load_bundle(place.folder)
    except Refusal as refusal:
        return place.name, "", "", "", "", f"{since}, BROKEN: {refusal}"
    size = sum(path.stat().st_size for path in place.folder.iterdir())
    manifest = bundle.manifest
    return place.name, manifest.version, bundle.short_hash, manifest.task, f"{size / 1e6:.1f} MB", since


def _tell_history(data_dir: Path) -> list[str]:
    switches = read_history(data_dir)
    shown = [f"{switch.at:%Y-%m-%d %H:%M} UTC  {switch.action:<8}  {switch.bundle}" for switch in switches]
    return ["", "how the active bundle changed:", *shown[-HISTORY_LINES:]] if shown else []
