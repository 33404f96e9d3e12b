"""Many changed pictures through guard or page: each is read or refused in one sentence, and nothing is left lying."""

import io
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from device.page.upload_guard import UploadError, read_upload
from tests.uploads.cases import make_sound, mutate, repair_png

LONGEST_S = 5.0
"""Of processor time for one small file; a tenth of it would do, were the machine not shared."""


def run(count, seed, send=None):
    """Send changed pictures.

    Args:
        count: how many.
        seed: of the changes; the same seed, the same files.
        send: takes content and name, gives "read" or "refused"; without one they go through the guard alone.

    Returns:
        How many were read and how many refused, by kind; the slowest in seconds; growth of memory in MB.
    """
    rng, sound = np.random.default_rng(seed), make_sound()
    names, outcomes, slowest_s = sorted(sound), Counter(), 0.0
    before, left_before = _measure_mb(), list_left()
    for number in range(count):
        name = names[number % len(names)]
        content = mutate(sound[name], rng)
        if name.endswith(".png") and number % 2:
            content = repair_png(content)
        begun = time.process_time()
        outcome = (send or _send)(content, name)
        slowest_s = max(slowest_s, time.process_time() - begun)
        outcomes[f"{name.rpartition('.')[2]} {outcome}"] += 1
        assert slowest_s < LONGEST_S, f"file {number} of seed {seed}: {slowest_s:.1f} s"
    assert list_left() == left_before, "a file was left behind"
    return outcomes, slowest_s, _measure_mb() - before


def list_left():
    """Files in the folder for passing files, and files that this process holds open."""
    return sorted(Path(tempfile.gettempdir()).iterdir()), len(list(Path("/proc/self/fd").iterdir()))


def _send(content, name):
    try:
        image = read_upload(io.BytesIO(content), name)
    except UploadError as refusal:
        message = str(refusal)
        assert "(expected" in message, message
        assert "\n" not in message, message
        return "refused"
    assert image.dtype == np.uint8
    assert image.ndim == 3
    assert image.shape[2] == 3
    return "read"


def _measure_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
