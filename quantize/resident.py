"""How much memory a process needs that runs one file; a program of its own, so that nothing else is counted.

python -m quantize.resident FILE
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from device.network.runtime import open_interpreter

PASSES = 3


def measure_resident(file: Path) -> tuple[float, float]:
    """Run a file in a process of its own at one thread.

    Args:
        file: .tflite.

    Returns:
        MB of the process's highest resident memory, and what it held before the file was opened.
    """
    command = [sys.executable, "-m", "quantize.resident", str(file)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return float(told["peak_mb"]), float(told["before_mb"])


def _read_peak() -> float:
    # not getrusage: its maximum outlives exec, and so tells the memory of the process that started this one
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None, "Linux tells it"
    return int(found[1]) / 1024


def _run(file: Path) -> None:
    before = _read_peak()
    model = open_interpreter(file.read_bytes(), threads=1)
    image = np.zeros(model.input.shape[1:], model.input.dtype)
    for _ in range(PASSES):
        model.run(image)
    sys.stdout.write(json.dumps({"peak_mb": _read_peak(), "before_mb": before}))


if __name__ == "__main__":
    _run(Path(sys.argv[1]))
