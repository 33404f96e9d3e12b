"""Whether the daemon's memory grows: ``make bench-memory MINUTES=30``."""

import sys
import time

import psutil
from tqdm import tqdm

from contract.bundle import find_bundle, load_bundle
from tests.bench.daemon import drawn_fields, open_daemon
from tests.bench.viewers import Viewer
from tests.running import get_json

WARM_S = 120.0
"""Until caches are full; growth is reckoned from then on."""

LOOK_S = 10.0


def main(minutes: float) -> None:
    """Replay flat out with one viewer, and print resident memory at both ends."""
    bundle = load_bundle(find_bundle("wbc5"))
    with drawn_fields() as drawn, open_daemon(bundle, drawn, 0) as program:
        address = program.address()
        process = psutil.Process(program.process.pid)
        with Viewer(address):
            time.sleep(WARM_S)
            looks = [process.memory_info().rss / 1e6]
            for _ in tqdm(range(int(minutes * 60 / LOOK_S)), unit="look"):
                time.sleep(LOOK_S)
                looks.append(process.memory_info().rss / 1e6)
            frames = get_json(address, "/healthz")["frames"]
    first, last = sum(looks[:6]) / 6, sum(looks[-6:]) / 6
    sys.stdout.write(
        f"{minutes:g} minutes, {frames} fields: resident {first:.1f} MB in the first minute after {WARM_S:.0f} s, "
        f"{last:.1f} MB in the last ({last / first - 1:+.2%}), {max(looks):.1f} MB at most\n"
    )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)
