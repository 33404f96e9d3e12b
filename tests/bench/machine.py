"""What a figure was measured on, and how several looks at a time become one figure."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version


def describe_machine() -> str:
    """Processor family, cores, Python and runtime; no name of the machine."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"ai-edge-litert {version('ai-edge-litert')}, OpenCV {version('opencv-python-headless')}"
    )


def time_by_turns(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median processor time of one call of each in milliseconds; by turns, so that a busy moment touches all alike."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            begun = time.thread_time()
            work()
            if turn:  # the first fills caches
                times[name].append(time.thread_time() - begun)
    return {name: 1000 * statistics.median(each) for name, each in times.items()}
