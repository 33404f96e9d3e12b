"""How many processor cores this process may use: what inference threads default to."""

import math
import os
import sys
from pathlib import Path

PROCESS = Path("/proc/self/cgroup")
CONTROL_GROUPS = Path("/sys/fs/cgroup")


def count_cores(process: Path = PROCESS, control_groups: Path = CONTROL_GROUPS) -> int:
    """Count the cores that are this process's to use.

    Fewer than the machine's where somebody bound it to some of them (taskset, AllowedCPUs=) or gave it a share of their
    time (CPUQuota=, docker --cpus): threads beyond either wait for one another.

    Args:
        process: names the control group of this process.
        control_groups: where control groups are mounted, version 2.

    Returns:
        At least 1.
    """
    return max(1, math.ceil(min(_count_bound(), _read_quota(process, control_groups))))


def _count_bound() -> int:
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS, a training host


def _read_quota(process: Path, control_groups: Path) -> float:
    """Cores' worth of time that the group, or the tightest of those around it, grants."""
    try:
        lines = process.read_text(encoding="utf-8").splitlines()
    except OSError:
        return math.inf
    group = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), None)
    if group is None:
        return math.inf
    innermost = control_groups / group
    around = [folder for folder in (innermost, *innermost.parents) if folder.is_relative_to(control_groups)]
    return min(_read_share(folder / "cpu.max") for folder in around)


def _read_share(path: Path) -> float:
    """Of one group: `cpu.max` holds microseconds granted in each period of microseconds, or `max`."""
    try:
        granted, period = path.read_text(encoding="utf-8").split()
        return math.inf if granted == "max" else int(granted) / int(period)
    except (OSError, ValueError):
        return math.inf
