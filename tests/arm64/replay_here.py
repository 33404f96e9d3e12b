"""Runs inside an arm64 system: a bundle's self-test on the installed device program, as one line of JSON.

python replay_here.py BUNDLE EXAMPLES
"""

import io
import json
import platform
import sys
from dataclasses import asdict

import numpy as np

from contract.bundle import find_bundle, load_bundle
from device.network.runtime import check_model, open_interpreter
from device.network.selftest import replay, tolerated_steps


def main(name: str, examples: int) -> None:
    bundle = load_bundle(find_bundle(name))
    model = open_interpreter((bundle.folder / "model.tflite").read_bytes(), threads=1)
    check_model(model, bundle.manifest)
    with np.load(bundle.folder / "selftest.npz") as stored:
        first = {key: array[:examples] for key, array in stored.items()}
    content = io.BytesIO()
    np.savez(content, **first)
    # Nothing is refused here, whatever the difference: it is to be measured.
    went = replay(content.getvalue(), model, tolerance_steps=255)
    found = {
        "bundle_id": bundle.bundle_id,
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "runtime": model.runtime,
        "xnnpack": model.xnnpack,
        "accepted_steps": tolerated_steps(model),
        **asdict(went),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
