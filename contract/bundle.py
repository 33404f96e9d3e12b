"""What a bundle promises, and how a folder proves that it keeps it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contract.bounds import check_bounds
from contract.failures import Refusal
from contract.outside import Outside
from contract.seal import MANIFEST, REQUIRED_FILES, check_files, is_plain_name, read_manifest
from contract.settings_files import INSTALL_ROOT
from contract.site_head import SiteHead
from contract.stain import Stain

FORMAT_VERSION = 1

Probability = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

_LONGEST_LINE = 300


class BundleError(Refusal):
    """A bundle is missing, broken or not for this program. Install it again from where it came, or choose another."""

    exit_code = 3


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Heads(_Strict):
    """Names of the model's outputs in its signature; None where the model has no such head."""

    mask: str
    interior: str
    cell_type: str
    features: str
    attributes: str | None = None


class Abstention(_Strict):
    """From logits to a calibrated answer or none.

    Attributes:
        temperature: logits are divided by it before the softmax.
        threshold: calibrated confidence under which nothing is named.
    """

    temperature: Positive
    threshold: Probability


class Manifest(_Strict):
    """`model.json`: every fact about a model that is neither in its graph nor in this package.

    Attributes:
        input_height, input_width: pixels, multiples of 16.
        um_per_px: working scale of the input.
        mask_stride, type_stride: input pixels per pixel of the mask and cell-type maps.
        attributes: morphology attributes in the order of their logits, each with its values.
        attributes_learned_from: in words, the pictures that taught them; None: not told, and in any case not this
            microscope's.
        cell: abstention for one cell's type.
        field: abstention for the field's class; None for a differential.
        conformal: for each class the largest 1 - probability at which it stays a candidate (coverage 95 %).
        outside: what known cells look like, and from where on a cell is strange; None: not fitted.
        stain: how the training pictures are stained, by data set; None: not known.
        site: head fitted on one microscope's own cells, which speaks in place of the network's; None: not calibrated.
        confidence_fitted_on: in words, the cells on which the numbers above were fitted.
        fitted_here: the microscope on whose cells they were fitted; None: elsewhere, and confidence does not travel.
        data: fingerprint of each data set trained on.
        files: sha256 of every other file of the bundle.
    """

    format_version: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    version: str
    task: Literal["differential", "screening"]
    classes: Annotated[tuple[str, ...], Field(min_length=2)]
    input_height: Annotated[int, Field(gt=0, multiple_of=16)]
    input_width: Annotated[int, Field(gt=0, multiple_of=16)]
    um_per_px: Positive
    mask_stride: Literal[1, 2, 4, 8]
    type_stride: Literal[4, 8, 16]
    heads: Heads
    attributes: dict[str, tuple[str, ...]] = {}
    attributes_learned_from: str | None = None
    cell: Abstention
    field: Abstention | None = None
    conformal: dict[str, Probability]
    outside: Outside | None = None
    stain: Stain | None = None
    site: SiteHead | None = None
    confidence_fitted_on: str
    fitted_here: str | None = None
    data: dict[str, str]
    files: dict[str, Sha256]
    created: str
    made_with: str

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Manifest":
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("classes: a name stands twice (expected distinct names)")
        if set(self.conformal) != set(self.classes):
            raise ValueError(f"conformal: {sorted(self.conformal)} (expected one quantile for each class)")
        if (self.task == "screening") != (self.field is not None):
            raise ValueError(f"field: {self.field} (expected an abstention for screening, none otherwise)")
        if self.outside is not None and len(self.outside.means) != len(self.classes):
            raise ValueError(f"outside: {len(self.outside.means)} classes (expected {len(self.classes)})")
        if self.site is not None and len(self.site.bias) != len(self.classes):
            raise ValueError(f"site: {len(self.site.bias)} classes (expected {len(self.classes)})")
        if missing := REQUIRED_FILES - set(self.files):
            raise ValueError(f"files: {', '.join(sorted(missing))} missing (expected a sha256 for each)")
        if strange := [name for name in self.files if not is_plain_name(name)]:
            raise ValueError(f"files: {strange[0]!r} (expected plain file names)")
        return self

    @property
    def input_shape(self) -> tuple[int, int]:
        """(height, width) of the model's input in pixels."""
        return self.input_height, self.input_width


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose every file was found to be what its manifest promises.

    Attributes:
        folder: where it lies.
        manifest: its facts.
        short_hash: first 12 hex digits of the sha256 of `model.json`, which holds the hashes of all other files.
    """

    folder: Path
    manifest: Manifest
    short_hash: str

    @property
    def bundle_id(self) -> str:
        """Name, version and short hash: what stands beside every stored prediction."""
        return f"{self.manifest.name}-{self.manifest.version}+{self.short_hash}"


def load_bundle(folder: Path) -> Bundle:
    """Read a bundle folder and check every file against the manifest, and the manifest against its seal.

    Args:
        folder: holds `model.json`, its seal, the files it names, and nothing else.

    Returns:
        The verified bundle.

    Raises:
        SealError: a file is missing, changed or added; the line names it.
        BundleError: the manifest is of another format or contradicts itself.
        BoundsError: the manifest states what cannot be.
    """
    content = read_manifest(folder)
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        # what stands in the file may hold line breaks and be of any length; a refusal is one line that can be read
        line = " ".join(f"{folder / MANIFEST}: {where}: {first['msg']}".split())
        raise BundleError(line[:_LONGEST_LINE]) from error
    check_bounds(manifest, folder / MANIFEST)
    check_files(folder, manifest.files)
    return Bundle(folder, manifest, hashlib.sha256(content).hexdigest()[:12])


def find_bundle(name: str, data_dir: Path | None = None) -> Path:
    """Find a bundle's folder by path or by name.

    Args:
        name: a folder, or the name of a bundle installed under `data_dir`/bundles or shipped with the package.
        data_dir: the device's data folder; None looks among the shipped ones only.

    Returns:
        The folder.

    Raises:
        BundleError: there is none; the line lists where it was looked for.
    """
    homes = ([data_dir / "bundles"] if data_dir else []) + [INSTALL_ROOT / "bundles"]
    for folder in [Path(name), *(home / name for home in homes)]:
        if (folder / MANIFEST).is_file():
            return folder
    known = sorted({path.parent.name for home in homes for path in home.glob(f"*/{MANIFEST}")})
    raise BundleError(f"bundle: {name!r} (expected a folder with {MANIFEST}, or one of: {', '.join(known) or 'none'})")
