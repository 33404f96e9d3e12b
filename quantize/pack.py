"""How a bundle folder comes to be: beside its place, whole, and only then under its name."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contract.failures import Refusal
from contract.seal import MANIFEST


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


def _take_place(staging: Path, out: Path, older: Path) -> None:
    shutil.rmtree(older, ignore_errors=True)
    if out.exists():
        out.rename(older)
    staging.rename(out)
    shutil.rmtree(older, ignore_errors=True)
