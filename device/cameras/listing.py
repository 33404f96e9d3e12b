"""Which cameras there are, in the words that open them, and why others are not there."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from device.cameras.picamera2_import import load_picamera2
from device.cameras.source import SourceError

VIDEO_CLASS = Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class Listed:
    """A camera, or a kind of camera that is missing.

    Attributes:
        spec: what to give to ``--camera``.
        usable: it can be opened, as far as can be seen from outside.
        words: what it is, or why it is missing.
    """

    spec: str
    usable: bool
    words: str


def list_cameras() -> Iterator[Listed]:
    """Look for cameras, without opening any."""
    yield from list_pi_cameras()
    yield from list_usb_cameras()
    yield Listed(
        "replay:FOLDER_VIDEO_OR_URL", True, "saved images, a video, or a Motion JPEG stream: http://HOST/stream.mjpg"
    )
    yield Listed(
        "simulated", True, "a drawn smear; simulated:7 is another one, simulated:7:3 the same moved three times as fast"
    )


def list_pi_cameras() -> Iterator[Listed]:
    """List what libcamera knows, but for USB cameras, which it knows too and `usb` opens."""
    try:
        found = load_picamera2().global_camera_info()
    except SourceError as error:
        yield Listed("picamera2", False, str(error).removeprefix("picamera2: "))
        return
    except (RuntimeError, OSError) as error:
        yield Listed("picamera2", False, f"libcamera fails: {error} (expected it to list cameras)")
        return
    cameras = [(number, camera) for number, camera in enumerate(found) if "/usb" not in camera["Id"]]
    for number, camera in cameras:
        yield Listed(f"picamera2:{number}", True, f"{camera['Model']} ({camera['Id']})")
    if not cameras:
        yield Listed(
            "picamera2", False, "no camera found (expected its cable seated at both ends, contacts to the board)"
        )


def list_usb_cameras(video_class: Path = VIDEO_CLASS, devices: Path = Path("/dev")) -> Iterator[Listed]:
    """List video devices that are cameras by themselves.

    Args:
        video_class: where the kernel tells what its video devices are.
        devices: where their nodes lie.
    """
    listed = 0
    for place in sorted(video_class.glob("video*"), key=lambda place: int(place.name.removeprefix("video") or 0)):
        if not _is_camera(place):
            continue
        listed += 1
        node = devices / place.name
        name = _read(place / "name") or "camera without a name"
        if os.access(node, os.R_OK | os.W_OK):
            yield Listed(f"usb:{place.name.removeprefix('video')}", True, f"{name} ({node})")
        else:
            yield Listed(f"usb:{place.name.removeprefix('video')}", False, f"{name}: {_why_closed(node)}")
    if not listed:
        where = "no camera at the USB ports" if video_class.is_dir() else "no video device in this system"
        yield Listed("usb", False, f"{where} (expected one plugged in, of the kind that needs no driver: UVC)")


def _is_camera(place: Path) -> bool:
    # A camera has a second node for its metadata, with an index of its own. The Pi's own devices (codecs, parts of
    # its image processor) hang on its platform; picamera2 drives those that belong to a camera.
    hangs_on = str((place / "device").resolve())
    return _read(place / "index") in {"", "0"} and ("/usb" in hangs_on or "/platform/" not in hangs_on)


def _why_closed(node: Path) -> str:
    if not node.exists():
        return f"{node} is missing (expected udev to make it)"
    return f"no permission for {node} (expected a member of its group: sudo usermod -aG video $USER, then log in anew)"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
