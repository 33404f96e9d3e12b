"""dataset.json: what a prepared folder holds, where it came from, and what its numbers mean."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from contract.failures import Refusal
from training.sources.request import Task

FILE_NAME = "dataset.json"


class DescriptionError(Refusal):
    """A folder has no dataset.json, or one of another kind: it was not made by this program's `prepare`."""

    exit_code = 4


class SplitCount(BaseModel):
    """What a source gives to a split.

    Attributes:
        images: pictures.
        cells: boxes by class; "unknown" where the class is not.
        distinct_cells: physical cells by class; many pictures may show one.
        fields: pictures by field class (screening).
        human_masks: pictures whose mask is known and not guessed.
    """

    model_config = ConfigDict(frozen=True)

    images: int
    cells: dict[str, int]
    distinct_cells: dict[str, int]
    fields: dict[str, int]
    human_masks: int


class SourceDescription(BaseModel):
    """One data set.

    Attributes:
        name: as on the command line, or the folder's.
        um_per_px: scale of its images.
        licence: as published, or whose it is.
        origin: who made it and where; for folders of one's own, the folder's name.
        fingerprint: sha256 over the relative names and contents of the files that were read.
        simulated: drawn and not photographed.
        groups: names of slides and blocks in each split; a group is in one split only.
        counts: by split.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    um_per_px: float
    licence: str
    origin: str
    fingerprint: str
    simulated: bool = False
    groups: dict[str, tuple[str, ...]]
    counts: dict[str, SplitCount]


class Description(BaseModel):
    """A prepared folder.

    Attributes:
        format_version: of the folder's layout.
        task: what it is prepared for.
        classes: class names; the place of a name is its number.
        attributes: values of each attribute group, in the order of `Example.attributes`.
        um_per_px: working scale of the prepared pictures.
        teacher: run that drew the masks nobody drew, or None where colour did.
        sources: data sets, in the order of the command line.
        command: how the folder was made.
        created: UTC, ISO 8601.
    """

    model_config = ConfigDict(frozen=True)

    format_version: Literal[1] = 1
    task: Task
    classes: tuple[str, ...]
    attributes: dict[str, tuple[str, ...]]
    um_per_px: float
    teacher: str | None
    sources: tuple[SourceDescription, ...]
    command: str
    created: str


def read_description(folder: Path) -> Description:
    """Read the description of a prepared folder.

    Args:
        folder: made by `leukoscope-train prepare`.

    Returns:
        Its description.

    Raises:
        DescriptionError: there is none, or it is of another kind.
    """
    path = folder / FILE_NAME
    try:
        return Description.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DescriptionError(
            f"{path}: {error.strerror} (expected a folder made by leukoscope-train prepare)"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DescriptionError(
            f"{path}: {key}: {first['msg']} (expected what leukoscope-train prepare wrote)"
        ) from error


def write_description(folder: Path, description: Description) -> None:
    """Write dataset.json; it is the last file of a prepared folder."""
    text = json.dumps(description.model_dump(mode="json"), indent=2, ensure_ascii=False)
    (folder / FILE_NAME).write_text(text + "\n", encoding="utf-8")


def fingerprint_files(folder: Path, files: Sequence[Path]) -> str:
    """Hash what was read from a source, so that two prepared folders can be told to hold the same data.

    Args:
        folder: the source; names are taken relative to it.
        files: what was read.

    Returns:
        Hexadecimal sha256 over names and contents in the order of the names.
    """
    ordered = sorted({path.relative_to(folder).as_posix(): path for path in files}.items())
    with ThreadPoolExecutor() as pool:
        digests = pool.map(lambda item: hashlib.sha256(item[1].read_bytes()).hexdigest(), ordered)
        lines = [f"{digest}  {name}\n" for (name, _), digest in zip(ordered, digests, strict=True)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
