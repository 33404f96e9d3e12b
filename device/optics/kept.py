"""What is stored of the optics, read back: proved against its hashes, the newest of each kind in force."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from contract.failures import Refusal
from device.optics.measurement import Arrays, Facts, Kind

FOLDER = "optics"
REMOVED = "removed"
"""Within `FOLDER`: what was removed or undone; records that name it can still be explained."""

FACTS, ARRAYS, PICTURE = "measurement.json", "arrays.npz", "picture.png"
HASH_CHARS = 8
SHAPES: dict[Kind, tuple[str, int]] = {"dark": ("level", 3), "flat": ("light", 3), "white": ("plasma", 1)}
"""Name and dimensions of the array of each kind."""


class ShelfError(Refusal):
    """A stored measurement is damaged, or there is none of this name. Remove what is damaged, and measure again."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored measurement.

    Attributes:
        name: kind and hash, `flat-1a2b3c4d`.
        facts: what was written down.
        folder: where it lies.
    """

    name: str
    facts: Facts
    folder: Path

    def read_arrays(self) -> Arrays:
        """Read its arrays.

        Raises:
            ShelfError: they are damaged.
        """
        content = _read_sealed(self.folder, ARRAYS, self.facts.files)
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                arrays = dict(stored)
        except (ValueError, OSError) as error:
            raise ShelfError(_tell_damage(self.folder, ARRAYS, str(error))) from error
        wanted, dimensions = SHAPES[self.facts.kind]
        if set(arrays) != {wanted} or arrays[wanted].ndim != dimensions:
            raise ShelfError(_tell_damage(self.folder, ARRAYS, f"holds {sorted(arrays)} (expected {wanted})"))
        return arrays

    def read_picture(self) -> bytes:
        """Read its picture, a PNG.

        Raises:
            ShelfError: it is damaged.
        """
        return _read_sealed(self.folder, PICTURE, self.facts.files)


def read_shelf(data_dir: Path, camera: str | None = None) -> tuple[Kept, ...]:
    """Read what is stored, oldest first.

    Args:
        data_dir: the device's data folder.
        camera: of this source only; None: of all.

    Returns:
        The measurements, their facts proved against their names.

    Raises:
        ShelfError: one is damaged; whose it was cannot be told then, so it is refused for every camera.
    """
    shelf = data_dir / FOLDER
    if not shelf.is_dir():
        return ()
    folders = [entry for entry in sorted(shelf.iterdir()) if not entry.name.startswith(".") and entry.name != REMOVED]
    kept = [_read(folder) for folder in folders]
    return tuple(
        sorted((one for one in kept if camera in (None, one.facts.camera)), key=lambda one: one.facts.measured_at)
    )


def find_in_force(data_dir: Path, camera: str) -> dict[Kind, Kept]:
    """Find the newest measurement of each kind.

    Args:
        data_dir: the device's data folder.
        camera: name of the source.

    Returns:
        By kind; kinds never measured are missing.

    Raises:
        ShelfError: as `read_shelf`.
    """
    return {one.facts.kind: one for one in read_shelf(data_dir, camera)}


def _read(folder: Path) -> Kept:
    try:
        content = (folder / FACTS).read_bytes()
        facts = Facts.model_validate_json(content)
    except OSError as error:
        raise ShelfError(_tell_damage(folder, FACTS, str(error.strerror))) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ShelfError(_tell_damage(folder, FACTS, f"{where}: {first['msg']}".lstrip(": "))) from error
    expected = f"{facts.kind}-{hash_content(content)[:HASH_CHARS]}"
    if folder.name != expected:
        raise ShelfError(_tell_damage(folder, FACTS, f"belongs to {expected}"))
    return Kept(folder.name, facts, folder)


def _read_sealed(folder: Path, name: str, hashes: Mapping[str, str]) -> bytes:
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ShelfError(_tell_damage(folder, name, str(error.strerror))) from error
    if hash_content(content) != hashes.get(name):
        raise ShelfError(_tell_damage(folder, name, "its sha256 is another"))
    return content


def _tell_damage(folder: Path, name: str, what: str) -> str:
    return (
        f"{folder / name}: {what} (expected what was measured; `leukoscope optics remove {folder.name}`, measure again)"
    )


def hash_content(content: bytes) -> str:
    """Give the sha256 of a file's content in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
