"""Where the package picamera2 comes from, and what to do where it does not."""

import importlib
from typing import Any

from device.cameras.source import SourceError

HOW = "sudo apt install python3-picamera2, and an environment with --system-site-packages on the system's Python"


def load_picamera2() -> Any:
    """Import the package, which belongs to the system, not to this environment.

    Returns:
        The class `Picamera2`.

    Raises:
        SourceError: it is not installed, or not usable from here.
    """
    try:
        return importlib.import_module("picamera2").Picamera2
    except ModuleNotFoundError as error:
        raise SourceError(f"picamera2: no module {error.name} (expected on Raspberry Pi OS: {HOW})") from error
    except (ImportError, ValueError, OSError) as error:
        # A numpy other than the system's breaks its extensions, which then raise ValueError.
        raise SourceError(f"picamera2: {error} (expected the system's packages: {HOW})") from error
