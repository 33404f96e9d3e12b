"""A measurement at the command line: the camera or a folder is opened, pictures are taken, the result is kept."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from contract.image import encode_png, read_rgb
from contract.settings import DeviceSettings, Settings
from device.cameras.opening import open_source
from device.cameras.scaling import find_um_per_px
from device.cameras.source import Source, leave_out_absences
from device.keeping.store import DATABASE_NAME, Store
from device.optics.books import keep_measured
from device.optics.kept import PICTURE, find_in_force
from device.optics.micrometer import DIVISION_UM
from device.optics.scene import Scene, Task
from device.optics.tasks import PICTURES, measure
from device.predict import estimate_scale, find_images


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for.

    Attributes:
        task: what to measure.
        folder: saved pictures instead of the camera; None: the camera.
        pictures: how many; None: as many as the task takes.
        drawn: file for the picture of before and after, beside the one that is kept; None: only that one.
        dry_run: keep nothing.
        division_um: of a micrometer; None: as most have it.
    """

    task: Task
    folder: Path | None = None
    pictures: int | None = None
    drawn: Path | None = None
    dry_run: bool = False
    division_um: float | None = None


def sit(settings: Settings, wish: Wish) -> Iterator[str]:
    """Measure, and tell what came of it.

    Args:
        settings: camera, data folder, scale.
        wish: what to measure.

    Yields:
        A line for each thing found.

    Raises:
        Refusal: camera or pictures do not allow it, or the result cannot be kept.
    """
    device = settings.device
    data_dir = Path(device.data_dir)
    camera = open_source(device.camera, settings)
    in_force = find_in_force(data_dir, camera.name)
    with _open_pictures(settings, wish, camera) as (pictures, um_per_px), _show_bar(wish) as bar:
        scene = Scene(camera.name, um_per_px, in_force, wish.division_um or DIVISION_UM, wish.pictures)
        measured = measure(wish.task, pictures, scene, lambda count, _: bar.update(count - bar.n))
    yield from measured[0].facts.words
    if wish.drawn is not None:
        wish.drawn.write_bytes(encode_png(measured[0].picture))
        yield f"before and after: {wish.drawn}"
    if wish.dry_run:
        yield "nothing was kept (--dry-run)"
        return
    with open_books(device) as store:
        for kept in keep_measured(data_dir, measured, store):
            yield f"{kept.name}: holds for {camera.name} from the next start; {kept.folder / PICTURE}"


@contextmanager
def open_books(device: DeviceSettings) -> Iterator[Store]:
    """Open the records for an event.

    Args:
        device: name and data folder.

    Yields:
        The store.

    Raises:
        IdentityError: the program runs and holds the records: measure from its page.
    """
    with Store(Path(device.data_dir) / DATABASE_NAME, device.name or socket.gethostname()) as store:
        yield store


@contextmanager
def _open_pictures(
    settings: Settings, wish: Wish, camera: Source
) -> Iterator[tuple[Iterator[NDArray[np.uint8]], float]]:
    """The pictures, and the size of their pixels where the task has to know it."""
    needs_scale = wish.task == "seen"
    if wish.folder is None:
        with camera:
            scale = find_um_per_px(camera, settings.device.um_per_px) if needs_scale else 1.0
            yield (shot.image for shot in leave_out_absences(camera.shots())), scale
        return
    images = find_images(wish.folder)
    scale = settings.device.um_per_px
    if needs_scale and not scale:
        scale = estimate_scale(images).um_per_px
    yield (read_rgb(images.root / name) for name in images.names), scale or 1.0


@contextmanager
def _show_bar(wish: Wish) -> Iterator["tqdm[None]"]:
    # A bar for people only: in a pipe or a log it would be noise.
    total = wish.pictures or PICTURES[wish.task]
    unit = "field" if wish.task == "seen" else "picture"
    with tqdm(total=total, desc=wish.task.replace("_", " "), unit=unit, file=sys.stderr, disable=None) as bar:
        yield bar
