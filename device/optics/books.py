"""What the records say of the optics: every measurement and every removal is an event."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from device.keeping.store import Store
from device.optics.kept import Kept
from device.optics.measurement import Measurement
from device.optics.shelf import keep, remove


def keep_measured(data_dir: Path, measurements: Iterable[Measurement], store: Store) -> tuple[Kept, ...]:
    """Store what was measured in one go, each with its event.

    Args:
        data_dir: the device's data folder.
        measurements: of one run; they are in force from then on.
        store: takes the events.

    Returns:
        The measurements as they lie there.

    Raises:
        ShelfFullError: one cannot be written.
        DatabaseError: the event cannot be written; the measurement is in force all the same.
    """
    kept = tuple(keep(data_dir, measurement) for measurement in measurements)
    for one in kept:
        store.add_event("info", f"optics_{one.facts.kind}", _describe(one))
    return kept


def take_out(data_dir: Path, name: str, store: Store) -> None:
    """Take a measurement out of force, with its event; the one before it holds again.

    Args:
        data_dir: the device's data folder.
        name: of the measurement.
        store: takes the event.

    Raises:
        ShelfError: there is none of this name.
        ShelfFullError: it cannot be moved.
    """
    remove(data_dir, name)
    store.add_event("info", "optics_removed", {"name": name})


def _describe(kept: Kept) -> dict[str, Any]:
    facts = kept.facts
    detail: dict[str, Any] = {"name": kept.name, "how": facts.how, "camera": facts.camera, "frames": facts.frames}
    if facts.um_per_px is not None:
        detail |= {"um_per_px": facts.um_per_px, "error_um_per_px": facts.error_um_per_px}
    return detail | {"words": list(facts.words)}
