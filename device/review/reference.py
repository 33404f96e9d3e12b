"""Where reference ranges are kept: as shipped or configured, until an administrator has set the laboratory's own."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contract.failures import Refusal
from contract.moments import now
from contract.reference import Range, RangeError
from contract.settings import ReferenceSettings

REFERENCE_NAME = "reference.json"
"""In the data folder, beside the database; written whole or not at all."""


class RangesError(Refusal):
    """The file of reference ranges cannot be read or written. Mend it, or delete it: the configured ones then hold."""

    exit_code = 5


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    source: Annotated[str, Field(min_length=1, max_length=300)]
    percent: dict[str, tuple[float, float]]
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Reference:
    """The ranges in force.

    Attributes:
        source: in words, where they are from; stands beside every flag.
        ranges: by cell type.
        set_by: who set them on this device; empty where that was nobody, or somebody without a name.
        set_at: when; None: as configured.
    """

    source: str
    ranges: Mapping[str, Range]
    set_by: str
    set_at: datetime | None

    @classmethod
    def of(cls, settings: ReferenceSettings) -> Self:
        """Take the ranges that are configured."""
        return cls(settings.source, {name: Range(*ends) for name, ends in settings.percent.items()}, "", None)

    @property
    def percent(self) -> dict[str, list[float]]:
        """The ranges as plain JSON."""
        return {name: list(asdict(one).values()) for name, one in self.ranges.items()}


class References:
    """Reads and writes the ranges; any thread may ask, the newest written hold at once.

    Args:
        folder: data folder.
        configured: what holds until somebody sets others.
    """

    def __init__(self, folder: Path, configured: ReferenceSettings) -> None:
        self._path = folder / REFERENCE_NAME
        self._configured = Reference.of(configured)

    def read(self) -> Reference:
        """Give the ranges in force.

        Raises:
            RangesError: the file is there and cannot be read or understood.
        """
        try:
            stored = _Stored.model_validate_json(self._path.read_bytes())
            ranges = {name: Range(*ends) for name, ends in stored.percent.items()}
        except FileNotFoundError:
            return self._configured
        except OSError as error:
            raise RangesError(f"{self._path}: {error.strerror} (expected a readable file)") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RangesError(f"{self._path}: {where}: {first['msg']} (expected reference ranges)") from error
        except RangeError as error:
            raise RangesError(f"{self._path}: {error}") from error
        return Reference(stored.source, ranges, stored.set_by, stored.set_at)

    def write(self, source: str, ranges: Mapping[str, Range], operator: str) -> Reference:
        """Set the ranges from now on; what is signed keeps those it was signed with.

        Args:
            source: in words, where they are from.
            ranges: by cell type.
            operator: who sets them; may be empty.

        Returns:
            The ranges in force.

        Raises:
            RangesError: the disk refuses.
        """
        reference = Reference(source, dict(ranges), operator, now())
        text = _Stored(source=source, percent=reference.percent, set_by=operator, set_at=reference.set_at)
        part = self._path.with_name(f"{self._path.name}.part")
        try:
            with part.open("wb") as file:
                file.write(text.model_dump_json(indent=1).encode())
                os.fsync(file.fileno())
            part.replace(self._path)
        except OSError as error:
            raise RangesError(f"{self._path}: {error.strerror} (expected a disk with room)") from error
        return reference
