"""What requests beside the pipeline cost it: by turns with and without them, at a camera's pace and flat out."""

import http.client
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from contract.bundle import Bundle
from device.smear.export import export_fields
from tests.bench.daemon import FIELDS, UM_PER_PX
from tests.running import Program, get_json, started

REQUESTS_PER_S = 50.0
LINES = 5
"""Connections that share the requests, as five pages would that are open at once."""

ROUNDS = 4
PROGRAM = Path(sys.executable).parent / "leukoscope"
SECONDS = 6.0
SETTLE_S = 3.0
PATHS = (
    "/api/v1/differential",
    "/api/v1/status",
    "/api/v1/frame.json?after=0",
    "/api/v1/differential",
    "/healthz",
    "/api/v1/captures?limit=24",
    "/api/v1/differential",
    "/static/live.js",
    "/api/v1/status",
    "/",
)
"""What open pages ask for, about as often as they do, a page that is opened and a collector; pictures have a table of
their own."""


@dataclass(frozen=True)
class Loaded:
    """One daemon, by turns at rest and under requests; medians over the rounds.

    Attributes:
        fps: of the camera; 0: flat out.
        rest_fields_per_s: fields finished without requests.
        load_fields_per_s: with them.
        kept: load over rest, the median of the rounds' own ratios.
        requests_per_s: answered.
        p95_ms: of their answers.
        refused: answers that were not 200.
        processor_share: of one core that the daemon used more under requests than at rest.
    """

    fps: float
    rest_fields_per_s: float
    load_fields_per_s: float
    kept: float
    requests_per_s: float
    p95_ms: float
    refused: int
    processor_share: float


def run_load(bundle: Bundle, fps: float) -> Loaded:
    """Measure what requests cost a daemon on a replay of simulated fields.

    Args:
        bundle: that runs.
        fps: of the camera; 0: flat out.

    Returns:
        The figures.
    """
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "drawn"
        export_fields(drawn, FIELDS, 3, UM_PER_PX, 600, 960)
        # fmt: off
        command = [str(PROGRAM), "run", "--bundle", str(bundle.folder), "--camera", f"replay:{drawn}", "--threads", "1",
                   "--port", "0", "--fps", str(fps), "--um-per-px", str(UM_PER_PX), "--data-dir", f"{folder}/data"]
        # fmt: on
        with started(command) as daemon:
            address = daemon.address()
            time.sleep(SETTLE_S)
            return _measure(daemon, address, fps)


def _measure(daemon: Program, address: str, fps: float) -> Loaded:
    process = psutil.Process(daemon.process.pid)
    rest, load, answers = [], [], list[tuple[float, int]]()
    for _ in range(ROUNDS):  # by turns, so that what else the machine does falls on both
        rest.append(_watch(process, address))
        with _asking(address, answers):
            load.append(_watch(process, address))
    times_ms = sorted(1000 * seconds for seconds, _ in answers)
    return Loaded(
        fps=fps,
        rest_fields_per_s=statistics.median(rate for rate, _ in rest),
        load_fields_per_s=statistics.median(rate for rate, _ in load),
        kept=statistics.median(under[0] / alone[0] for alone, under in zip(rest, load, strict=True)),
        requests_per_s=len(answers) / (ROUNDS * SECONDS),
        p95_ms=times_ms[int(0.95 * len(times_ms))],
        refused=sum(status != 200 for _, status in answers),
        processor_share=statistics.median(under[1] - alone[1] for alone, under in zip(rest, load, strict=True)),
    )


def _watch(process: psutil.Process, address: str) -> tuple[float, float]:
    """Fields a second, and cores used, over one round."""
    frames, begun, used = get_json(address, "/healthz")["frames"], time.monotonic(), sum(process.cpu_times()[:2])
    time.sleep(SECONDS)
    passed = time.monotonic() - begun
    return (get_json(address, "/healthz")["frames"] - frames) / passed, (sum(process.cpu_times()[:2]) - used) / passed


@contextmanager
def _asking(address: str, answers: list[tuple[float, int]]) -> Iterator[None]:
    stop = threading.Event()
    lines = [threading.Thread(target=_ask, args=(address, number, stop, answers)) for number in range(LINES)]
    for line in lines:
        line.start()
    yield
    stop.set()
    for line in lines:
        line.join()


def _ask(address: str, number: int, stop: threading.Event, answers: list[tuple[float, int]]) -> None:
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    pause_s, asked = LINES / REQUESTS_PER_S, number
    due_s = time.monotonic() + pause_s * number / LINES
    while not stop.wait(max(0.0, due_s - time.monotonic())):
        begun_s = time.monotonic()
        line.request("GET", PATHS[asked % len(PATHS)])
        answer = line.getresponse()
        answer.read()
        answers.append((time.monotonic() - begun_s, answer.status))
        asked += 1 if asked % 2 else 3  # so that five lines do not ask for the same at once
        due_s = max(due_s + pause_s, time.monotonic() - pause_s)
    line.close()


def write_load(runs: list[Loaded]) -> list[str]:
    """A table of what 50 requests a second cost."""
    lines = [
        "| camera | fields/s at rest | fields/s under requests | kept | requests/s | p95 ms | more of a core |",
        "|---|---|---|---|---|---|---|",
    ]
    return lines + [
        f"| {f'{run.fps:g} fps' if run.fps else 'flat out'} | {run.rest_fields_per_s:.1f} "
        f"| {run.load_fields_per_s:.1f} | {run.kept:.1%} | {run.requests_per_s:.0f} | {run.p95_ms:.0f} "
        f"| {run.processor_share:.2f} |"
        for run in runs
    ]
