"""Run the daemon on a camera that misbehaves at random: ``make test-faults``. Ends with 1 if anything went wrong.

A real server sends Motion JPEG over HTTP and stalls, disconnects, cuts pictures, changes their size, goes black and
freezes at moments drawn from a seed. Every picture carries its number in its pixels, so that each frame of the page is
compared with its hash and its facts. At the end each fault has to stand in the table of events, noticed within 3 s and
over within 5 s of its end, and the daemon must still run.
"""

import sys
import tempfile
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from tqdm import tqdm

from device.smear.slide import VirtualSlide
from tests.faults.camera import MisbehavingCamera
from tests.faults.daemon import Viewer, read_events
from tests.faults.numbered import Numbered
from tests.faults.plan import plan_faults
from tests.faults.verdict import judge, tabulate
from tests.running import started

HEIGHT, WIDTH, UM_PER_PX = 480, 640, 0.2
LEUKOSCOPE = str(Path(sys.executable).with_name("leukoscope"))


def main(minutes, seed, fps, bundle):
    field, _ = VirtualSlide(seed).render(0.0, 0.0, HEIGHT, WIDTH, UM_PER_PX)
    faults = plan_faults(seed, minutes * 60)
    with tempfile.TemporaryDirectory() as folder, MisbehavingCamera(Numbered(field), fps) as camera:
        command = [LEUKOSCOPE, "run", "--camera", f"replay:{camera.url}", "--um-per-px", str(UM_PER_PX)]
        command += ["--fps", str(fps), "--port", "0", "--threads", "1", "--data-dir", folder]
        with started([*command, *(["--bundle", bundle] if bundle else [])]) as daemon:
            address = daemon.address()
            with Viewer(address, camera.pictures) as viewer:
                begun_s, begun_at = time.monotonic(), datetime.now(UTC)
                run_faults(camera, faults, begun_s, daemon)
                time.sleep(max(0.0, begun_s + minutes * 60 - time.monotonic()))
            alive = daemon.process.poll() is None
            log = daemon.text
        events = read_events(Path(folder) / "leukoscope.sqlite")
    trials = judge(faults, events, viewer.seen, begun_s, begun_at)
    print(tabulate(trials))
    wrong = [f"{trial.fault.kind} at {trial.fault.begin_s:.0f} s: {trial.wrong}" for trial in trials if trial.wrong]
    wrong += [*viewer.wrong[:20], *viewer.failed[:5], *([] if alive else ["the daemon died"])]
    if viewer.failed or not alive:
        wrong += log.splitlines()[-20:]
    print(*wrong, sep="\n")
    found = sum(event[2] != "camera_recovered" for event in events)
    print(
        f"{minutes:g} minutes, seed {seed}: {len(faults)} faults, {found} events of faults, {len(viewer.seen)} frames "
        f"compared, {len(viewer.wrong)} wrong overlays, daemon {'lived' if alive else 'DIED'}"
    )
    return 1 if wrong else 0


def run_faults(camera, faults, begun_s, daemon):
    for fault in tqdm(faults, unit="fault"):
        for moment_s, kind in ((fault.begin_s, fault.kind), (fault.end_s, None)):
            time.sleep(max(0.0, begun_s + moment_s - time.monotonic()))
            camera.fault = kind
        if daemon.process.poll() is not None:
            return


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m tests.faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default 10)")
    parser.add_argument("--seed", type=int, default=1, help="of the faults (default 1)")
    parser.add_argument("--fps", type=float, default=10.0, help="pictures a second (default 10)")
    parser.add_argument("--bundle", default="", help="bundle to run (default: the shipped one)")
    sys.exit(main(**vars(parser.parse_args())))
