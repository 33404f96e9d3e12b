"""Which pictures are audited, and how an altered one passes through the preparation the device gives every picture."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.failures import Refusal
from contract.flatfield import BACKGROUND
from contract.prepare import Prepared, prepare_field
from training.audit_alter import Image, Scene, widen
from training.audit_places import mark_cells, mark_near
from training.description import Description
from training.hidden import find_hidden
from training.sample import Pixels, Sample
from training.sources.recognise import read_source
from training.sources.request import SourceRequest
from training.targets import cover_hidden
from training.tfrecords import Example

CELLS_WIDER_UM = 0.5
NEAR_WIDER_UM = 1.0
"""How far masks are widened: a rim of cytoplasm left behind would be evidence, so what is blanked reaches farther."""


class OriginalsError(Refusal):
    """A folder of original pictures does not belong to the prepared data. Name the folder it was prepared from."""


@dataclass(frozen=True, slots=True, eq=False)
class AuditPicture:
    """A picture ready to be altered.

    Attributes:
        example: its labels, in prepared pixels.
        scene: its pixels and its cells, at the scale of the original where that is at hand.
        um_per_px: of the scene.
        hidden: (H, W) of the scene, what no model sees; None: nothing.
    """

    example: Example
    scene: Scene
    um_per_px: float
    hidden: NDArray[np.bool_] | None


def choose_pictures(examples: Iterable[Example], most: int, seed: int) -> dict[str, list[tuple[str, str]]]:
    """Choose pictures of each source, evenly over classes, each physical cell once.

    Args:
        examples: of a split, read once.
        most: pictures of a source at most.
        seed: same seed, same pictures.

    Returns:
        (source, id) of the chosen, by source; sources without anything named are left out.
    """
    found: dict[str, dict[int, list[tuple[str, tuple[str, ...]]]]] = defaultdict(lambda: defaultdict(list))
    for example in examples:
        kinds = [int(kind) for kind in example.box_class if kind >= 0]
        truth = int(example.field_class) if example.field_class >= 0 else next(iter(kinds), -1)
        if truth >= 0:
            cells = () if example.field_class >= 0 else example.box_cell
            found[example.source][truth].append((example.id, cells))
    return {source: _take_evenly(source, classes, most, seed) for source, classes in sorted(found.items())}


def open_originals(folders: Mapping[str, Path], description: Description) -> dict[tuple[str, str], Sample]:
    """Open the original pictures of sources, so that alterations act on what a camera gave.

    Args:
        folders: by source.
        description: of the prepared data.

    Returns:
        Samples by (source, id).

    Raises:
        OriginalsError: a source is not in the prepared data.
        SourceError: a folder is not as expected.
    """
    scales = {one.name: one.um_per_px for one in description.sources}
    samples: dict[tuple[str, str], Sample] = {}
    for name, folder in folders.items():
        if name not in scales:
            raise OriginalsError(f"--originals {name}={folder}: no such source (expected one of: {', '.join(scales)})")
        for sample in read_source(SourceRequest(name, folder, description.task, scales[name])):
            samples[name, sample.id] = sample
    return samples


def pick_original(originals: Mapping[tuple[str, str], Sample], key: tuple[str, str]) -> Sample:
    """Pick the original of a prepared picture.

    Args:
        originals: from `open_originals`.
        key: source and id of the picture.

    Returns:
        The original.

    Raises:
        OriginalsError: it is not among them.
    """
    if key not in originals:
        raise OriginalsError(f"--originals {key[0]}: no {key[1]} there (expected the folder that was prepared)")
    return originals[key]


def set_scene(example: Example, um_per_px: float, original: Sample | None) -> AuditPicture:
    """Make a picture ready to be altered.

    Args:
        example: the prepared picture.
        um_per_px: its scale, the working one.
        original: the picture it was prepared from; None: the prepared one stands for it.

    Returns:
        The picture.
    """
    cells = widen(mark_cells(example), CELLS_WIDER_UM / um_per_px)
    near = widen(mark_near(example), NEAR_WIDER_UM / um_per_px)
    if original is None:
        hidden = find_hidden(example)
        return AuditPicture(example, Scene(example.image, cells, near), um_per_px, hidden if hidden.any() else None)
    pixels = original.load()
    shape = (pixels.image.shape[0], pixels.image.shape[1])
    scene = Scene(pixels.image, _resize(cells, shape), _resize(near, shape))
    return AuditPicture(example, scene, original.um_per_px, pixels.hidden)


def prepare_altered(altered: Image, picture: AuditPicture, um_per_px: float, shows_hidden: bool) -> Prepared:
    """Prepare an altered picture as the device would.

    Args:
        altered: (H, W, 3), of the scene's size.
        picture: what it was made of.
        um_per_px: working scale.
        shows_hidden: what is hidden from models is seen.

    Returns:
        The field, measured in its own pixels as the example's labels are.

    Raises:
        OriginalsError: the original is of another size than what was prepared.
    """
    hidden = None if shows_hidden or picture.hidden is None else picture.hidden
    image = prepare_field(cover_hidden(Pixels(altered, hidden=hidden)), picture.um_per_px, um_per_px).image
    shape = (image.shape[0], image.shape[1])
    if shape != picture.example.image.shape[:2]:
        expected = picture.example.image.shape[:2]
        raise OriginalsError(f"{picture.example.id}: {shape} when prepared (expected {expected}, as in the data)")
    if hidden is not None:
        image = np.where(_resize(hidden, shape)[..., None], np.uint8(BACKGROUND), image)
    return Prepared(np.ascontiguousarray(image), shape, um_per_px)


def _take_evenly(
    source: str, classes: dict[int, list[tuple[str, tuple[str, ...]]]], most: int, seed: int
) -> list[tuple[str, str]]:
    rng = np.random.default_rng(seed)
    queues = [[pictures[place] for place in rng.permutation(len(pictures))] for _, pictures in sorted(classes.items())]
    taken: list[tuple[str, str]] = []
    shown: set[str] = set()
    while any(queues) and len(taken) < most:
        for queue in queues:
            while queue and len(taken) < most:
                name, cells = queue.pop()
                if not cells or not shown.issuperset(cells):
                    shown.update(cells)
                    taken.append((source, name))
                    break
    return taken


def _resize(mask: NDArray[np.bool_], shape: tuple[int, int]) -> NDArray[np.bool_]:
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0)
