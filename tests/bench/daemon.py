"""How fast the whole daemon is beside the bare interpreter, what it weighs, how old its pictures are at the viewer."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from contract.bundle import Bundle
from contract.image import encode_png, read_rgb
from contract.prepare import cut_window, plan_windows, prepare_field
from device.cameras.description import DESCRIPTION
from device.network.runtime import open_interpreter
from device.smear.crowding import Crowding
from device.smear.slide import VirtualSlide
from tests.bench.smear import SHAPE, STEP_UM, UM_PER_PX
from tests.bench.viewers import Viewer
from tests.running import Program, get_json, started

FIELDS = 32  # a loop of 64 MB or less stays decoded: what is measured is not the reading of PNG files
ROUNDS = 3
SECONDS = 12.0
BARE_SECONDS = 4.0
SETTLE_S = 3.0  # caches fill, and the first round, in which every field is new, is over
FLAT_OUT = 0
SLOW_LINE = 300_000.0  # bytes a second
AS_IN_LIFE = 130.0  # white cells in a square millimetre: one or two in a field, as in those of the Raspberry Pi
CROWDED = 400.0  # five or six in a field, as the demo draws


@dataclass(frozen=True)
class Run:
    """One daemon on replay, flat out, one inference thread; the bare interpreter ran just before and just after."""

    viewers: int
    fields_per_s: float
    share_of_bare: float
    resident_mb: float
    first_frame_s: float
    stage_ms: dict[str, float]


@dataclass(frozen=True)
class Ages:
    """Pictures at viewers of a daemon whose camera gives so many a second."""

    fps: float
    infer_ms: float
    p95_ms: float
    slow_p95_ms: float
    slow_most_ms: float
    beside_slow_p95_ms: float

    @property
    def limit_ms(self) -> float:
        """One and a half times inference and frame period."""
        return 1.5 * (self.infer_ms + 1000 / self.fps)


@contextmanager
def drawn_fields(white_per_mm2: float = AS_IN_LIFE) -> Iterator[Path]:
    """A folder of simulated fields, to be replayed."""
    slide = VirtualSlide(3, Crowding(white_per_mm2=white_per_mm2))
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "images"
        images.mkdir()
        (Path(folder) / DESCRIPTION).write_text(json.dumps({"um_per_px": UM_PER_PX, "simulated": True}))
        for number in range(FIELDS):
            image, _ = slide.render(STEP_UM * number, 0.0, *SHAPE, UM_PER_PX)
            (images / f"{number:03d}.png").write_bytes(encode_png(image))
        yield Path(folder)


def run_daemons(bundle: Bundle, drawn: Path, viewers: tuple[int, ...]) -> list[Run]:
    """Measure the daemon flat out with several numbers of viewers on this machine, whose work is in the figure.

    Each number is measured `ROUNDS` times, by turns; the round whose share is the median is given.
    """
    rounds = [[_run(bundle, drawn, count) for count in viewers] for _ in range(ROUNDS)]
    return [sorted(runs, key=lambda run: run.share_of_bare)[ROUNDS // 2] for runs in zip(*rounds, strict=True)]


def measure_ages(bundle: Bundle, drawn: Path, fps: float) -> Ages:
    """Measure how old pictures are at a viewer, and beside one on a slow line."""
    with open_daemon(bundle, drawn, fps) as program:
        address = program.address()
        with Viewer(address) as alone:
            time.sleep(SECONDS)
        with Viewer(address, SLOW_LINE) as slow, Viewer(address) as beside:
            time.sleep(SECONDS)
        stages = get_json(address, "/healthz")["stage_ms"]
    infer_ms = stages["prepare"] + stages["infer"] + stages["read"]
    slow_most_ms = 1000 * max(slow.ages_s)
    return Ages(fps, infer_ms, 1000 * alone.p95_s(5), 1000 * slow.p95_s(), slow_most_ms, 1000 * beside.p95_s(5))


def measure_bare(bundle: Bundle, drawn: Path) -> float:
    """Passes a second of the network alone over the same fields, prepared beforehand."""
    manifest, windows = bundle.manifest, []
    for path in sorted((drawn / "images").iterdir()):
        prepared = prepare_field(read_rgb(path), UM_PER_PX, manifest.um_per_px)
        (window,) = plan_windows(prepared.image.shape[:2], manifest.input_shape)
        windows.append(cut_window(prepared.image, window, manifest.input_shape))
    model = open_interpreter((bundle.folder / "model.tflite").read_bytes(), threads=1)
    begun_s, passes = time.monotonic(), 0
    while time.monotonic() - begun_s < BARE_SECONDS:
        model.run(windows[passes % len(windows)])
        passes += 1
    return passes / (time.monotonic() - begun_s)


def _run(bundle: Bundle, drawn: Path, viewers: int) -> Run:
    before = measure_bare(bundle, drawn)
    begun_s = time.monotonic()
    with open_daemon(bundle, drawn, FLAT_OUT) as program, ExitStack() as watching:
        address = program.address()
        first_frame_s = time.monotonic() - begun_s
        for _ in range(viewers):
            watching.enter_context(Viewer(address))
        time.sleep(SETTLE_S)
        frames, begun_s = get_json(address, "/healthz")["frames"], time.monotonic()
        time.sleep(SECONDS)
        health = get_json(address, "/healthz")
        rate = (health["frames"] - frames) / (time.monotonic() - begun_s)
        resident_mb = psutil.Process(program.process.pid).memory_info().rss / 1e6
    bare = statistics.mean((before, measure_bare(bundle, drawn)))
    return Run(viewers, rate, rate / bare, resident_mb, first_frame_s, health["stage_ms"])


@contextmanager
def open_daemon(bundle: Bundle, drawn: Path, fps: float) -> Iterator[Program]:
    """A daemon on replay with one inference thread and records of its own; 0 frames a second: flat out."""
    program_file = Path(sys.executable).parent / "leukoscope"
    with tempfile.TemporaryDirectory() as data:
        # fmt: off
        command = [str(program_file), "run", "--bundle", str(bundle.folder), "--camera", f"replay:{drawn}",
                   "--threads", "1", "--port", "0", "--fps", str(fps), "--data-dir", data]
        # fmt: on
        with started(command) as program:
            yield program
