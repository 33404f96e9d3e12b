"""A Raspberry Pi camera, through the system's picamera2."""

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from contract.settings import SensorSettings
from device.cameras.asked import ask_size, refuse_settings
from device.cameras.live import SilentCamera
from device.cameras.picamera2_controls import choose_controls, choose_crop, find_exposure_range
from device.cameras.picamera2_import import load_picamera2
from device.cameras.source import Exposure, Shot, SourceError

FORMAT = "BGR888"
"""libcamera names the bytes from the highest down: this is the format whose arrays are RGB."""

SILENCE_S = 2.0
"""Longest wait for a picture beyond its exposure; without a limit picamera2 waits for ever."""

PREVIEW_BUFFERS, STILL_BUFFERS = 4, 2

log = logging.getLogger(__name__)


class PiCamera:
    """Gives each picture that comes after it was asked for, copied out of the camera's memory.

    Args:
        number: which camera, from 0, in the order of `leukoscope cameras`.
        fps: pictures a second asked of the sensor; 0: as fast as the configuration allows.
        settings: size, exposure, gains, crop, tuning.
    """

    def __init__(self, number: int, fps: float, settings: SensorSettings) -> None:
        self._number = number
        self._fps = fps
        self._settings = settings
        self._camera: Any = None
        self._range_us: tuple[float, float] | None = None
        self._wait_s = SILENCE_S + settings.exposure_us / 1e6 + (1 / fps if fps else 0.0)
        self._pictures = 0

    def __enter__(self) -> Self:
        """Open, configure and start the camera.

        Raises:
            SourceError: it is not there, in use, or grants something else than what was set.
        """
        picamera2 = load_picamera2()
        refuse_settings(self._settings, "a Pi camera", "usb_format")
        try:
            # Nothing may ask libcamera for its cameras before: it reads the tuning file when it looks for them first.
            self._camera = picamera2(self._number, tuning=self._find_tuning(picamera2))
            self._configure(self._camera)
            self._camera.start()
            self._crop(self._camera)
        except (RuntimeError, ValueError, KeyError, IndexError, OSError) as error:
            self.__exit__()
            raise SourceError(f"picamera2:{self._number}: {_trace(error)} (expected a camera that opens)") from error
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop and close the camera."""
        camera, self._camera = self._camera, None
        if camera is not None:
            try:
                camera.close()
            except RuntimeError as error:
                log.warning("picamera2:%d: closing failed: %s", self._number, error)

    def photograph(self) -> Shot:
        """Wait for the next picture; see `LiveCamera`."""
        try:
            request = self._camera.capture_request(wait=self._wait_s)
        except TimeoutError as error:
            # The job would stay in the queue, take the next picture and never give its buffer back.
            self._camera.cancel_all_and_flush()
            raise SilentCamera(f"picamera2:{self._number}: no picture in {self._wait_s:.1f} s") from error
        try:
            image = request.make_array("main")  # a copy: the buffer goes back to the camera
            metadata = request.get_metadata()
        finally:
            request.release()
        image.setflags(write=False)
        self._pictures += 1
        name = f"picture {self._pictures:06d}"
        return Shot(image, find_moment(metadata), None, name, False, exposure=self._read_exposure(metadata))

    def _find_tuning(self, picamera2: Any) -> Any:
        name = self._settings.tuning_file
        if not name:
            return None
        try:
            return picamera2.load_tuning_file(name)
        except (RuntimeError, ValueError, OSError) as error:
            raise SourceError(f"device.sensor.tuning_file: {name}: {error} (expected a tuning file)") from error

    def _configure(self, camera: Any) -> None:
        still = self._settings.configuration == "still"
        create = camera.create_still_configuration if still else camera.create_preview_configuration
        asked = {"format": FORMAT, "size": ask_size(self._settings)}
        # Without a queue a picture is never older than the question for it.
        camera.configure(
            create(main=dict(asked), buffer_count=STILL_BUFFERS if still else PREVIEW_BUFFERS, queue=False)
        )
        granted = camera.stream_configuration("main")
        # Both may be changed with no more than a line in libcamera's log.
        _compare("format", granted["format"], asked["format"])
        if self._settings.width_px:
            _compare("size", tuple(granted["size"]), asked["size"])
        # Only the configured camera knows its limits; before, libcamera tells some that are the same for all sensors.
        controls = choose_controls(camera.camera_controls, self._settings, self._fps)
        camera.set_controls(controls)
        self._range_us = find_exposure_range(camera.camera_controls, controls)
        log.info("picamera2:%d: %d x %d pixels as %s", self._number, *granted["size"], granted["format"])

    def _crop(self, camera: Any) -> None:
        crop = choose_crop(camera.camera_controls, self._settings)
        if crop is not None:
            # Only after the start, with which a crop of picamera2's own is sent.
            camera.set_controls({"ScalerCrop": crop})

    def _read_exposure(self, metadata: dict[str, Any]) -> Exposure:
        gains = metadata.get("ColourGains")
        return Exposure(
            exposure_us=metadata.get("ExposureTime"),
            range_us=self._range_us,
            analogue_gain=metadata.get("AnalogueGain"),
            colour_gains=(float(gains[0]), float(gains[1])) if gains else None,
        )


def find_moment(metadata: dict[str, Any]) -> datetime:
    """Find when a picture was taken.

    Args:
        metadata: of its request; SensorTimestamp counts nanoseconds since boot, when the first row began to be exposed.

    Returns:
        Aware UTC time; now, where the camera does not tell.
    """
    now = datetime.now(UTC)
    taken_ns = metadata.get("SensorTimestamp")
    if not taken_ns:
        return now
    age_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - int(taken_ns)
    return now - timedelta(microseconds=max(0, age_ns) / 1000)


def _compare(what: str, granted: object, asked: object) -> None:
    if granted != asked:
        raise SourceError(f"picamera2: {what}: {granted} was configured (expected {asked}, as was asked)")


def _trace(error: BaseException) -> str:
    # picamera2 wraps what happened twice in what it was doing.
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
