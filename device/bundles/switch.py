"""How another bundle becomes the active one: tried first, then one line in the history, then it is told."""

import logging
from collections.abc import Callable
from pathlib import Path

from contract.bundle import Bundle, load_bundle
from contract.failures import Refusal
from device.bundles.history import Action, add_switch, read_history, walk_back
from device.bundles.home import open_home
from device.bundles.shelf import complete_name, locate
from device.bundles.trial import try_out

Tell = Callable[[str], object]

log = logging.getLogger(__name__)


class SwitchError(Refusal):
    """There is no bundle to go back to. Install one, or choose one of `leukoscope bundle list`."""

    exit_code = 3


def use_bundle(name: str, data_dir: Path, *, threads: int = 0, tell: Tell = log.info) -> Bundle:
    """Make an installed or shipped bundle the active one, if it works on this machine.

    Args:
        name: of its folder, or as much of its beginning as tells it from the others.
        data_dir: the device's data folder.
        threads: of the self-test; 0: one for each core.
        tell: takes a line for each thing that is done.

    Returns:
        The bundle that is active now.

    Raises:
        Refusal: it is unknown, broken, or fails its self-test; nothing has changed.
    """
    with open_home(data_dir):
        return _switch_to(complete_name(name, data_dir), data_dir, "use", threads, tell)


def rollback(data_dir: Path, *, threads: int = 0, tell: Tell = log.info) -> Bundle:
    """Go back to the bundle that was active before, if it works on this machine.

    Args:
        data_dir: the device's data folder.
        threads: of the self-test; 0: one for each core.
        tell: takes a line for each thing that is done.

    Returns:
        The bundle that is active now.

    Raises:
        SwitchError: there was none before, or it is no longer installed.
        Refusal: it is broken or fails its self-test; nothing has changed.
    """
    with open_home(data_dir):
        name = find_previous(data_dir)
        if name is None:
            raise SwitchError("rollback: no bundle was active before this one (expected one; choose: bundle use NAME)")
        return _switch_to(name, data_dir, "rollback", threads, tell)


def find_previous(data_dir: Path) -> str | None:
    """Say which bundle a rollback would go to.

    Args:
        data_dir: the device's data folder.

    Returns:
        Its name; None where there is none.
    """
    active, *before = walk_back(read_history(data_dir))
    return next((name for name in before if name != active and locate(name, data_dir) is not None), None)


def make_active(name: str, data_dir: Path, action: Action, tell: Tell) -> None:
    """Make a bundle that was tried out the active one.

    Args:
        name: of its folder.
        data_dir: the device's data folder, its bundles held by `open_home`.
        action: by which command.
        tell: takes a line.
    """
    before = walk_back(read_history(data_dir))[0]
    if name == before:
        tell(f"active: {name}, as before")
        return
    add_switch(data_dir, action, name)
    tell(f"active: {name} (before: {before}); it runs when the program is next started")


def _switch_to(name: str, data_dir: Path, action: Action, threads: int, tell: Tell) -> Bundle:
    folder = locate(name, data_dir)
    if folder is None:
        raise SwitchError(f"bundle: {name} is gone (expected in {data_dir / 'bundles'})")
    bundle = load_bundle(folder)
    try_out(bundle, threads)
    make_active(name, data_dir, action, tell)
    return bundle
