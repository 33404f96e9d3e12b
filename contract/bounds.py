"""What no bundle can mean: facts of the right kind that no microscope, fit or person can have meant."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from contract.cell_types import APART, UNIDENTIFIED
from contract.failures import Refusal

if TYPE_CHECKING:
    from contract.bundle import Manifest

SMALLEST_UM_PER_PX, LARGEST_UM_PER_PX = 0.05, 2.0
"""A white cell of 10 um is 200 pixels wide at the one and 5 at the other; beyond, a field fills the memory or says
nothing."""

LEAST_TEMPERATURE, MOST_TEMPERATURE = 0.01, 100.0
"""Fits end between 0.05 and 20; beyond, every answer is quite sure or quite even."""

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,39}")
_LONGEST_NAME = 40


class BoundsError(Refusal):
    """A bundle states what cannot be. It was packed wrongly: build it again, or go back to the one before."""

    exit_code = 3


def check_bounds(manifest: "Manifest", path: Path) -> None:
    """Refuse facts that would stop the program, or show what nobody can read.

    Args:
        manifest: valid and in agreement with itself.
        path: where it was read, for the message.

    Raises:
        BoundsError: the line names the fact, its value and what was expected.
    """
    for strange in _find_strange(manifest):
        raise BoundsError(f"{path}: {strange}")


def _find_strange(manifest: "Manifest") -> Iterator[str]:
    yield from _outside("um_per_px", manifest.um_per_px, SMALLEST_UM_PER_PX, LARGEST_UM_PER_PX)
    for where, abstention in (("cell", manifest.cell), ("field", manifest.field)):
        if abstention is not None:
            yield from _outside(f"{where}.temperature", abstention.temperature, LEAST_TEMPERATURE, MOST_TEMPERATURE)
    if len(manifest.name) > _LONGEST_NAME:
        yield f"name: {len(manifest.name)} letters (expected {_LONGEST_NAME} at most)"
    if not _VERSION.fullmatch(manifest.version):
        yield f"version: {manifest.version[:60]!r} (expected up to 60 letters, digits, points and dashes)"
    for where, label in _find_labels(manifest):
        if not _LABEL.fullmatch(label) or label in (UNIDENTIFIED, *APART):
            kept = " or ".join((UNIDENTIFIED, *APART))
            yield f"{where}: {label[:60]!r} (expected up to 40 letters, digits, blanks; not {kept})"


def _find_labels(manifest: "Manifest") -> Iterator[tuple[str, str]]:
    yield from (("classes", name) for name in manifest.classes)
    for group, values in manifest.attributes.items():
        yield from (("attributes", label) for label in (group, *values))


def _outside(where: str, value: float, least: float, most: float) -> Iterator[str]:
    if not least <= value <= most:
        yield f"{where}: {value:.6g} (expected {least} to {most})"
