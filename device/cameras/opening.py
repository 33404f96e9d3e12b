"""Which camera a person means by what they wrote."""

from collections.abc import Callable
from pathlib import Path

from contract.settings import Settings
from device.cameras.http_mjpeg import MjpegCamera, name_of
from device.cameras.live import LiveCamera
from device.cameras.picamera2_camera import PiCamera
from device.cameras.replay import ReplaySource
from device.cameras.source import Source, SourceError, Tell
from device.cameras.usb import UsbCamera
from device.cameras.watched import WatchedSource

KINDS = (
    "picamera2[:N], usb:N_OR_DEVICE, replay:FOLDER_VIDEO_OR_URL or simulated[:SEED[:PACE]]; see `leukoscope cameras`"
)
"""What may be written, in the words of help and messages."""

ENDLESS = "has no end (expected replay:FOLDER_OR_VIDEO with --once)"


def open_source(
    spec: str, settings: Settings, once: bool = False, tell: Tell | None = None, patient: bool = False
) -> Source:
    """Choose the camera; ``with`` opens it.

    Args:
        spec: as `KINDS` says.
        settings: pictures per second, 0 for flat out, and what is asked of a live camera.
        once: a replay gives each picture once, as fast as it is taken, and ends.
        tell: takes the events of a live camera: a fault's begin and its end; None: they are logged.
        patient: a live camera that is not there is waited for.

    Returns:
        The source, not yet opened.

    Raises:
        SourceError: there is no such camera, or it never ends and was to be shown once.
    """
    kind, _, rest = spec.partition(":")
    if kind == "replay" and rest and not _is_url(rest):
        return ReplaySource(Path(rest).expanduser(), None if once else settings.device.fps or None, loop=not once)
    make = _find_live(kind, rest, settings)
    seed, _, pace = rest.partition(":")
    if make is None and (kind != "simulated" or not (_is_number(seed) and _is_number(pace) and int(pace or 1))):
        raise SourceError(f"camera: {spec!r} (expected {KINDS})")
    if once:
        raise SourceError(f"camera: {spec!r} {ENDLESS}")
    if make is not None:
        name = f"replay:{name_of(rest)}" if kind == "replay" else spec
        return WatchedSource(name, make, _find_rate(settings), tell, patient)
    # Imported here: drawing a smear needs modules that a replay does without.
    from device.cameras.simulated import SimulatedSource
    from device.smear.motion import StagePath

    return SimulatedSource(int(seed or 0), settings.device.fps or None, StagePath.at_pace(int(pace or 1)))


def _find_live(kind: str, rest: str, settings: Settings) -> Callable[[], LiveCamera] | None:
    fps, sensor = settings.device.fps, settings.device.sensor
    if kind == "picamera2" and _is_number(rest):
        return lambda: PiCamera(int(rest or 0), fps, sensor)
    if kind == "usb" and rest.startswith("/"):
        return lambda: UsbCamera(rest, fps, sensor)
    if kind == "usb" and _is_number(rest):
        return lambda: UsbCamera(f"/dev/video{rest or 0}", fps, sensor)
    if kind == "replay" and _is_url(rest):
        return lambda: MjpegCamera(rest, fps)
    return None


def _find_rate(settings: Settings) -> float:
    exposure_us = settings.device.sensor.exposure_us
    rates = [settings.device.fps] if settings.device.fps else []
    return min([*rates, *([1e6 / exposure_us] if exposure_us else [])], default=0.0)


def _is_number(text: str) -> bool:
    return not text or (text.isascii() and text.isdecimal())


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))
