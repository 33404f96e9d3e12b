"""The network's own cell-type head, read off the network: what a new head is pulled towards."""

import numpy as np
from numpy.typing import ArrayLike

from contract.failures import Refusal
from contract.naming import Pooled
from contract.prepare import Prepared
from contract.site_fit import NetworkHead
from device.network.classifier import Classifier

LEAST_EXPLAINED = 0.99
"""Share of the logits' variance that a linear head must explain; int8 rounding alone leaves 0.9999 of it."""


class NetworkHeadError(Refusal):
    """The bundle's cell types are no linear function of its features: no head can be fitted beside its own."""

    exit_code = 3


def read_network_head(classifier: Classifier) -> NetworkHead:
    """Find the head by least squares over the maps that the network makes of the bundle's own examples.

    Args:
        classifier: opened.

    Returns:
        The head.

    Raises:
        NetworkHeadError: the maps do not belong together linearly.
    """
    bundle = classifier.bundle
    with np.load(bundle.folder / "selftest.npz", allow_pickle=False) as stored:
        inputs = stored["inputs"]
    shape, scale = inputs.shape[1:3], bundle.manifest.um_per_px
    seen = [classifier.outputs(Prepared(image, (shape[0], shape[1]), scale)) for image in inputs]
    features = np.concatenate(
        [np.asarray(one.features, np.float64).reshape(-1, one.features.shape[-1]) for one in seen]
    )
    logits = np.concatenate(
        [np.asarray(one.cell_type, np.float64).reshape(-1, one.cell_type.shape[-1]) for one in seen]
    )
    rows = np.column_stack([features, np.ones(len(features))])
    found = np.asarray(np.linalg.lstsq(rows, logits)[0], np.float64)
    head = NetworkHead(found[:-1].T, found[-1])
    explained = 1 - (head(features) - logits).var() / max(float(logits.var()), 1e-12)
    if not explained >= LEAST_EXPLAINED:
        raise NetworkHeadError(
            f"{bundle.bundle_id}: features explain {explained:.3f} of its logits (expected {LEAST_EXPLAINED} or more)"
        )
    return head


def pool_again(features: ArrayLike, area_um2: float, nucleus_fraction: float, network: NetworkHead) -> Pooled:
    """Put together what was pooled over a cell from what is kept of it.

    Args:
        features: (F,) pooled.
        area_um2: of the whole cell.
        nucleus_fraction: nucleus area / whole-cell area.
        network: gives the logits: a mean of a linear head is the head of the mean.

    Returns:
        As the network gave it, without attributes, to the precision of int8.
    """
    values = np.asarray(features, np.float32)
    logits = network(values[np.newaxis].astype(np.float64))[0].astype(np.float32)
    return Pooled(values, logits, None, area_um2, nucleus_fraction)
