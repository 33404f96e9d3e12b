"""What a model makes of pictures that hold nothing it was trained on: does it refuse, and are strange cells strange?"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from contract.bundle import Manifest
from contract.cell import Cell, FieldClass
from contract.cell_types import SMUDGE, UNIDENTIFIED
from contract.image import read_rgb
from contract.naming import explain_strange_field, name_field
from contract.prepare import prepare_field
from contract.reading import read_cells
from training.forward import OutputsOf
from training.sources.request import SourceError, SourceRequest, list_images, require_folder, require_scale

Gate = Callable[[NDArray[np.uint8], float], str | None]
"""Says why a field of a scale is not read at all, or None; the device's own, which this folder cannot know."""


@dataclass(frozen=True, slots=True)
class OutsiderFolder:
    """Pictures of what the model does not know.

    Attributes:
        name: what they are called in the report.
        folder: images, also in subfolders.
        um_per_px: scale at which they are shown; None: as its scale.json says.
    """

    name: str
    folder: Path
    um_per_px: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SeenOutsider:
    """One such picture.

    Attributes:
        image: file name.
        refused: why it is not read; None: it is.
        cells: what was found in it.
        field: its class; None for a differential.
    """

    image: str
    refused: str | None
    cells: tuple[Cell, ...]
    field: FieldClass | None

    @property
    def named(self) -> int:
        """Cells that got a name; for screening 1 where the field did. None in a picture that is refused."""
        if self.refused is not None:
            return 0
        if self.field is not None:
            return int(self.field.name != UNIDENTIFIED)
        return sum(cell.cell_type not in (UNIDENTIFIED, SMUDGE) for cell in self.cells)


def find_scale(folder: OutsiderFolder) -> float:
    """Find the scale at which a folder is shown.

    Raises:
        SourceError: there is no such folder, no image in it, or nobody said the scale.
    """
    request = SourceRequest(folder.name, require_folder(folder.folder), "differential", folder.um_per_px)
    if not list_images(folder.folder):
        raise SourceError(f"{folder.folder}: no images (expected JPEG, PNG, TIFF or BMP files)")
    if folder.um_per_px is not None:
        return folder.um_per_px
    return require_scale(request)


def look_at_outsiders(
    folder: OutsiderFolder, outputs_of: OutputsOf, manifest: Manifest, gate: Gate | None
) -> list[SeenOutsider]:
    """Look at every picture of a folder as the device would.

    Args:
        folder: of pictures.
        outputs_of: the model.
        manifest: how it is read.
        gate: the device's; None: every picture is read.

    Returns:
        What was seen.

    Raises:
        SourceError: the folder or its scale is missing.
        ImageError: a picture cannot be read.
    """
    scale, seen = find_scale(folder), []
    for path in tqdm(list_images(folder.folder), desc=f"outsiders, {folder.name}", unit="image", dynamic_ncols=True):
        image = read_rgb(path)
        prepared = prepare_field(image, scale, manifest.um_per_px)
        cells = read_cells(outputs_of(prepared), prepared, manifest)
        refused = None if gate is None else gate(image, scale) or explain_strange_field(cells, manifest)
        seen.append(SeenOutsider(path.name, refused, cells, name_field(cells, manifest)))
    return seen
