"""What systemd is told: ready, alive, stopping. Without systemd every call does nothing."""

import os
from typing import Self

import sdnotify

MIGRATION_S = 1800
"""A database of a million cells (2 GB) is copied and rebuilt in half a minute on a desktop, in minutes on a card."""


def ask_for_time(seconds: int = MIGRATION_S) -> None:
    """Ask systemd for patience: a start that takes longer than its unit allows would be ended, again and again.

    Args:
        seconds: from now on.
    """
    if os.environ.get("NOTIFY_SOCKET"):
        notifier = sdnotify.SystemdNotifier()
        notifier.notify(f"STATUS=bringing the database up to date\nEXTEND_TIMEOUT_USEC={seconds * 1_000_000}")
        if notifier.socket is not None:
            notifier.socket.close()


class Watchdog:
    """Speaks to the service manager over the socket named by ``NOTIFY_SOCKET``, if there is one.

    The beat comes from the end of the loop after each finished frame and never from a timer: a timer would go on
    beating while the camera hangs. While the camera is away, each attempt to open it that comes back takes a frame's
    way through all stages and is a beat too, so that a restart comes only where it can help.
    """

    def __init__(self) -> None:
        self._notifier: sdnotify.SystemdNotifier | None = None

    def __enter__(self) -> Self:
        """Open the socket, if there is one."""
        if os.environ.get("NOTIFY_SOCKET"):
            self._notifier = sdnotify.SystemdNotifier()
        return self

    def __exit__(self, *exc: object) -> None:
        """Say that the program is stopping, and close the socket."""
        self._say("STOPPING=1")
        if self._notifier is not None and self._notifier.socket is not None:
            self._notifier.socket.close()
        self._notifier = None

    def report_ready(self, status: str) -> None:
        """Say that the page answers and the first frame is done, or the first attempt to open the camera.

        Args:
            status: one line for ``systemctl status``.
        """
        self._say(f"READY=1\nSTATUS={status}")

    def beat(self) -> None:
        """Say that a frame, or an absence of the camera, came through the whole loop."""
        self._say("WATCHDOG=1")

    def _say(self, message: str) -> None:
        if self._notifier is not None:
            self._notifier.notify(message)
