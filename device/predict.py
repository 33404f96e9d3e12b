"""The path of the live picture without camera and page: image files in, one JSON line each out, masks beside them."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from contract.bundle import Bundle
from contract.failures import Refusal
from contract.image import IMAGE_SUFFIXES, encode_png, read_rgb
from contract.moments import now
from contract.reading import label_map
from contract.settings import QualitySettings
from device.drawing.heat_files import write_heat_maps
from device.frame import make_frame
from device.json_line import write_line
from device.network.classifier import Analysis, Classifier
from device.quality.picture import measure_quality
from device.scale import ScaleEstimate, estimate_from_fields
from device.staging import fill_whole, write_whole

SCALE_FIELDS = 48
"""Images that the scale is estimated from, spread over all; people differ by more than further ones would win."""


class InputError(Refusal):
    """What is to be predicted is missing, holds no image, or two images want one mask. Look at the folder named."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Images:
    """The image files of one run, all from one microscope.

    Attributes:
        root: folder that names are relative to.
        names: relative POSIX paths, sorted.
    """

    root: Path
    names: tuple[str, ...]


def find_images(source: Path) -> Images:
    """List what is to be predicted.

    Args:
        source: one image file, or a folder, whose subfolders are searched too; hidden ones are left out.

    Returns:
        The images.

    Raises:
        InputError: there is no such file or folder, or no image in it.
    """
    if source.is_file():
        return Images(source.parent, (source.name,))
    if not source.is_dir():
        raise InputError(f"{source}: no such file or folder (expected an image or a folder of images)")
    relative = (path.relative_to(source) for path in source.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    seen = (path for path in relative if not any(part.startswith(".") for part in path.parts))
    names = sorted(path.as_posix() for path in seen if (source / path).is_file())
    if not names:
        raise InputError(f"{source}: no image in it (expected {', '.join(sorted(IMAGE_SUFFIXES))})")
    return Images(source, tuple(names))


def estimate_scale(images: Images) -> ScaleEstimate:
    """Estimate the scale that all images share from the red cells in some of them.

    Args:
        images: of one microscope.

    Returns:
        The estimate.

    Raises:
        ScaleError: too few red cells in all of them together.
        ImageError: an image cannot be read.
    """
    every = -(-len(images.names) // SCALE_FIELDS)
    chosen = _show_progress(images.names[::every], "scale")
    return estimate_from_fields(read_rgb(images.root / name) for name in chosen)


def predict_images(
    images: Images,
    bundle: Bundle,
    um_per_px: float,
    out: Path,
    *,
    masks: Path | None,
    limits: QualitySettings,
    threads: int = 0,
    heat_maps: Path | None = None,
    cover: bool = False,
) -> int:
    """Write what a bundle says of each image.

    Nothing appears under the names asked for unless every image could be read.

    Args:
        images: what to look at.
        bundle: verified by `load_bundle`.
        um_per_px: size of a pixel in micrometres, > 0.
        out: JSON Lines file to write, one object for each image, in the order of names.
        masks: folder for a PNG of each image's size (0 background, 1 cytoplasm, 2 nucleus), or None.
        limits: which images are rejected.
        threads: inference threads; 0: one for each core.
        heat_maps: folder for a picture of each cell with what speaks for its name, or None.
        cover: in these pictures also show what covering each part of the cell does.

    Returns:
        Number of cells found in images that were not rejected.

    Raises:
        InputError: two images would have the same mask.
        ImageError: an image cannot be read.
        OutputError: the results cannot be written.
        ModelError, SelfTestError: the bundle does not run here.
    """
    manifest = bundle.manifest
    mask_names = _name_masks(images.names) if masks or heat_maps else {}
    cells = 0
    with ExitStack() as stack:
        lines = stack.enter_context(write_whole(out))
        mask_folder = stack.enter_context(fill_whole(masks)) if masks else None
        heat_folder = stack.enter_context(fill_whole(heat_maps)) if heat_maps else None
        classifier = stack.enter_context(Classifier(bundle, threads))
        for name in _show_progress(images.names, "predict"):
            analysis = _analyse(classifier, images.root / name, um_per_px, limits)
            lines.write(write_line(name, analysis.prediction, manifest.attributes_learned_from, manifest.fitted_here))
            cells += 0 if analysis.prediction.rejected else len(analysis.prediction.cells)
            if mask_folder:
                _write_mask(mask_folder / mask_names[name], analysis, bundle)
            if heat_folder:
                stem = (heat_folder / mask_names[name]).with_suffix("")
                write_heat_maps(stem, analysis, classifier, cover=cover)
    return cells


def _analyse(classifier: Classifier, path: Path, um_per_px: float, limits: QualitySettings) -> Analysis:
    image = read_rgb(path)
    image.flags.writeable = False
    quality = measure_quality(image, um_per_px, limits)
    frame = make_frame(image, quality, um_per_px, seq=1, captured_at=now(), simulated=False)
    return classifier.analyse(frame, limits)


def _write_mask(path: Path, analysis: Analysis, bundle: Bundle) -> None:
    label = label_map(analysis.outputs, analysis.prepared, bundle.manifest.mask_stride)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(label))


def _name_masks(names: Sequence[str]) -> dict[str, str]:
    taken: dict[str, str] = {}
    for name in names:
        mask = Path(name).with_suffix(".png").as_posix()
        if mask in taken:
            raise InputError(f"{name}: its mask {mask} is also that of {taken[mask]} (expected distinct names)")
        taken[mask] = name
    return {name: mask for mask, name in taken.items()}


def _show_progress(names: Sequence[str], what: str) -> "tqdm[str]":
    # A bar for people only: in a pipe or a log it would be noise.
    return tqdm(names, desc=what, unit="image", file=sys.stderr, disable=None)
