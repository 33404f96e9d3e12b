"""Whether the data folder can take what is to be kept, found out before anything is."""

import os
import shutil
import tempfile
from pathlib import Path

from contract.failures import Refusal


class DataDirError(Refusal):
    """The data folder cannot be written, or the disk is nearly full. Make room, or choose another folder."""

    exit_code = 5


def check_data_dir(folder: Path, min_free_mb: int) -> int:
    """Prove that the data folder can be written, or can be made; nothing of the proof stays behind.

    Args:
        folder: where database and captures lie, or will lie.
        min_free_mb: megabytes that must be free.

    Returns:
        Free space in megabytes.

    Raises:
        DataDirError: it cannot be written, or less is free.
    """
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    try:
        # A try on the disk itself: rights alone do not tell of a card that turned read-only.
        with tempfile.TemporaryFile(dir=existing) as probe:
            probe.write(b"leukoscope")
            probe.flush()
            os.fsync(probe.fileno())
        free_mb = shutil.disk_usage(existing).free // 1_000_000
    except OSError as error:
        raise DataDirError(f"{folder}: {error.strerror} (expected a data folder that can be written)") from error
    if free_mb < min_free_mb:
        raise DataDirError(f"{folder}: {free_mb} MB free (expected {min_free_mb} MB or more for records and captures)")
    return free_mb
