"""Whether page and API stay quick with a million cells: every call, by turns on a small and on a large database."""

import gc
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np
from tqdm import tqdm

from tests.bench.million_calls import ONCE, Call, Site, forget, list_calls, open_site, resume
from tests.many_records import CELLS_A_SLIDE

MOST_TIMES = 1.5

TRIES = 3
"""On a busy machine one of a hundred calls looks slower by chance; by chance none does so three times."""

WARM_UP = 1


@dataclass
class Took:
    """One call on one database, in the order of the rounds: milliseconds of the processor and on the clock, bytes."""

    busy_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    answer_bytes: int = 1

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
        for site in sites:
            site.instrument.live.put(ONCE.judged)
        calls = [call for call in list_calls() if only in call.name]
        measured: Measured = {}
        slow = [call.name for call in calls]
        for _ in range(TRIES):
            measured |= measure(sites[0], sites[1], [call for call in calls if call.name in slow], rounds)
            slow = find_slower(measured)
    print_table(measured, slow, small, cells)
    print(
        f"{len(measured)} calls, {rounds} rounds by turns; slower than {MOST_TIMES} times: {', '.join(slow) or 'none'}"
    )
    sys.exit(bool(slow))


def measure(few: Site, many: Site, calls: list[Call], rounds: int) -> Measured:
    """Make each call on both databases by turns, whichever was second going first next time."""
    measured: Measured = {call.name: (Took(), Took()) for call in calls}
    gc.disable()  # a full collection takes 100 ms and strikes one call in hundreds, on either database by chance
    for turn in tqdm(range(rounds + WARM_UP), "rounds"):
        gc.collect()
        for call in calls:
            pairs = list(zip((few, many), measured[call.name], strict=True))
            for site, took in pairs if turn % 2 else reversed(pairs):
                site.turn = turn
                _time(call, site, took)
    gc.enable()
    return measured


def find_slower(measured: Measured) -> list[str]:
    """List the calls that are too slow."""
    return [name for name, (few, many) in measured.items() if find_ratio(few, many) > MOST_TIMES]


def find_ratio(few: Took, many: Took, *, wall: bool = False) -> float:
    """Say how many times as long a call takes on the large database."""
    return many.quantile(0.95, wall=wall) / few.quantile(0.95, wall=wall)


def print_table(measured: Measured, slow: Sequence[str], small: int, cells: int) -> None:
    """Print the calls, worst first."""
    print(
        f"\nms of processor time and on the clock, with {small:,} and with {cells:,} cells; first call with {cells:,}"
    )
    print(f"{'call':58}{'p50':>7}{'p95':>7}{'p50':>9}{'p95':>7}{'ratio':>7}{'clock p95':>16}{'ratio':>7}{'first':>8}")
    for name, (few, many) in sorted(measured.items(), key=lambda row: -find_ratio(*row[1])):
        told = f"{few.quantile(0.5):7.1f}{few.quantile(0.95):7.1f}{many.quantile(0.5):9.1f}{many.quantile(0.95):7.1f}"
        told += f"{find_ratio(few, many):7.2f}"
        told += f"{few.quantile(0.95, wall=True):9.1f}{many.quantile(0.95, wall=True):7.1f}"
        told += f"{find_ratio(few, many, wall=True):7.2f}{many.busy_ms[0]:8.1f}"
        length = f"{many.answer_bytes / few.answer_bytes:7.1f}x" if many.answer_bytes > 1.5 * few.answer_bytes else ""
        print(f"{name:58}{told}{length}{'  SLOWER' if name in slow else ''}")
    print(
        f"At the end: so many times as long an answer. {small:,} cells are fewer than a page of most lists holds; full"
    )
    print("pages are compared with what there is. Nothing is let pass for that, nor a difference of microseconds.")


def _time(call: Call, site: Site, took: Took) -> None:
    resume(site)
    call.prepare(site)
    forget(site)
    begun, clock = time.process_time(), time.perf_counter()
    answer = call.send(site)
    if answer is not None:
        took.answer_bytes = len(answer.data)
        answer.close()
    took.wall_ms.append((time.perf_counter() - clock) * 1000)
    took.busy_ms.append((time.process_time() - begun) * 1000)
    if answer is not None and answer.status_code >= 500 and "/healthz" not in call.name:
        raise AssertionError(f"{call.name}: {answer.status} {answer.text[:200]} (expected an answer)")


if __name__ == "__main__":
    main()
