"""Which TensorFlow Lite runtime this machine has, and whether it is as fast as it can be."""

import importlib
import importlib.metadata
import importlib.util
from typing import Any

from contract.failures import Refusal

RUNTIMES = {"ai-edge-litert": "ai_edge_litert", "tflite-runtime": "tflite_runtime"}
"""Packages to look for, best first, with their modules. One inference of the shipped bundle, one thread, x86-64:
ai-edge-litert 41 ms with XNNPACK and 390 ms without; tflite-runtime, which never gives int8 to XNNPACK, 1,260 ms."""

DEFAULT = "ai-edge-litert"


class RuntimeMissingError(Refusal):
    """No runtime is installed, or the one that is cannot be imported. Install ai-edge-litert again."""

    exit_code = 3


def find_runtime(package: str | None = None) -> tuple[Any, str]:
    """Import the best runtime that is installed.

    Args:
        package: one of `RUNTIMES`, where it must be this one.

    Returns:
        Its module with the class `Interpreter`, and its name with its version.

    Raises:
        RuntimeMissingError: there is none, or it is there and broken: a slower one does not take its place in silence.
    """
    for candidate in RUNTIMES if package is None else (package,):
        if importlib.util.find_spec(RUNTIMES[candidate]) is None:
            continue
        try:
            module = importlib.import_module(f"{RUNTIMES[candidate]}.interpreter")
            return module, f"{candidate} {importlib.metadata.version(candidate)}"
        except ImportError as error:
            raise RuntimeMissingError(f"runtime: {candidate} is broken: {error} (expected it whole)") from error
    raise RuntimeMissingError(f"runtime: none found (expected {package or DEFAULT}: pip install 'leukoscope[device]')")


def applies_xnnpack(interpreter: Any) -> bool:
    """Whether the graph runs on XNNPACK, the kernels that are fast and the same to the bit on every processor.

    Args:
        interpreter: of either runtime, its tensors allocated, which is when XNNPACK joins.

    Returns:
        True also for a runtime that no longer tells: the self-test then holds it to what XNNPACK computes.
    """
    # No public call tells. A graph that was handed over holds one more operation, of this name.
    list_operations = getattr(interpreter, "_get_ops_details", None)
    return list_operations is None or any(operation["op_name"] == "DELEGATE" for operation in list_operations())


def explain_slowness(runtime: str, xnnpack: bool) -> str | None:
    """Say why inference is many times slower than it need be, and what would mend it.

    Args:
        runtime: name and version.
        xnnpack: whether the graph runs on it.

    Returns:
        A line for the log and for `leukoscope check`; None: it is fast.
    """
    if xnnpack:
        return None
    if not runtime.startswith(DEFAULT):
        return f"{runtime} is 10 to 30 times slower (expected {DEFAULT}: pip install 'leukoscope[device]')"
    return (
        f"{runtime} runs without XNNPACK, a hundred times slower (expected /proc/cpuinfo and /sys/devices/system/cpu "
        "to be visible: no ProcSubset=pid in the service)"
    )
