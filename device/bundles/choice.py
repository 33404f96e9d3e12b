"""Which bundle runs, and why: the one rule.

A bundle that is named, by `--bundle` or the setting `device.bundle`, runs. Where none is named, the one that was last
activated (`leukoscope bundle install | use | rollback`) runs; where none ever was, the one shipped for that.
"""

from dataclasses import dataclass
from pathlib import Path

from contract.bundle import BundleError, find_bundle
from device.bundles.history import SHIPPED_DEFAULT, read_history
from device.bundles.shelf import locate


@dataclass(frozen=True, slots=True)
class Choice:
    """The bundle that runs.

    Attributes:
        folder: where it lies.
        why: in words, for the log and `check`.
    """

    folder: Path
    why: str


def choose_bundle(named: str, data_dir: Path) -> Choice:
    """Choose the bundle that runs.

    Args:
        named: the setting `device.bundle` with `--bundle` laid over it; empty: none is named.
        data_dir: the device's data folder.

    Returns:
        The folder and the reason.

    Raises:
        BundleError: the named or the activated one is not there.
        HistoryError: which one is active cannot be read.
    """
    if named:
        return Choice(find_bundle(named, data_dir), "named in the settings or by --bundle")
    history = read_history(data_dir)
    name = history[-1].bundle if history else SHIPPED_DEFAULT
    why = f"{history[-1].action} of {history[-1].at:%Y-%m-%d %H:%M} UTC" if history else "shipped, none was activated"
    folder = locate(name, data_dir)
    if folder is None:
        home = data_dir / "bundles"
        raise BundleError(f"bundle: {name} ({why}) is gone from {home} (expected there; choose: bundle use NAME)")
    return Choice(folder, why)
