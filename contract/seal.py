"""How the files of a bundle hold together: each by its hash in the manifest, the manifest by its seal."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from contract.failures import Refusal

MANIFEST = "model.json"
REQUIRED_FILES = frozenset({"model.tflite", "selftest.npz", "parity.json", "card.md"})

SEAL = "model.json.sha256"
"""Holds the hash of the manifest, which holds those of all other files; `sha256sum -c` reads it too."""

AnyManifest = TypeVar("AnyManifest", bound=BaseModel)

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class SealError(Refusal):
    """A file of a bundle is missing, changed or added since it was packed. Install the bundle again."""

    exit_code = 3


def seal(folder: Path, manifest: AnyManifest, contents: Mapping[str, bytes]) -> AnyManifest:
    """Write files into a bundle folder, model.json with the hashes of all of them, and the hash of model.json.

    The one way in which a bundle is written: quantization and on-site calibration both end here.

    Args:
        folder: holds, after this, a whole bundle.
        manifest: its facts, a `contract.bundle.Manifest`; `files` is replaced.
        contents: by name; those of a bundle's required files that are neither here nor in the folder are left empty.

    Returns:
        The manifest as written.
    """
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    for name in REQUIRED_FILES:
        (folder / name).touch()
    names = sorted(path.name for path in folder.iterdir() if path.name not in (MANIFEST, SEAL))
    sealed = manifest.model_copy(update={"files": {name: _hash(folder / name) for name in names}})
    written = (sealed.model_dump_json(indent=2) + "\n").encode()
    (folder / MANIFEST).write_bytes(written)
    (folder / SEAL).write_bytes(make_seal(written))
    return sealed


def make_seal(manifest: bytes) -> bytes:
    """Write the line that holds a manifest's hash.

    Args:
        manifest: content of `model.json`.

    Returns:
        Content of `model.json.sha256`, in the form of `sha256sum`.
    """
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()


def read_manifest(folder: Path) -> bytes:
    """Read the manifest of a bundle and hold it against its seal.

    Args:
        folder: of the bundle.

    Returns:
        Content of `model.json`.

    Raises:
        SealError: manifest or seal is missing, or they do not belong together.
    """
    content, found = _read(folder / MANIFEST), _read(folder / SEAL)
    expected = make_seal(content)
    if not re.fullmatch(rb"[0-9a-f]{64}", found[:64]) or found[64:] != expected[64:]:
        raise SealError(f"{folder / SEAL}: broken (expected one line: sha256 of {MANIFEST}, two blanks, {MANIFEST})")
    if found != expected:
        here, there = expected[:12].decode(), found[:12].decode()
        raise SealError(f"{folder / MANIFEST}: sha256 {here} (expected {there}, as {SEAL} says)")
    return content


def check_files(folder: Path, hashes: Mapping[str, str]) -> None:
    """Hold every file of a bundle against its hash.

    Args:
        folder: of the bundle.
        hashes: sha256 in hex by file name.

    Raises:
        SealError: one is missing, changed, or not named at all.
    """
    for name, expected in hashes.items():
        if (found := _hash(folder / name)) != expected:
            raise SealError(f"{folder / name}: sha256 {found[:12]} (expected {expected[:12]}, as {MANIFEST} says)")
    if strange := sorted({entry.name for entry in folder.iterdir()} - {MANIFEST, SEAL, *hashes}):
        raise SealError(f"{folder}: {strange[0]!r} (expected only what {MANIFEST} names)")


def is_plain_name(name: str) -> bool:
    """Say whether a file may be called so in a bundle.

    Args:
        name: letters, digits, `._-`; no folder, not hidden.
    """
    return _PLAIN_NAME.fullmatch(name) is not None


def _hash(path: Path) -> str:
    return hashlib.sha256(_read(path)).hexdigest()


def _read(path: Path) -> bytes:
    try:
        # opening a pipe would wait for ever
        if path.exists() and not path.is_file():
            raise SealError(f"{path}: no plain file (expected a file of the bundle)")
        return path.read_bytes()
    except OSError as error:
        raise SealError(f"{path}: {error.strerror} (expected a file of the bundle)") from error
