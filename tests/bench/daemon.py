"""How fast the whole daemon is beside the bare interpreter, what it weighs, and how soon it shows something."""

import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from contract.bundle import Bundle
from device.smear.export import export_fields
from tests.running import get, get_json, started

FIELDS = 40
SECONDS = 12.0
FLAT_OUT_FPS = 1000


@dataclass(frozen=True)
class Run:
    """One daemon on replay, flat out, one inference thread."""

    viewers: int
    fields_per_s: float
    resident_mb: float
    first_frame_s: float
    picture_age_ms: float


def run_daemons(bundle: Bundle, viewers: tuple[int, ...]) -> list[Run]:
    """Measure the daemon on simulated fields from disk with several numbers of viewers."""
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "drawn"
        export_fields(drawn, FIELDS, 3, 0.15, 600, 960)
        return [_run(bundle, drawn, Path(folder) / f"data{count}", count) for count in viewers]


def _run(bundle: Bundle, drawn: Path, data: Path, viewers: int) -> Run:
    program_file = Path(sys.executable).parent / "leukoscope"
    # fmt: off
    command = [str(program_file), "run", "--bundle", str(bundle.folder), "--camera", f"replay:{drawn}",
               "--threads", "1", "--port", "0", "--fps", str(FLAT_OUT_FPS), "--data-dir", str(data)]
    # fmt: on
    begun = time.monotonic()
    with started(command) as program:
        address = program.address()
        first_frame_s = time.monotonic() - begun
        stop, ages = threading.Event(), list[float]()
        watchers = [threading.Thread(target=_watch, args=(address, stop, ages)) for _ in range(viewers)]
        for watcher in watchers:
            watcher.start()
        rate = _measure_rate(address)
        resident = psutil.Process(program.process.pid).memory_info().rss / 1e6
        stop.set()
        for watcher in watchers:
            watcher.join()
    return Run(viewers, rate, resident, first_frame_s, 1000 * statistics.quantiles(ages, n=20)[-1] if ages else 0.0)


def _measure_rate(address: str) -> float:
    time.sleep(2.0)  # caches of the file system and of the page fill
    frames, begun = get_json(address, "/healthz")["frames"], time.monotonic()
    time.sleep(SECONDS)
    return float((get_json(address, "/healthz")["frames"] - frames) / (time.monotonic() - begun))


def _watch(address: str, stop: threading.Event, ages: list[float]) -> None:
    from datetime import UTC, datetime

    seq = "0"
    while not stop.is_set():
        _, headers, status = get(address, f"/api/v1/frame.jpg?after={seq}")
        if status == 200:
            seq = headers["X-Frame-Seq"]
            captured = datetime.fromisoformat(headers["X-Captured-At"])
            ages.append((datetime.now(UTC) - captured).total_seconds())
