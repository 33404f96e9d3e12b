"""Which camera a person means by what they wrote."""

from pathlib import Path

from contract.settings import Settings
from device.cameras.replay import ReplaySource
from device.cameras.source import Source, SourceError

KINDS = "simulated, simulated:SEED or replay:FOLDER_OR_VIDEO"


def open_source(spec: str, settings: Settings, once: bool = False) -> Source:
    """Choose the camera; ``with`` opens it.

    Args:
        spec: ``simulated``, ``simulated:SEED`` or ``replay:PATH``.
        settings: frames per second of a paced source, and what a camera of its kind needs.
        once: a replay gives each picture once, as fast as it is taken, and ends.

    Returns:
        The source, not yet opened.

    Raises:
        SourceError: there is no such camera, or it never ends and was to be shown once.
    """
    kind, _, rest = spec.partition(":")
    if kind == "replay" and rest:
        return ReplaySource(Path(rest).expanduser(), None if once else settings.device.fps, loop=not once)
    if kind != "simulated":
        raise SourceError(f"camera: {spec!r} (expected {KINDS})")
    if once:
        raise SourceError(f"camera: {spec!r} has no end (expected replay:FOLDER_OR_VIDEO with --once)")
    return _simulate(spec, rest, settings)


def _simulate(spec: str, seed: str, settings: Settings) -> Source:
    if seed and not seed.isdecimal():
        raise SourceError(f"camera: {spec!r} (expected a whole number as SEED, e.g. simulated:7)")
    # Imported here: drawing a smear needs modules that a replay does without.
    from device.cameras.simulated import SimulatedSource

    return SimulatedSource(int(seed or 0), settings.device.fps)
