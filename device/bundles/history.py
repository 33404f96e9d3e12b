"""Which bundle was made the active one, when and by what: a line each, and the last one holds."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from contract.failures import Refusal
from device.bundles.home import hand_over, sync_folder
from device.staging import write_whole

HISTORY = "history.jsonl"

SHIPPED_DEFAULT = "wbc5"
"""What runs where nothing was ever activated."""

Action = Literal["install", "use", "rollback"]


class HistoryError(Refusal):
    """The history of active bundles is damaged, so which one runs is not known. Delete the file and choose one."""

    exit_code = 3


class Switch(BaseModel):
    """One change of the active bundle.

    Attributes:
        at: when, UTC.
        action: by which command.
        bundle: that was active from then on: the name of its folder, installed or shipped.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    action: Action
    bundle: str


def read_history(data_dir: Path) -> tuple[Switch, ...]:
    """Read every change of the active bundle, oldest first.

    Args:
        data_dir: the device's data folder.

    Returns:
        The changes; none where there is no history.

    Raises:
        HistoryError: the file cannot be read or is damaged.
    """
    path = data_dir / "bundles" / HISTORY
    cure = "expected a change of bundle; delete the file, then choose: leukoscope bundle use NAME"
    try:
        lines = path.read_bytes().splitlines()
    except (FileNotFoundError, NotADirectoryError):  # that the data folder is a file is told by who writes to it
        return ()
    except OSError as error:
        raise HistoryError(f"{path}: {error.strerror} (expected a file that can be read)") from error
    switches = []
    for number, line in enumerate(lines, 1):
        try:
            switches.append(Switch.model_validate_json(line))
        except ValidationError as error:
            raise HistoryError(f"{path}: line {number}: {line[:60]!r} ({cure})") from error
    return tuple(switches)


def add_switch(data_dir: Path, action: Action, bundle: str) -> None:
    """Make a bundle the active one; after a cut of power either the whole line is there or none of it.

    Args:
        data_dir: the device's data folder, its bundles held by `open_home`.
        action: by which command.
        bundle: name of its folder.

    Raises:
        OutputError: the history cannot be written.
    """
    switches = (*read_history(data_dir), Switch(at=datetime.now(UTC), action=action, bundle=bundle))
    path = data_dir / "bundles" / HISTORY
    with write_whole(path) as file:
        file.writelines(f"{switch.model_dump_json()}\n" for switch in switches)
    hand_over(path, data_dir)
    sync_folder(path.parent)


def walk_back(history: tuple[Switch, ...]) -> tuple[str, ...]:
    """Say which bundles a rollback goes through.

    Args:
        history: oldest first.

    Returns:
        Names, the active one first, then the one before it, the shipped default last.
    """
    path = [SHIPPED_DEFAULT]
    for switch in history:
        before = path[-2::-1]
        if switch.action == "rollback" and switch.bundle in before:
            path = path[: len(before) - before.index(switch.bundle)]
        elif switch.bundle != path[-1]:
            path.append(switch.bundle)
    return tuple(reversed(path))
