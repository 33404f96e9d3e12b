"""One mutated bundle: what is changed of which, and what installing it came to. Runs in a process of its own.

    python -m tests.mutations.cases BASES WORK FIRST END

Writes one JSON object a line before and after each case, so that the one that crashes or hangs is known.
"""

import json
import math
import resource
import shutil
import signal
import sys
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from contract.bundle import load_bundle
from contract.failures import Refusal
from device.bundles.choice import choose_bundle
from device.bundles.install import install_bundle
from device.bundles.shelf import find_installed
from device.frame import Quality, make_frame
from device.network.classifier import Classifier
from device.smear.slide import VirtualSlide
from tests.mutations.bases import BASES, OLD
from tests.mutations.changing_files import FILE_CHANGES, ZIP_CHANGES
from tests.mutations.changing_sealed import SEALED_CHANGES

HANG_S = 120
MEMORY_BYTES = 8 << 30
LONGEST_LINE = 700
# facts and examples behind the seal are where a mutation can get furthest: as many as of all others
GROUPS = ("file", "sealed", "zip", "sealed")
CHANGES = {"file": FILE_CHANGES, "zip": ZIP_CHANGES, "sealed": SEALED_CHANGES}


def main(bases, work, first, end):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    image, _ = VirtualSlide(1).render(0.0, 0.0, 300, 480, 0.3)
    answers = {base: answer(bases / base, image) for base in BASES}
    for number in range(first, end):
        rng = np.random.default_rng(number)
        group, base = GROUPS[number % len(GROUPS)], BASES[number // len(GROUPS) % len(BASES)]
        kind = str(rng.choice(sorted(CHANGES[group])))
        print(json.dumps({"case": number, "group": group, "kind": kind, "base": base}), flush=True)
        signal.alarm(HANG_S)
        begun = time.monotonic()
        outcome, line = run_case(rng, bases, work, base, group, kind, answers[base], image)
        took = time.monotonic() - begun
        print(json.dumps({"case": number, "outcome": outcome, "line": line, "s": round(took, 3)}), flush=True)
        signal.alarm(0)


def run_case(rng, bases, work, base, group, kind, expected, image):
    """Mutate, install, and say what came of it: refused, identical, another, or what went wrong."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    source = shutil.copytree(bases / base, work / "given")
    if group == "zip":
        source = pack(source, work / "given.zip")
    CHANGES[group][kind](rng, source)
    data_dir = work / "data"
    shutil.copytree(bases / "data", data_dir)
    try:
        installed = install_bundle(source, data_dir, threads=1)
        found = answer(installed.folder, image)
    except Refusal as refusal:
        return judge_refusal(str(refusal), data_dir)
    except Exception as error:  # noqa: BLE001 - that nothing but a refusal ever comes is what is tested
        return "TRACEBACK", repr(error)[:500]
    if found == expected:
        return "identical", ""
    if group != "sealed":
        return "UNSEEN", "other output"
    return ("another", "") if is_sane(found) else ("SENSELESS", "not finite, or no probabilities")


def judge_refusal(line, data_dir):
    if not line or "\n" in line or len(line) > LONGEST_LINE:
        return "UNCLEAR", line[:1000]
    running = load_bundle(choose_bundle("", data_dir).folder).manifest.version
    if running != OLD or len(find_installed(data_dir)) != 1:
        return "SWITCHED", line
    return "refused", line


def answer(folder, image):
    """What a bundle says of a field, as numbers that can be compared."""
    quality = Quality(150.0, 0.0, 20.0, 6.0, None)
    frame = make_frame(image, quality, 0.3, seq=1, captured_at=datetime(2026, 1, 31, tzinfo=UTC), simulated=True)
    with Classifier(load_bundle(folder), threads=1) as classifier:
        prediction = classifier.predict(frame)
    return prediction.cells, prediction.field_class


def is_sane(found):
    cells, field_class = found
    judged = [*cells, *([field_class] if field_class else [])]
    sums = [sum(one.probabilities.values()) for one in judged]
    finite = all(math.isfinite(value) for cell in cells for value in (cell.confidence, cell.outside, cell.area_um2))
    return finite and all(math.isclose(total, 1.0, abs_tol=1e-6) for total in sums)


def pack(folder, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{folder.name}/{file.name}")
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
