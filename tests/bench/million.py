"""Whether page and API stay quick with a million cells: every call, by turns on a small and on a large database."""

import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np
from tqdm import tqdm

from tests.bench.million_calls import CELLS_A_SLIDE, ONCE, Call, Site, list_calls, open_site, resume

MOST_TIMES = 1.5
NOISE_MS = 2.0
"""Of processor time; what two calls on the very same database differ by on a busy machine."""

WARM_UP = 1


@dataclass
class Took:
    """Milliseconds of one call on one database, in the order of the rounds: of the processor, and on the clock."""

    busy_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)

    def quantile(self, share: float, *, wall: bool = False) -> float:
        """Give a quantile of the rounds after the first, which fills what is kept in memory."""
        return float(np.quantile((self.wall_ms if wall else self.busy_ms)[WARM_UP:], share))


Measured = dict[str, tuple[Took, Took]]


@click.command()
@click.option("--cells", default=1_000_000, show_default=True, help="Cells of the large database.")
@click.option("--small", default=1_000, show_default=True, help="Cells of the small one.")
@click.option("--rounds", default=30, show_default=True, help="Times that each call is made on each.")
@click.option("--only", default="", help="Calls whose name holds this.")
@click.option("--folder", type=click.Path(path_type=Path), help="Keeps the databases for another run.")
def main(cells: int, small: int, rounds: int, only: str, folder: Path | None) -> None:
    """Compare every call; exit code 1 where one is more than 1.5 times as slow (p95) on the large database."""
    with ExitStack() as opened:
        root = folder or Path(opened.enter_context(tempfile.TemporaryDirectory()))
        sites = [
            opened.enter_context(open_site(root / str(size), size // CELLS_A_SLIDE))
            for size in tqdm((small, cells), "databases")
        ]
        measured = measure(sites[0], sites[1], [call for call in list_calls() if only in call.name], rounds)
    slow = [name for name, (few, many) in measured.items() if is_slower(few, many)]
    print_table(measured, small, cells)
    print(
        f"{len(measured)} calls, {rounds} rounds by turns; slower than {MOST_TIMES} times: {', '.join(slow) or 'none'}"
    )
    sys.exit(bool(slow))


def measure(few: Site, many: Site, calls: list[Call], rounds: int) -> Measured:
    """Make each call on both databases by turns, whichever was second going first next time."""
    measured: Measured = {call.name: (Took(), Took()) for call in calls}
    for site in (few, many):
        site.instrument.live.put(ONCE.judged)
    for turn in tqdm(range(rounds + WARM_UP), "rounds"):
        for call in calls:
            pairs = list(zip((few, many), measured[call.name], strict=True))
            for site, took in pairs if turn % 2 else reversed(pairs):
                site.turn = turn
                _time(call, site, took)
    return measured


def is_slower(few: Took, many: Took) -> bool:
    """Say whether a call is too slow; a difference within the noise is none."""
    small_ms, large_ms = few.quantile(0.95), many.quantile(0.95)
    return large_ms > MOST_TIMES * small_ms and large_ms - small_ms > NOISE_MS


def print_table(measured: Measured, small: int, cells: int) -> None:
    """Print the calls, worst first."""

    def worst(row: tuple[str, tuple[Took, Took]]) -> float:
        few, many = row[1]
        return (
            -many.quantile(0.95)
            / few.quantile(0.95)
            * (1 if many.quantile(0.95) - few.quantile(0.95) > NOISE_MS else 0.01)
        )

    print(
        f"\nms of processor time with {small:,} and with {cells:,} cells; clock: p95 with {cells:,}; first: the first call"
    )
    print(f"{'call':62}{'p50':>8}{'p95':>8}{'p50':>9}{'p95':>8}{'ratio':>8}{'clock':>9}{'first':>9}")
    for name, (few, many) in sorted(measured.items(), key=worst):
        ratio = many.quantile(0.95) / few.quantile(0.95)
        told = f"{few.quantile(0.5):8.1f}{few.quantile(0.95):8.1f}{many.quantile(0.5):9.1f}{many.quantile(0.95):8.1f}"
        clock = f"{many.quantile(0.95, wall=True):9.1f}{many.busy_ms[0]:9.1f}"
        print(f"{name:62}{told}{ratio:8.2f}{clock}{'  SLOWER' if is_slower(few, many) else ''}")
    print(f"A difference below {NOISE_MS:.0f} ms of processor time is taken for noise.")


def _time(call: Call, site: Site, took: Took) -> None:
    resume(site)
    call.prepare(site)
    begun, clock = time.process_time(), time.perf_counter()
    answer = call.send(site)
    if answer is not None:
        _ = answer.data
        answer.close()
    took.wall_ms.append((time.perf_counter() - clock) * 1000)
    took.busy_ms.append((time.process_time() - begun) * 1000)
    if answer is not None and answer.status_code >= 500 and "/healthz" not in call.name:
        raise AssertionError(f"{call.name}: {answer.status} {answer.text[:200]} (expected an answer)")


if __name__ == "__main__":
    main()
