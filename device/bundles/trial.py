"""Whether a bundle works on this machine: its self-test, and a whole reading of every example."""

import math
from datetime import UTC, datetime

import numpy as np

from contract.bundle import Bundle
from contract.cell import Cell
from contract.failures import Refusal
from device.frame import Quality, make_frame
from device.network.classifier import Classifier
from device.network.selftest import Replay
from device.preclassification import Prediction

_FIT = Quality(mean_luminance=128.0, saturated_fraction=0.0, contrast=20.0, focus=5.0, reason=None)


class TrialError(Refusal):
    """A bundle passes its self-test and yet gives no answer that can be read. It was packed wrongly: go back."""

    exit_code = 3


def try_out(bundle: Bundle, threads: int = 0) -> Replay:
    """Open a bundle as the daemon does, and read its examples to the last number.

    The self-test compares what the network gives; what follows, temperature and on-site head among it, only a reading
    goes through.

    Args:
        bundle: verified by `load_bundle`.
        threads: inference threads; 0: one for each core.

    Returns:
        How the self-test went.

    Raises:
        Refusal: the model does not load, is not what the manifest says, computes something else, or cannot be read.
    """
    with Classifier(bundle, threads) as classifier:
        # opening has held every array in the file against the network
        with np.load(bundle.folder / "selftest.npz") as stored:
            inputs = stored["inputs"]
        for number, image in enumerate(inputs):
            frame = make_frame(
                image, _FIT, bundle.manifest.um_per_px, seq=number + 1, captured_at=datetime.now(UTC), simulated=True
            )
            _require_sense(classifier.predict(frame), number)
        return classifier.self_test


def _require_sense(prediction: Prediction, number: int) -> None:
    for cell in prediction.cells:
        numbers = (*cell.probabilities.values(), cell.confidence, cell.outside, cell.nucleus_fraction, cell.area_um2)
        if not all(math.isfinite(value) for value in numbers) or not _sums_to_one(cell):
            raise TrialError(f"example {number}: {cell.probabilities} (expected probabilities that sum to 1)")


def _sums_to_one(cell: Cell) -> bool:
    return math.isclose(sum(cell.probabilities.values()), 1.0, abs_tol=1e-6)
