"""Which bundles there are, installed and shipped, and how a person names one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from contract.failures import Refusal
from contract.seal import MANIFEST
from contract.settings_files import INSTALL_ROOT

SHIPPED = INSTALL_ROOT / "bundles"


class ShelfError(Refusal):
    """There is no such bundle, several are called so, or none can be looked for. See `leukoscope bundle list`."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bundle lies; whether it is whole, opening it tells.

    Attributes:
        name: of its folder, by which it is chosen: an installed one's whole id, a shipped one's plain name.
        folder: its files.
        installed_at: UTC; None where it is shipped with the program.
    """

    name: str
    folder: Path
    installed_at: datetime | None


def find_installed(data_dir: Path) -> tuple[Place, ...]:
    """Find the installed bundles.

    Args:
        data_dir: the device's data folder.

    Returns:
        Newest first.

    Raises:
        ShelfError: the folder cannot be read.
    """
    home = data_dir / "bundles"
    try:
        folders = [path for path in home.iterdir() if path.is_dir() and path.name[0] != "."] if home.is_dir() else []
        places = [Place(path.name, path, datetime.fromtimestamp(path.stat().st_mtime, UTC)) for path in folders]
    except OSError as error:
        raise ShelfError(f"{home}: {error.strerror} (expected a folder that can be read)") from error
    return tuple(sorted(places, key=lambda place: (place.installed_at, place.name), reverse=True))


def find_shipped() -> tuple[Place, ...]:
    """Find the bundles that came with the program.

    Returns:
        In the order of their names.
    """
    return tuple(Place(path.parent.name, path.parent, None) for path in sorted(SHIPPED.glob(f"*/{MANIFEST}")))


def locate(name: str, data_dir: Path) -> Path | None:
    """Say where a bundle of exactly this name lies.

    Args:
        name: of its folder.
        data_dir: the device's data folder.

    Returns:
        The folder, or None.
    """
    places = (*find_installed(data_dir), *find_shipped())
    return next((place.folder for place in places if place.name == name), None)


def complete_name(beginning: str, data_dir: Path) -> str:
    """Find the one bundle whose name is, or begins with, what a person typed.

    Args:
        beginning: a name, or as much of it as tells it from the others.
        data_dir: the device's data folder.

    Returns:
        The whole name.

    Raises:
        ShelfError: none or several fit; the line lists them.
    """
    names = [place.name for place in (*find_installed(data_dir), *find_shipped())]
    if beginning in names:
        return beginning
    fitting = [name for name in names if beginning and name.startswith(beginning)]
    if len(fitting) == 1:
        return fitting[0]
    what, of = ("fits several", fitting) if fitting else ("unknown", names)
    raise ShelfError(f"bundle: {beginning!r} {what} (expected one of: {', '.join(of) or 'none is installed'})")
