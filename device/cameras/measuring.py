"""What an opened camera gives, and what is wrong with it, in lines for people."""

import threading
import time
from collections.abc import Iterator

import numpy as np

from contract.settings import DeviceSettings
from device.cameras.inspecting import BLACK_LEVEL
from device.cameras.source import Exposure, Shot, Source, SourceError, leave_out_absences

SHOTS = 20
LONGEST_S = 4.0
"""Time for the rate to be measured where the pictures come slowly."""

PATIENCE_S = 8.0
"""Time after which the look ends, whatever comes; longer than it takes to notice that a camera stalls or is frozen."""

SLOW_SHARE = 0.8
"""A camera that gives less than this share of the pictures asked of it is slow; the rest is jitter of a short look."""

NOISY_GAIN = 8.0
"""Above, noise of a Pi's sensor hides granules: three stops of light are missing."""

LIMIT_SHARE = 0.98
"""An exposure this close to its limit is at it; sensors round to whole lines."""


def measure_camera(source: Source, device: DeviceSettings) -> tuple[list[Shot], float]:
    """Take some pictures.

    Args:
        source: opened.
        device: settings; of the camera and of its rate.

    Returns:
        The pictures, and how many came in a second.

    Raises:
        SourceError: none came.
    """
    shots: list[Shot] = []
    begun_s = time.monotonic()
    # A camera that stalls or freezes gives nothing more for as long as anybody waits.
    patience = threading.Timer(PATIENCE_S, source.__exit__, (None, None, None))
    patience.start()
    try:
        for shot in leave_out_absences(source.shots()):
            shots.append(shot)
            begun_s = time.monotonic() if len(shots) == 1 else begun_s  # the first may have come late
            if len(shots) > SHOTS or time.monotonic() - begun_s > LONGEST_S:
                break
    finally:
        patience.cancel()
        patience.join()
    if not shots:
        raise SourceError(f"{source.name}: {source.trouble or 'no picture'} (expected at least one picture)")
    return shots, (len(shots) - 1) / max(time.monotonic() - begun_s, 1e-6)


def describe_camera(source: Source, shots: list[Shot], rate: float, device: DeviceSettings) -> str:
    """Say size and rate of what came, and what is wrong with them."""
    height, width = shots[0].image.shape[:2]
    line = f"{source.name}: {width} x {height} pixels, {rate:.1f} per second"
    return "; ".join([line, *_find_faults(source, shots, rate, device)])


def describe_light(shots: list[Shot]) -> str:
    """Say how the last picture was exposed, and what is wrong with that."""
    exposure = shots[-1].exposure
    known = [
        f"exposure {exposure.exposure_us / 1000:.3g} ms" if exposure.exposure_us else "",
        f"gain {exposure.analogue_gain:.3g}" if exposure.analogue_gain else "",
        "colour gains {:.3g} red, {:.3g} blue".format(*exposure.colour_gains) if exposure.colour_gains else "",
    ]
    mean = float(np.mean([shot.image[::8, ::8].mean() for shot in shots]))
    told = ", ".join(part for part in known if part) or "exposure not told by this camera"
    return "; ".join([f"{told}, mean level {mean:.0f} of 255", *_find_light_faults(exposure, mean)])


def _find_faults(source: Source, shots: list[Shot], rate: float, device: DeviceSettings) -> Iterator[str]:
    height, width = shots[0].image.shape[:2]
    asked = device.sensor.width_px, device.sensor.height_px
    if asked != (0, 0) and asked != (width, height):
        yield f"SIZE: not {asked[0]} x {asked[1]}, as device.sensor says"
    if device.fps and rate < SLOW_SHARE * device.fps:
        yield f"SLOW: {device.fps:g} per second were asked (more light, for short exposures; a smaller picture)"
    if any(shot.skipped for shot in shots):
        yield f"SPOILED: {sum(shot.skipped for shot in shots)} pictures came damaged (cable, hub, network)"
    if source.trouble:
        yield f"TROUBLE: {source.trouble}"


def _find_light_faults(exposure: Exposure, mean: float) -> Iterator[str]:
    if exposure.exposure_us and exposure.range_us:
        shortest_us, longest_us = exposure.range_us
        if exposure.exposure_us >= LIMIT_SHARE * longest_us:
            yield "LIMIT: exposed as long as it can be (more light)"
        if exposure.exposure_us <= shortest_us / LIMIT_SHARE:
            yield "LIMIT: exposed as briefly as it can be (less light, or a grey filter)"
    if exposure.analogue_gain and exposure.analogue_gain > NOISY_GAIN:
        yield f"NOISE: gain above {NOISY_GAIN:g} (more light)"
    if mean < BLACK_LEVEL:
        yield "BLACK: nothing to see (lamp, condenser, cap)"
