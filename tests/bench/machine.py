"""What a figure was measured on, and how several looks at a time become one figure."""

import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version


def describe_machine() -> str:
    """Processor family, cores, Python and runtime; no name of the machine."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"ai-edge-litert {version('ai-edge-litert')}, OpenCV {version('opencv-python-headless')}"
    )


def median_ms(work: Callable[[], object], rounds: int) -> float:
    """Median wall time of one call in milliseconds, after one call that does not count."""
    work()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)
