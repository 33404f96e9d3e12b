"""What a live camera has to do; `device.cameras.watched` makes a source of it that survives its faults."""

from typing import Protocol, Self

from device.cameras.source import Shot, SourceError


class SilentCamera(SourceError):
    """A camera gave nothing in time. It is opened again; if that goes on, look at its cable and its power."""


class SpoiledPicture(SourceError):
    """One picture came damaged and was thrown away; the next may be whole. If it goes on: cable, hub, or network."""


class LiveCamera(Protocol):
    """Hardware or a stream: one thread opens it, asks for picture after picture, which may take long, and closes it.

    A camera that failed is not asked again: a new one is made. Nothing here has to be safe for other threads.
    """

    def __enter__(self) -> Self:
        """Open the camera.

        Raises:
            SourceError: it is not there, is used by another program, or does not do what was asked of it.
        """

    def __exit__(self, *exc: object) -> None:
        """Close the camera; may be called twice."""

    def photograph(self) -> Shot:
        """Wait for the next picture and give it; nothing else refers to its pixels, which are read-only.

        Raises:
            SpoiledPicture: it came damaged; ask for the next.
            SilentCamera: none came in time.
            SourceError: the camera is lost.
        """
