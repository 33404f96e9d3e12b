"""How a measurement of the optics is stored: a folder named by the hash of what it says, whole or not at all."""

import io
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from contract.failures import Refusal
from contract.image import encode_png
from device.bundles.home import hand_over, sync_files, sync_folder
from device.optics.kept import ARRAYS, FACTS, FOLDER, HASH_CHARS, PICTURE, REMOVED, Kept, ShelfError, hash_content
from device.optics.measurement import Measurement


class ShelfFullError(Refusal):
    """A measurement cannot be written or removed: no room or no rights in the data folder."""

    exit_code = 5


def keep(data_dir: Path, measurement: Measurement) -> Kept:
    """Store a measurement; from then on it is the one in force of its camera and kind.

    Args:
        data_dir: the device's data folder.
        measurement: what was measured.

    Returns:
        The measurement as it lies there, all of it on the disk.

    Raises:
        ShelfFullError: it cannot be written; nothing of it stays.
    """
    shelf = data_dir / FOLDER
    contents = {PICTURE: encode_png(measurement.picture)}
    if measurement.arrays:
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=False, **measurement.arrays)
        contents[ARRAYS] = packed.getvalue()
    facts = measurement.facts.model_copy(
        update={"files": {name: hash_content(content) for name, content in contents.items()}}
    )
    contents[FACTS] = (facts.model_dump_json(indent=2) + "\n").encode()
    name = f"{facts.kind}-{hash_content(contents[FACTS])[:HASH_CHARS]}"
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        hand_over(shelf, data_dir)
        _write(shelf, name, contents, data_dir)
    except OSError as error:
        raise ShelfFullError(f"{shelf / name}: {error.strerror} (expected a place that can be written)") from error
    return Kept(name, facts, shelf / name)


def remove(data_dir: Path, name: str) -> None:
    """Take a measurement out of force; the one before it holds again. A damaged one can be removed too.

    Args:
        data_dir: the device's data folder.
        name: of the measurement.

    Raises:
        ShelfError: there is none of this name.
        ShelfFullError: the folder cannot be written.
    """
    shelf = data_dir / FOLDER
    folder = shelf / name
    if name in ("", REMOVED) or Path(name).name != name or name.startswith(".") or not folder.exists():
        known = ", ".join(sorted(entry.name for entry in shelf.glob("[a-z]*-*"))) or "none is stored"
        raise ShelfError(f"{name}: no such measurement (expected one of: {known})")
    try:
        (shelf / REMOVED).mkdir(exist_ok=True)
        hand_over(shelf / REMOVED, data_dir)
        place = shelf / REMOVED / name
        if place.exists():
            shutil.rmtree(place)
        folder.rename(place)
        sync_folder(shelf)
    except OSError as error:
        raise ShelfFullError(f"{folder}: {error.strerror} (expected a place that can be written)") from error


def _write(shelf: Path, name: str, contents: Mapping[str, bytes], data_dir: Path) -> None:
    waiting = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".part", dir=shelf))
    try:
        waiting.chmod(0o755)
        for file, content in contents.items():
            (waiting / file).write_bytes(content)
            hand_over(waiting / file, data_dir)
        hand_over(waiting, data_dir)
        sync_files(waiting)
        if (shelf / name).exists():  # the very same measurement
            shutil.rmtree(shelf / name)
        waiting.rename(shelf / name)
        sync_folder(shelf)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
