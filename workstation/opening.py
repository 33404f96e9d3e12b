"""What a person's SOURCE means."""

from pathlib import Path

from workstation.address import DeviceAddress
from workstation.sources import DeviceFile, Source, SourceError


def choose_source(where: str, timeout_s: float) -> Source:
    """Say which source is meant; it is opened by `with`.

    Args:
        where: http(s) address of a device, or path of its SQLite file.
        timeout_s: longest silence of a device on the network.

    Returns:
        The source.

    Raises:
        SourceError: another kind of URL.
    """
    scheme, found, _ = where.partition("://")
    if not found:
        return DeviceFile(Path(where))
    if scheme in ("http", "https"):
        return DeviceAddress(where, timeout_s)
    if scheme == "sqlite":
        return DeviceFile(Path(where.removeprefix("sqlite:///")))
    raise SourceError(f"source: {scheme}:// (expected http://, https:// or the path of a device's SQLite file)")
