"""How a bundle folder comes to be: beside its place, whole, and only then under its name."""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from contract.bundle import MANIFEST, REQUIRED_FILES, Manifest
from contract.failures import Refusal


class PackError(Refusal):
    """A bundle folder cannot be written where it was asked for. Choose another, or make room."""

    exit_code = 5


@contextmanager
def staging_folder(out: Path) -> Iterator[Path]:
    """A folder beside the wanted one that takes its place when everything in it is written, or vanishes.

    Args:
        out: wanted; an older bundle there is replaced at the end, not before.

    Yields:
        The folder to write into.

    Raises:
        PackError: it cannot be made, or `out` holds something that is no bundle.
    """
    if out.exists() and not (out / MANIFEST).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise PackError(f"{out}: holds something that is no bundle (expected a new, an empty or a bundle's folder)")
    staging, older = (out.with_name(f"{out.name}.{what}") for what in ("partial", "older"))
    try:
        shutil.rmtree(staging, ignore_errors=True)  # left by a power cut
        staging.mkdir(parents=True)
        yield staging
        _take_place(staging, out, older)
    except OSError as error:
        raise PackError(f"{error.filename or out}: {error.strerror} (expected a folder that can be written)") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def seal(folder: Path, manifest: Manifest, contents: Mapping[str, bytes]) -> Manifest:
    """Write files into a bundle folder and model.json with the hashes of all of them.

    Args:
        folder: holds, after this, a whole bundle.
        manifest: its facts; `files` is replaced.
        contents: by name; those of a bundle's required files that are neither here nor in the folder are left empty.

    Returns:
        The manifest as written.
    """
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    for name in REQUIRED_FILES:
        (folder / name).touch()
    names = sorted(path.name for path in folder.iterdir() if path.name != MANIFEST)
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    sealed = manifest.model_copy(update={"files": hashes})
    (folder / MANIFEST).write_text(sealed.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return sealed


def _take_place(staging: Path, out: Path, older: Path) -> None:
    shutil.rmtree(older, ignore_errors=True)
    if out.exists():
        out.rename(older)
    staging.rename(out)
    shutil.rmtree(older, ignore_errors=True)
