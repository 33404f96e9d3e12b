"""How simulated fields become a training set: pictures with masks, instances and labels."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from contract.failures import Refusal
from device.smear.crowding import BALANCED_MIX, Crowding
from device.smear.look import vary_look
from device.smear.slide import VirtualSlide
from device.smear.truth import FieldTruth

COLUMNS = ("image", "instance", "label", "x0", "y0", "x1", "y1", "x_um", "y_um", "touches_border")


class ExportError(Refusal):
    """Simulated fields cannot be written; choose a folder that can be written to and holds no data set yet."""

    exit_code = 5


def export_fields(out: Path, fields: int, seed: int, um_per_px: float, height: int, width: int) -> None:
    """Write simulated fields with their truth.

    Layout: ``images/NAME.png``, ``masks/NAME.png`` (grey: 0 background, 1 cytoplasm, 2 nucleus), ``instances/NAME.png``
    (grey, 0 or the number of the white cell), ``cells.csv`` (one line per white cell in view) and ``scale.json``.
    White cells are denser than in life and every type is equally frequent; stain, lamp, shading, focus and noise change
    from field to field.

    Args:
        out: folder, made if absent.
        fields: how many, 1 or more.
        seed: the same seed writes the same bytes.
        um_per_px: scale, > 0.
        height: of each field in pixels.
        width: of each field in pixels.

    Raises:
        ExportError: the folder already holds a data set, or cannot be written.
    """
    if (out / "cells.csv").exists():
        raise ExportError(f"{out}: holds cells.csv already (expected a folder without a data set)")
    try:
        for part in ("images", "masks", "instances"):
            (out / part).mkdir(parents=True, exist_ok=True)
        lines = []
        for number in tqdm(range(fields), desc="simulated fields", unit="field"):
            lines += _write_field(out, f"sim_{number:05d}.png", (seed, number), um_per_px, (height, width))
        _write_tables(out, lines, um_per_px)
    except OSError as error:
        raise ExportError(f"{out}: {error.strerror} (expected a folder that can be written to)") from error


def _write_field(
    out: Path, name: str, seed: tuple[int, int], um_per_px: float, shape: tuple[int, int]
) -> list[tuple[object, ...]]:
    rng = np.random.default_rng((*seed, 23))
    crowding = vary_crowding(rng)
    slide = VirtualSlide(int(rng.integers(2**31)), crowding, vary_look(rng))
    image, truth = slide.render(0.0, 0.0, *shape, um_per_px)
    _write_png(out / "images" / name, np.ascontiguousarray(image[..., ::-1]))
    _write_png(out / "masks" / name, truth.tissue)
    _write_png(out / "instances" / name, truth.instances)
    return _describe(name, truth)


def vary_crowding(rng: np.random.Generator) -> Crowding:
    """Draw how a training field is populated: thin to crowded, white cells frequent, every type equally.

    Args:
        rng: random numbers.

    Returns:
        The crowding.
    """
    return Crowding(
        white_per_mm2=float(rng.uniform(600, 1500)),
        touching=0.12,
        red_spacing_um=float(rng.uniform(6.8, 12)),
        red_gaps=float(rng.uniform(0.05, 0.45)),
        clumping_um=float(rng.uniform(0, 4.0)),
        platelets_per_mm2=float(rng.uniform(100, 2000)),
        mix=BALANCED_MIX,
    )


def _describe(name: str, truth: FieldTruth) -> list[tuple[object, ...]]:
    return [
        (f"images/{name}", c.instance, c.cell_type, *c.box, f"{c.x_um:.2f}", f"{c.y_um:.2f}", int(c.touches_border))
        for c in truth.cells
    ]


def _write_tables(out: Path, lines: list[tuple[object, ...]], um_per_px: float) -> None:
    (out / "scale.json").write_text(json.dumps({"um_per_px": um_per_px, "simulated": True}) + "\n", encoding="utf-8")
    # Last, because this file says that the set is whole.
    with (out / "cells.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows(lines)


def _write_png(path: Path, picture: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    done, coded = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not done:
        raise ExportError(f"{path}: picture of shape {picture.shape} not encoded (expected uint8 or uint16)")
    path.write_bytes(coded.tobytes())
