"""Drift for a terminal, a spreadsheet, and as a picture."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from contract.image import encode_png
from contract.settings import QualitySettings
from device.drift.looks import MEASURES
from device.drift.picture import draw_drift
from device.drift.summary import Drift, Stretch
from device.staging import OutputError, write_whole

SHOWN = {"lamp": 0, "red": 0, "green": 0, "blue": 0, "focus": 1, "cover": 2, "stain": 1}
"""Columns of the terminal's table, with their decimals."""


class DriftError(Refusal):
    """There is nothing to show, or nowhere to write it. Record fields first; name a file that ends in .csv or .png."""

    exit_code = 4


def tabulate_drift(drift: Drift) -> Iterator[str]:
    """Write drift down as lines of text.

    Args:
        drift: as read.

    Yields:
        A heading, then a line for each stretch and each calibration, in the order of time.
    """
    yield f"{drift.camera}, medians by {drift.step}"
    yield f"{drift.step:<17}{'fields':>7}" + "".join(f"{name:>8}" for name in SHOWN)
    lines = [(stretch.at, _write_line(stretch)) for stretch in drift.stretches]
    for one in drift.calibrations:
        at = one.at.astimezone()
        lines.append((at, f"{at:%Y-%m-%d %H:%M} {one.kind}"))
    yield from (line for _, line in sorted(lines))
    if not drift.stretches:
        yield "no fields were recorded in this time"


def write_drift(drift: Drift, limits: QualitySettings, path: Path) -> None:
    """Write drift into a file, whole or not at all.

    Args:
        drift: as read.
        limits: of a field's quality, drawn as lines.
        path: ends in .csv or .png.

    Raises:
        DriftError: another ending.
        OutputError: it cannot be written.
    """
    if path.suffix == ".csv":
        with write_whole(path) as file:
            _fill_csv(drift, file)
    elif path.suffix == ".png":
        _write_picture(draw_drift(drift, limits), path)
    else:
        raise DriftError(f"{path}: {path.suffix or 'no ending'} (expected .csv or .png)")


def _write_line(stretch: Stretch) -> str:
    values = ""
    for name, decimals in SHOWN.items():
        spread = stretch.spreads.get(name)
        values += f"{'-':>8}" if spread is None else f"{spread.median:8.{decimals}f}"
    return f"{stretch.at:%Y-%m-%d %H:%M} {stretch.looks:>7}{values}"


def _write_picture(picture: NDArray[np.uint8], path: Path) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(encode_png(picture))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"{path}: {error.strerror} (expected a place to write a picture)") from error


def _fill_csv(drift: Drift, file: TextIO) -> None:
    writer = csv.writer(file, lineterminator="\n")
    parts = ("median", "low", "high")
    writer.writerow(["at", "fields", *(f"{name}_{part}" for name in MEASURES for part in parts)])
    for stretch in drift.stretches:
        spreads = (stretch.spreads.get(name) for name in MEASURES)
        values = [None if one is None else round(getattr(one, part), 5) for one in spreads for part in parts]
        writer.writerow([stretch.at.isoformat(), stretch.looks, *values])
