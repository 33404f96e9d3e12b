"""What a person asks of a folder of images, and what is answered when the folder is not as expected."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from contract.failures import Refusal
from contract.image import IMAGE_SUFFIXES
from training.sample import Framing

SplitBy = Literal["blocks", "subfolder", "prefix", "column"]
Task = Literal["differential", "screening"]


class SourceError(Refusal):
    """A folder of images is not laid out as its kind asks, or says nothing of its scale. The message names the file."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """A folder and what was said about it on the command line.

    Attributes:
        name: name of the data set, in `dataset.json` and for `--hold-out`.
        folder: where it lies.
        task: what the folder is prepared for.
        um_per_px: size of a pixel of its images where the folder has no scale.json; None: not said.
        split_by: how images are grouped; None: as the kind of folder does by itself.
        framing: what one image shows; None: as the kind of folder does by itself.
    """

    name: str
    folder: Path
    task: Task
    um_per_px: float | None = None
    split_by: SplitBy | None = None
    framing: Framing | None = None


def require_scale(request: SourceRequest) -> float:
    """Find the scale of a folder: its own scale.json, else what was said on the command line or is known of it.

    Args:
        request: the folder.

    Returns:
        Micrometres per pixel, > 0.

    Raises:
        SourceError: nobody said it, or scale.json is no good.
    """
    path = request.folder / "scale.json"
    if not path.is_file():
        if request.um_per_px is not None:
            return request.um_per_px
        raise SourceError(f"{request.folder}: no scale (expected --um-per-px X, or a scale.json with um_per_px)")
    try:
        scale = float(json.loads(path.read_text(encoding="utf-8"))["um_per_px"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f'{path}: not a scale (expected {{"um_per_px": 0.15}})') from error
    if not 0 < scale < 100:
        raise SourceError(f"{path}: um_per_px: {scale} (expected more than 0 and less than 100)")
    return scale


def read_rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read a table with a header line.

    Args:
        path: a CSV file.
        columns: names it must have; further ones are kept.

    Returns:
        One dict per line.

    Raises:
        SourceError: unreadable, empty, without one of the columns, or a line of another length.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            missing = [column for column in columns if column not in (table.fieldnames or ())]
            rows = [] if missing else list(table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path}: unreadable, {error} (expected a CSV table)") from error
    if missing:
        raise SourceError(f"{path}: no column {missing[0]!r} (expected {', '.join(columns)})")
    for number, row in enumerate(rows, start=2):
        if None in row or any(value is None for value in row.values()):
            raise SourceError(f"{path}: line {number}: wrong number of values (expected as many as in the header)")
    if not rows:
        raise SourceError(f"{path}: no lines under the header (expected one per image or cell)")
    return rows


def require_folder(folder: Path) -> Path:
    """Give back a folder.

    Raises:
        SourceError: there is no such folder.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder (expected a folder of images)")
    return folder


def require_file(path: Path, said_in: Path) -> Path:
    """Give back a path that a table names.

    Raises:
        SourceError: there is no such file.
    """
    if not path.is_file():
        raise SourceError(f"{said_in}: {path.name}: no such file (expected {path})")
    return path


def list_images(folder: Path) -> list[Path]:
    """List images in a folder and its subfolders, by name; hidden ones are left out.

    Args:
        folder: an existing folder.

    Returns:
        Sorted paths.
    """
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
