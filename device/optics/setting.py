"""What holds at this moment for pictures that are taken: how they are corrected, and how large a pixel is."""

import threading
from dataclasses import dataclass, replace

from device.optics.correction import Correction


@dataclass(frozen=True, slots=True)
class Setting:
    """The optics at one moment.

    Attributes:
        um_per_px: size of a pixel in micrometres, where the picture does not say it itself.
        correction: applied to each picture; None: none was measured.
    """

    um_per_px: float
    correction: Correction | None = None


class Optics:
    """The setting in force; the page changes it, the live loop reads it once for each picture. Any thread may call.

    Args:
        setting: with which the program starts.
    """

    def __init__(self, setting: Setting) -> None:
        self._lock = threading.Lock()
        self._setting = setting

    @property
    def setting(self) -> Setting:
        """What holds now; one frozen record, so correction and scale are never of two moments."""
        return self._setting

    def set_scale(self, um_per_px: float) -> None:
        """Let another pixel size hold from the next picture on."""
        with self._lock:
            self._setting = replace(self._setting, um_per_px=um_per_px)

    def set_correction(self, correction: Correction | None) -> None:
        """Let another correction hold from the next picture on; None: no correction."""
        with self._lock:
            self._setting = replace(self._setting, correction=correction)
